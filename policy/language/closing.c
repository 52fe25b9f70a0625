/* SPDX-License-Identifier: Apache-2.0 */
/* Two runs of one automaton side by side: in the one a message was refused that moved the other. */
#include "language/closing.h"
#include "language/automaton.h"
#include "policy/image.h"

#define STATES IMAGE_MAX_STATES
#define NOWHERE 0xff

/* How much of a rule passes in a state. */
enum { DENIED, MATCHING, PASSING };

struct pair { uint8_t open, moved; };   /* where the protocol is without the message, and with it */

struct runs {
    const struct protocol *protocol;
    const struct allow *mover;
    const struct allow *letters[PROTOCOL_MAX_STEPS];
    uint32_t letter_count;
    uint8_t next[STATES][PROTOCOL_MAX_STEPS], passes[STATES][PROTOCOL_MAX_STEPS], timeout[STATES];
    struct pair queue[STATES * STATES];
    const struct step *by[STATES][STATES];        /* the message by which each pair was reached; NULL: it was not */
    uint8_t from[STATES][STATES];
    uint32_t count;
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
static void pair_enter(struct runs *r, uint8_t open, uint8_t moved, const struct step *by, uint8_t from)
{
    if (open == moved || r->by[open][moved] != NULL) return;
    r->by[open][moved] = by;
    r->from[open][moved] = from;
    r->queue[r->count++] = (struct pair){ open, moved };
}

/* What passes in the one and not in the other; a message that keeps another value denies what matches the old one. */
static int open_letter(const struct runs *r, uint8_t open, uint8_t moved, bool keeps)
{
    for (uint32_t i = 0; i < r->letter_count; i++) {
        uint8_t here = r->passes[open][i], there = r->passes[moved][i];
        if (r->letters[i] == r->mover || r->letters[i]->name.text == NULL) continue;
        if (here > there || (keeps && here == MATCHING && there == MATCHING)) return (int)i;
    }
    return -1;
}

/* Other messages move each run that lets them pass; time moves each by itself, for it began to wait at another moment. */
static void pair_follow(struct runs *r, struct pair at)
{
    const struct step *by = r->by[at.open][at.moved];
    uint8_t from = r->from[at.open][at.moved];
    if (r->timeout[at.open] != NOWHERE) pair_enter(r, r->timeout[at.open], at.moved, by, from);
    if (r->timeout[at.moved] != NOWHERE) pair_enter(r, at.open, r->timeout[at.moved], by, from);
    for (uint32_t i = 0; i < r->letter_count; i++) {
        if (r->letters[i] == r->mover) continue;
        uint8_t open = r->next[at.open][i], moved = r->next[at.moved][i];
        pair_enter(r, open != NOWHERE ? open : at.open, moved != NOWHERE ? moved : at.moved, by, from);
    }
}

static void found_fill(const struct runs *r, uint32_t letter, uint8_t moved, const struct step *by, uint8_t from,
                       struct closing *found)
{
    found->open = r->letters[letter];
    found->step = by;
    found->from = from;
    found->order = automaton_denier(r->protocol, moved, found->open);
}

/* Where the message itself leads; true: it closes something at once. */
static bool step_enter(struct runs *r, const struct step *s, struct closing *found)
{
    for (uint8_t from = 0; from < STATES; from++) {
        if (!(s->from_mask >> from & 1)) continue;
        uint8_t to = (uint8_t)s->to_state;
        int letter = open_letter(r, from, to, s->keep.text != NULL);
        if (letter >= 0) {
            found_fill(r, (uint32_t)letter, to, s, from, found);
            return true;
        }
        pair_enter(r, from, to, s, from);
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
        struct pair at = r->queue[i];
        int letter = open_letter(r, at.open, at.moved, false);
        if (letter >= 0) {
            found_fill(r, (uint32_t)letter, at.moved, r->by[at.open][at.moved], r->from[at.open][at.moved], found);
            return true;
        }
        pair_follow(r, at);
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
    return index > 0 && p->restricts.items[index]->name.at.file == p->restricts.items[index - 1]->name.at.file &&
           p->restricts.items[index]->name.at.offset == p->restricts.items[index - 1]->name.at.offset;
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
