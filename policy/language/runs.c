/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two runs over the same messages at the same times: `full`, and `spare`, in which some are refused. What follows holds for a
 * message whatever its values are and for any choice of those refused; nothing is opened if no pair that the search reaches has
 * a rule that may pass in `spare` and not in `full`. For every pair of real runs is in a pair that it reaches:
 *
 * - A rule is in one protocol at most, so that a refusal touches this one alone. Where it is, is a state, a register and the
 *   time of entry. A pair is both states, whether both registers are surely equal, and which of both times is surely not before
 *   the other. With all of that equal both runs are not the same yet: they may have other tokens, see below.
 * - A message moves both where both let it pass; it moves one alone where the other may refuse it: having no step, or one that
 *   compares a register of another value, or being told to (`mover`), or for want of a token.
 * - After a step that keeps a field or found it equal to the register, the register has the field's value. So two that
 *   passed by the same field are equal, and where they were equal the same comparison has the same outcome in both.
 * - A timeout may come at any time, in each run for itself; but not before the other's that is not longer and was not entered
 *   later. Two of one length come at once after equal times, and those are equal again: the kernel counts the next timeout from
 *   when the last ran out.
 * - A restart of a subject resets both runs. The pair of both beginnings is entered when the protocol has resets; different
 *   automata begin there.
 * - Tokens: each rule has buckets of its own, which only its messages take from, when they pass. A rule of which all passed
 *   in both runs or in neither has the same tokens in both. Once one passed in `full` alone, there may be a token more in
 *   either, later: from then on, here, each such message may move any one run or both.
 *
 * A message that passes by the token that a refused one of its own rule has left is no more than the rate allows, and not
 * said to be opened; what it leads to is. Nothing is said of room: of inboxes, of the audit ring.
 */
#include "language/runs.h"
#include "language/step_table.h"

#define STATES IMAGE_MAX_STATES
#define PAIRS (STATES * STATES * 2u * ENTRIES)

enum { FULL, SPARE };                 /* the runs */
/* Which entered its state later, or at the same time; the first two are numbered as the runs. */
enum entry { FULL_LATER, SPARE_LATER, ENTRY_EQUAL, ENTRY_UNKNOWN, ENTRIES };

struct pair {
    uint8_t at[2], from;
    bool same_kept;
    enum entry entry;
    const struct step *by;
};

struct runs {
    const struct protocol *protocol[2];
    const struct allow *mover;
    struct letters letters;
    struct step_table table[2];
    const struct restrict_rule *by;   /* that refuses, in the other run alone */
    uint32_t count;
    bool parted[LETTERS_MAX];             /* one of its messages passed in one run alone */
    bool uneven[LETTERS_MAX];             /* so its tokens may differ; known from the next search on */
    bool seen[PAIRS];
    struct pair queue[PAIRS];
};

static bool runs_begin(struct runs *r, const struct protocol *full, const struct protocol *spare)
{
    const struct protocol *both[] = { full, spare };
    for (int run = FULL; run <= SPARE; run++) {
        const struct protocol *p = both[run];
        if (p == NULL || p->broken || p->states.count > STATES || p->steps.count > PROTOCOL_MAX_STEPS) return false;
        r->protocol[run] = p;
        step_table_enter(&r->table[run], &r->letters, p);
    }
    return true;
}

static bool is_rated(const struct rate *r)
{
    return r->at.length > 0 && !r->unlimited;
}

/* Whether the run with more may refuse a message of the rule for want of a token. */
static bool has_tokens(const struct runs *runs, const struct allow *a)
{
    const struct restrict_rule *r;
    bool any = is_rated(&a->body.rate);
    LIST_EACH(r, &a->restricts) any |= r != runs->by && is_rated(&r->body.rate);
    return any;
}

/* ---- pairs ---- */
static void pair_enter(struct runs *r, const struct pair *pair)
{
    uint32_t number = (((uint32_t)pair->at[FULL] * STATES + pair->at[SPARE]) * 2 + pair->same_kept) * ENTRIES + pair->entry;
    if (r->seen[number]) return;
    r->seen[number] = true;
    r->queue[r->count++] = *pair;
}

static void pair_enter_first(struct runs *r)
{
    pair_enter(r, &(struct pair){ .same_kept = r->protocol[FULL]->keeps_width == r->protocol[SPARE]->keeps_width,
                                  .entry = ENTRY_EQUAL });
}

/* One run alone, by a message or a timeout. */
static void pair_move(struct runs *r, const struct pair *at, int run, const struct step *s)
{
    struct pair then = *at;
    bool later = s->after.at.length == 0 || at->entry == ENTRY_EQUAL || at->entry == (enum entry)run;
    then.at[run] = (uint8_t)s->to_state;
    then.entry = later ? (enum entry)run : ENTRY_UNKNOWN;
    then.same_kept &= s->keep.text == NULL || s->match.text != NULL;      /* kept and found equal: one field, so no change */
    pair_enter(r, &then);
}

/* The field whose value the register has after the step; NULL: as before. */
static const char *step_field(const struct step *s)
{
    return s->keep.text != NULL ? s->keep.text : s->match.text;
}

static bool fields_equal(const struct runs *r, const struct step *a, const struct step *b)
{
    const char *one = step_field(a), *other = step_field(b);
    return one != NULL && other != NULL && strcmp(one, other) == 0 &&
           r->protocol[FULL]->keeps_width == r->protocol[SPARE]->keeps_width;
}

static void pair_move_both(struct runs *r, const struct pair *at, const struct step *full, const struct step *spare)
{
    struct pair then = *at;
    bool changed = (full->keep.text != NULL && full->match.text == NULL) ||
                   (spare->keep.text != NULL && spare->match.text == NULL);
    then.at[FULL] = (uint8_t)full->to_state;
    then.at[SPARE] = (uint8_t)spare->to_state;
    then.same_kept = fields_equal(r, full, spare) || (at->same_kept && !changed);
    then.entry = ENTRY_EQUAL;
    pair_enter(r, &then);
}

/* Whether a message that passes by `other` may be denied, having `s` to pass by. */
static bool may_deny(const struct runs *r, const struct pair *at, const struct step *s, const struct step *other)
{
    if (s == NULL) return true;
    if (s->match.text == NULL) return false;
    return other->match.text == NULL || !at->same_kept || !fields_equal(r, s, other);
}

static bool letter_opens(const struct runs *r, const struct pair *at, uint32_t letter)
{
    const struct step *full = r->table[FULL].step[at->at[FULL]][letter], *spare = r->table[SPARE].step[at->at[SPARE]][letter];
    return spare != NULL && r->table[FULL].known[letter] && may_deny(r, at, full, spare);
}

/* Where a message of the letter leads in this pair. */
static void letter_follow(struct runs *r, const struct pair *at, uint32_t letter)
{
    const struct step *full = r->table[FULL].step[at->at[FULL]][letter], *spare = r->table[SPARE].step[at->at[SPARE]][letter];
    bool everywhere = r->table[FULL].known[letter] && r->table[SPARE].known[letter], uneven = r->uneven[letter];
    if (full != NULL && spare != NULL) pair_move_both(r, at, full, spare);
    if (spare != NULL && (uneven || !everywhere || may_deny(r, at, full, spare))) pair_move(r, at, SPARE, spare);
    if (full == NULL) return;
    bool parts = r->letters.all[letter] == r->mover || may_deny(r, at, spare, full);
    r->parted[letter] |= parts;
    if (parts || uneven) pair_move(r, at, FULL, full);
}

/* Whether the timeout of one run surely comes after the other's. */
static bool is_behind(const struct pair *at, int run, const struct step *own, const struct step *other)
{
    bool later = at->entry == ENTRY_EQUAL || at->entry == (enum entry)run;
    wide longer = own->after.number - other->after.number;
    return later && (longer > 0 || (longer == 0 && at->entry != ENTRY_EQUAL));
}

static void pair_wait(struct runs *r, const struct pair *at)
{
    const struct step *full = r->table[FULL].timeout[at->at[FULL]], *spare = r->table[SPARE].timeout[at->at[SPARE]];
    bool both = full != NULL && spare != NULL;
    if (both && at->entry == ENTRY_EQUAL && full->after.number == spare->after.number) {
        pair_move_both(r, at, full, spare);
        return;
    }
    if (full != NULL && !(both && is_behind(at, FULL, full, spare))) pair_move(r, at, FULL, full);
    if (spare != NULL && !(both && is_behind(at, SPARE, spare, full))) pair_move(r, at, SPARE, spare);
}

/* True: another rule is opened. That a later message of the mover is, is told if no other is; the search goes on from there. */
static bool pair_follow(struct runs *r, const struct pair *at, struct runs_open *found)
{
    for (uint32_t letter = 0; letter < r->letters.count; letter++) {
        bool opens = letter_opens(r, at, letter), own = r->letters.all[letter] == r->mover;
        if (opens && (found->rule == NULL || !own))
            *found = (struct runs_open){ r->letters.all[letter], at->by, at->from, at->at[FULL], found->token };
        if (opens && !own) return true;
        letter_follow(r, at, letter);
    }
    pair_wait(r, at);
    return false;
}

static bool uneven_grow(struct runs *r)
{
    bool grown = false;
    for (uint32_t letter = 0; letter < r->letters.count; letter++) {
        if (r->uneven[letter] || !r->parted[letter] || !has_tokens(r, r->letters.all[letter])) continue;
        r->uneven[letter] = grown = true;
    }
    return grown;
}

/* Whether a pair that is reached opens something: the nearest. What needs no token more is told rather than what does. */
static bool runs_search(struct runs *r, struct runs_open *found)
{
    do {
        for (uint32_t i = 0; i < r->count; i++) {
            if (pair_follow(r, &r->queue[i], found)) return true;
        }
        if (found->rule != NULL) return true;
        found->token = true;
    } while (uneven_grow(r));
    return false;
}

/* ---- the same automaton ---- */
/* The mover passes in the one and is refused in the other, which were the same. */
static void step_enter(struct runs *r, const struct step *s, uint32_t reached)
{
    for (uint8_t from = 0; from < STATES; from++) {
        if (!(s->from_mask >> from & reached >> from & 1)) continue;
        pair_move(r, &(struct pair){ .at = { from, from }, .from = from, .same_kept = true, .by = s }, FULL, s);
    }
}

bool runs_open_refused(const struct allow *mover, const struct restrict_rule *by, struct runs_open *found)
{
    const struct step *s;
    struct runs r = { .mover = mover, .by = by };
    *found = (struct runs_open){ 0 };
    if (mover->name.text == NULL || !runs_begin(&r, mover->protocol, mover->protocol)) return false;
    uint32_t reached = automaton_states(mover->protocol, NULL);
    LIST_EACH(s, &mover->protocol->steps) {
        if (s->allow == mover && s->after.at.length == 0) step_enter(&r, s, reached);
    }
    r.parted[letter_number(&r.letters, mover)] = true;
    if (mover->protocol->resets.count > 0) pair_enter_first(&r);
    return runs_search(&r, found);
}

bool runs_open_other(const struct protocol *full, const struct protocol *spare, struct runs_open *found)
{
    struct runs r = { 0 };
    *found = (struct runs_open){ 0 };
    if (!runs_begin(&r, full, spare)) return true;
    pair_enter_first(&r);
    return runs_search(&r, found);
}
