/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two runs of one protocol side by side, from a restart on: one goes on with what the protocol had, the other begins anew. Both
 * get each message that passes in the first one. If in no pair of states that they come to together the first passes what the
 * second refuses, then by induction each sequence that passes in the first passes in the second. What the first refuses is not
 * asked of the second: a rate or a condition may refuse a message as well, and nothing that passes may hang on that.
 *
 * What is not known is taken for the worst:
 * - the restart may come in each state that messages and time lead to;
 * - of the registers only whether both are surely the same: at first if nothing was kept, as both hold 0; later if both kept or
 *   compared one field of one message. A comparison of the second run holds if the registers are the same and the first one
 *   compares the same field;
 * - a timeout may run out at any moment, but for those of two states that both runs came to at one moment.
 * Two runs in one state, with the same register and no timeout or that of one moment, are the same for ever.
 */
#include "language/anew.h"
#include "language/step_table.h"

#define STATES IMAGE_MAX_STATES
#define PAIRS (STATES * STATES * 4u)

/* A state before the restart, and how it was come to first. */
struct past {
    const struct step *by;            /* NULL: the beginning */
    uint16_t from;                    /* the one before */
    uint8_t state;
    bool kept;                        /* a message's field is in the register */
};

struct pair {
    const struct step *by;            /* the step of the run that goes on, or a timeout of either; NULL: the restart */
    uint16_t from;                    /* the pair before; at the restart the past */
    uint8_t old, anew;                /* states */
    bool same;                        /* the registers */
    bool together;                    /* both came to their states at one moment, or wait for no timeout in them */
};

struct runs {
    const struct protocol *protocol;
    struct letters letters;
    struct step_table table;
    struct past pasts[STATES * 2];
    struct pair pairs[PAIRS];
    uint32_t past_count, pair_count;
    bool past_seen[STATES][2], pair_seen[STATES][STATES][2][2];
};

/* ---- before the restart ---- */
static void past_enter(struct runs *r, struct past past)
{
    bool *seen = &r->past_seen[past.state][past.kept];
    if (!*seen) r->pasts[r->past_count++] = past;
    *seen = true;
}

static void pasts_reach(struct runs *r)
{
    const struct step *s;
    past_enter(r, (struct past){ .by = NULL });
    for (uint32_t i = 0; i < r->past_count; i++) {
        LIST_EACH (s, &r->protocol->steps) {
            if ((s->from_mask >> r->pasts[i].state & 1) == 0) continue;
            past_enter(r, (struct past){ s, (uint16_t)i, (uint8_t)s->to_state, r->pasts[i].kept || s->keep.text != NULL });
        }
    }
}

/* ---- after it ---- */
static void pair_enter(struct runs *r, struct pair pair)
{
    if (r->table.timeout[pair.old] == NULL && r->table.timeout[pair.anew] == NULL) pair.together = true;
    bool *seen = &r->pair_seen[pair.old][pair.anew][pair.same][pair.together];
    if (*seen || (pair.old == pair.anew && pair.same && pair.together)) return;
    *seen = true;
    r->pairs[r->pair_count++] = pair;
}

/* Whether a message may take the first step, of the run that goes on, and not the second. */
static bool step_opens(const struct pair *pair, const struct step *old, const struct step *anew)
{
    if (anew == NULL) return true;
    return anew->match.text != NULL && (!pair->same || old->match.text == NULL || old->field != anew->field);
}

/* A step's field is what its message has in common with the register: it was there, or is from now on. */
static bool registers_same(const struct pair *pair, const struct step *old, const struct step *anew)
{
    if (old->keep.text == NULL && anew->keep.text == NULL) return pair->same;
    return old->field != NULL && old->field == anew->field;
}

static void pair_move(struct runs *r, uint16_t index, const struct step *s, bool old, bool anew)
{
    struct pair then = r->pairs[index];
    then.from = index;
    then.by = s;
    if (old) then.old = (uint8_t)s->to_state;
    if (anew) then.anew = (uint8_t)s->to_state;
    then.together = old && anew;
    pair_enter(r, then);
}

/* Time alone. Where both came at one moment, the shorter timeout is the first; the same one runs out at once. */
static void pair_wait(struct runs *r, uint16_t index)
{
    struct pair now = r->pairs[index];
    const struct step *old = r->table.timeout[now.old], *anew = r->table.timeout[now.anew];
    wide later = now.together && old != NULL && anew != NULL ? old->after.number - anew->after.number : 0;
    if (now.together && old != NULL && old == anew) {
        pair_move(r, index, old, true, true);
        return;
    }
    if (old != NULL && later <= 0) pair_move(r, index, old, true, false);
    if (anew != NULL && later >= 0) pair_move(r, index, anew, false, true);
}

/* Follows all messages; or the step of one that passes in the run that goes on and may be refused in the other. */
static const struct step *pair_follow(struct runs *r, uint16_t index)
{
    struct pair now = r->pairs[index];
    for (uint32_t i = 0; i < r->letters.count; i++) {
        const struct step *old = r->table.step[now.old][i], *anew = r->table.step[now.anew][i];
        if (old == NULL) continue;
        if (step_opens(&now, old, anew)) return old;
        bool same = registers_same(&now, old, anew);
        pair_enter(r, (struct pair){ old, index, (uint8_t)old->to_state, (uint8_t)anew->to_state, same, true });
    }
    pair_wait(r, index);
    return NULL;
}

/* ---- the report ---- */
static const char *text_before(struct arena *a, const struct step *s, const char *rest)
{
    const char *between = rest != NULL ? ", " : "";
    if (rest == NULL) rest = "";
    if (s->allow == NULL) return arena_print(a, "a timeout%s%s", between, rest);
    return arena_print(a, "`%s`%s%s", s->allow->name.text, between, rest);
}

static void found_write(const struct runs *r, struct arena *a, uint32_t index, const struct step *last, struct anew *found)
{
    const struct pair *pair = &r->pairs[index];
    *found = (struct anew){ .step = last, .after = text_before(a, last, NULL) };
    for (; pair->by != NULL; pair = &r->pairs[pair->from]) found->after = text_before(a, pair->by, found->after);
    for (const struct past *past = &r->pasts[pair->from]; past->by != NULL; past = &r->pasts[past->from])
        found->before = text_before(a, past->by, found->before);
}

bool anew_find(struct arena *arena, const struct protocol *protocol, struct anew *found)
{
    struct runs r = { .protocol = protocol };
    const struct step *last;
    if (protocol->broken || protocol->states.count > STATES || protocol->steps.count > PROTOCOL_MAX_STEPS) return false;
    step_table_enter(&r.table, &r.letters, protocol);
    pasts_reach(&r);
    for (uint32_t i = 0; i < r.past_count; i++)
        pair_enter(&r, (struct pair){ .from = (uint16_t)i, .old = r.pasts[i].state, .same = !r.pasts[i].kept });
    for (uint32_t i = 0; i < r.pair_count; i++) {
        last = pair_follow(&r, (uint16_t)i);
        if (last == NULL) continue;
        found_write(&r, arena, i, last, found);
        return true;
    }
    return false;
}
