/* SPDX-License-Identifier: Apache-2.0 */
/* Two runs of one automaton side by side: in the one a message was refused that moved the other. */
#include "language/closing.h"
#include "language/automaton.h"
#include "policy/image.h"

#define STATES IMAGE_MAX_STATES
#define NOWHERE 0xff

/* How much of a rule passes in a state. */
enum { DENIED, MATCHING, PASSING };

/* By letter: what has passed in the moved run alone. That it passes later in the other instead opens nothing. */
struct letters { uint64_t bits[PROTOCOL_MAX_STEPS / 64]; };

/* Where the protocol is without the message and with it; by which step of the message, from where. */
struct pair {
    uint8_t open, moved, from;
    const struct step *by;
    struct letters ahead;
};

struct runs {
    const struct protocol *protocol;
    const struct allow *mover;
    const struct allow *letters[PROTOCOL_MAX_STEPS];
    uint32_t letter_count;
    uint8_t next[STATES][PROTOCOL_MAX_STEPS], passes[STATES][PROTOCOL_MAX_STEPS], timeout[STATES];
    struct pair queue[STATES * STATES];
    uint32_t seen[STATES], count;     /* bit m of seen[o]: the pair of both */
};

/* ---- the automaton as a table ---- */
static uint32_t letter_of(struct runs *r, const struct allow *a)
{
    uint32_t i = 0;
    while (i < r->letter_count && r->letters[i] != a) i++;
    if (i == r->letter_count) r->letters[r->letter_count++] = a;
    return i;
}

static void table_enter(struct runs *r, const struct step *s)
{
    bool timeout = s->after.at.length > 0;
    if (!timeout && s->allow == NULL) return;
    uint32_t letter = timeout ? 0 : letter_of(r, s->allow);
    for (uint32_t state = 0; state < STATES; state++) {
        if (!(s->from_mask >> state & 1)) continue;
        if (timeout) {
            r->timeout[state] = (uint8_t)s->to_state;
            continue;
        }
        r->next[state][letter] = (uint8_t)s->to_state;
        r->passes[state][letter] = s->match.text != NULL ? MATCHING : PASSING;
    }
}

/* ---- pairs ---- */
static void pair_enter(struct runs *r, struct pair pair)
{
    if (pair.open == pair.moved || (r->seen[pair.open] >> pair.moved & 1) != 0) return;
    r->seen[pair.open] |= 1u << pair.moved;
    r->queue[r->count++] = pair;
}

/* What passes in the one and not in the other; a message that keeps another value denies what matches the old one. */
static int open_letter(const struct runs *r, const struct pair *at, bool keeps)
{
    for (uint32_t i = 0; i < r->letter_count; i++) {
        uint8_t here = r->passes[at->open][i], there = r->passes[at->moved][i];
        bool ahead = (at->ahead.bits[i / 64] >> i % 64 & 1) != 0;
        if (ahead || r->letters[i] == r->mover || r->letters[i]->name.text == NULL) continue;
        if (here > there || (keeps && here == MATCHING && there == MATCHING)) return (int)i;
    }
    return -1;
}

/* Other messages move each run that lets them pass, and time moves both, for it goes on without messages. */
static void pair_follow(struct runs *r, const struct pair *at)
{
    struct pair then = *at;
    if (r->timeout[at->open] != NOWHERE) then.open = r->timeout[at->open];
    if (r->timeout[at->moved] != NOWHERE) then.moved = r->timeout[at->moved];
    pair_enter(r, then);
    for (uint32_t i = 0; i < r->letter_count; i++) {
        uint8_t open = r->next[at->open][i], moved = r->next[at->moved][i];
        if (r->letters[i] == r->mover) continue;
        then = *at;
        if (open != NOWHERE) then.open = open;
        if (moved != NOWHERE) then.moved = moved;
        if (open == NOWHERE && moved != NOWHERE) then.ahead.bits[i / 64] |= 1ull << i % 64;
        pair_enter(r, then);
    }
}

static bool pair_opens(const struct runs *r, const struct pair *at, bool keeps, struct closing *found)
{
    int letter = open_letter(r, at, keeps);
    if (letter < 0) return false;
    found->open = r->letters[letter];
    found->step = at->by;
    found->from = at->from;
    found->order = automaton_denier(r->protocol, at->moved, found->open);
    return true;
}

/* Where the message itself leads; true: it closes something at once. */
static bool step_enter(struct runs *r, const struct step *s, struct closing *found)
{
    for (uint8_t from = 0; from < STATES; from++) {
        struct pair pair = { .open = from, .moved = (uint8_t)s->to_state, .from = from, .by = s };
        if (!(s->from_mask >> from & 1)) continue;
        if (pair_opens(r, &pair, s->keep.text != NULL, found)) return true;
        pair_enter(r, pair);
    }
    return false;
}

static bool runs_part(struct runs *r, struct closing *found)
{
    const struct step *s;
    LIST_EACH(s, &r->protocol->steps) {
        if (s->allow == r->mover && s->after.at.length == 0 && step_enter(r, s, found)) return true;
    }
    for (uint32_t i = 0; i < r->count; i++) {
        if (pair_opens(r, &r->queue[i], false, found)) return true;
        pair_follow(r, &r->queue[i]);
    }
    return false;
}

bool closing_find(const struct allow *a, struct closing *found)
{
    const struct step *s;
    struct runs r = { .protocol = a->protocol, .mover = a };
    *found = (struct closing){ 0 };
    if (a->protocol == NULL || a->protocol->broken || a->protocol->states.count > STATES ||
        a->protocol->steps.count > PROTOCOL_MAX_STEPS)
        return false;
    memset(r.next, NOWHERE, sizeof r.next);
    memset(r.timeout, NOWHERE, sizeof r.timeout);
    LIST_EACH(s, &a->protocol->steps) table_enter(&r, s);
    return runs_part(&r, found);
}

/* ---- restrictions ---- */
/* Of a rule for a role there is one for each holder, all of one place. */
static bool restrict_again(const struct policy *p, uint32_t index)
{
    return index > 0 && place_compare(p->restricts.items[index]->name.at, p->restricts.items[index - 1]->name.at) == 0;
}

static void restrict_report(struct policy *p, const struct restrict_rule *r, const struct closing *c)
{
    const char *rule = r->allow->name.text, *open = c->open->name.text;
    diag_error(&p->diag, BH_RESTRICT_CLOSES, r->name.at, "this widens: where it refuses `%s`, `%s` stays open", rule, open);
    if (c->order != NULL) {
        diag_note(&p->diag, c->order->at, "`%s` denies `%s` once `%s` has passed", c->order->name.text, open, rule);
    } else {
        diag_note(&p->diag, c->step->at, "the step from `%s` to `%s`, after which `%s` is denied",
                  r->allow->protocol->states.items[c->from]->name.text, c->step->to.text, open);
    }
    diag_note(&p->diag, r->allow->name.at, "say it in `%s` itself, whose authority answers for what stays open", rule);
}

void policy_check_closing(struct policy *p)
{
    const struct restrict_rule *r;
    struct closing found;
    LIST_EACH(r, &p->restricts) {
        if (r->allow == NULL || r->broken || r->allow->name.text == NULL || restrict_again(p, r_at)) continue;
        if (closing_find(r->allow, &found)) restrict_report(p, r, &found);
    }
}
