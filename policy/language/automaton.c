/* SPDX-License-Identifier: Apache-2.0 */
#include "language/automaton.h"
#include "policy/image.h"

#include <stddef.h>

#define ORDERS_MAX 64u                /* bits of a state's word */
#define LETTERS_MAX 256u              /* rules of joined orders: no more steps fit a protocol */
#define REACHED_MAX 1024u             /* states before those alike are merged */
#define TABLE_SIZE 4096u              /* a power of two, well above REACHED_MAX */
#define NO_STATE 0xffffffffu

struct letter {
    struct allow *allow;
    uint64_t opens, bans, frees;      /* bit o: for that order */
    uint64_t waits;                   /* banned where the bit is not held */
};

struct automaton {
    struct policy *policy;
    struct protocol *protocol;
    struct letter letters[LETTERS_MAX];
    uint32_t letter_count;
    uint64_t held[REACHED_MAX];       /* what tells the reached states apart */
    uint32_t before[REACHED_MAX], by[REACHED_MAX];       /* how each was reached first */
    uint32_t count;
    uint32_t table[TABLE_SIZE];       /* index of a state + 1, by its hash */
    uint32_t *next;                   /* by state and letter */
    uint32_t class_of[REACHED_MAX], first_of[IMAGE_MAX_STATES + 1], classes;
};

/* ---- letters: the rules that the orders name ---- */
static struct letter *letter_of(struct automaton *a, struct allow *allow)
{
    if (allow->letter < a->letter_count && a->letters[allow->letter].allow == allow) return &a->letters[allow->letter];
    if (a->letter_count == LETTERS_MAX) return NULL;
    allow->letter = a->letter_count;
    struct letter *l = &a->letters[a->letter_count++];
    *l = (struct letter){ .allow = allow };
    return l;
}

static bool letters_enter(struct automaton *a, const allow_list *rules, size_t role, uint64_t bit)
{
    for (uint32_t i = 0; i < rules->count; i++) {
        struct letter *l = letter_of(a, rules->items[i]);
        if (l == NULL) return false;
        *(uint64_t *)((char *)l + role) |= bit;
    }
    return true;
}

static bool letters_collect(struct automaton *a)
{
    const struct order *o;
    LIST_EACH(o, &a->protocol->orders) {
        if (!letters_enter(a, &o->bans, offsetof(struct letter, bans), 1ull << o_at) ||
            !letters_enter(a, &o->frees, offsetof(struct letter, frees), 1ull << o_at) ||
            !letters_enter(a, &o->opens, offsetof(struct letter, opens), 1ull << o_at) ||
            !letters_enter(a, &o->waits, offsetof(struct letter, waits), 1ull << o_at))
            return false;
    }
    a->next = arena_take(a->policy->arena, (size_t)REACHED_MAX * a->letter_count * sizeof *a->next);
    return true;
}

/* The orders that deny the letter where those are held. */
static uint64_t denying(const struct letter *l, uint64_t held)
{
    return (held & l->bans) | (~held & l->waits);
}

static uint32_t next_of(const struct automaton *a, uint32_t state, uint32_t letter)
{
    return a->next[state * a->letter_count + letter];
}

/* ---- the states that can be reached ---- */
static uint32_t state_enter(struct automaton *a, uint64_t held)
{
    uint32_t slot = (uint32_t)(held * 0x9e3779b97f4a7c15ull >> 52) & (TABLE_SIZE - 1);
    for (; a->table[slot] != 0; slot = (slot + 1) & (TABLE_SIZE - 1)) {
        if (a->held[a->table[slot] - 1] == held) return a->table[slot] - 1;
    }
    if (a->count == REACHED_MAX) return NO_STATE;
    a->held[a->count] = held;
    a->table[slot] = ++a->count;
    return a->count - 1;
}

static bool states_reach(struct automaton *a)
{
    const struct order *o;
    uint64_t first = 0;
    LIST_EACH(o, &a->protocol->orders) first |= (uint64_t)o->begins_held << o_at;
    state_enter(a, first);
    for (uint32_t s = 0; s < a->count; s++) {
        for (uint32_t i = 0; i < a->letter_count; i++) {
            const struct letter *l = &a->letters[i];
            uint32_t known = a->count, *next = &a->next[s * a->letter_count + i];
            *next = NO_STATE;
            if (denying(l, a->held[s]) != 0) continue;
            *next = state_enter(a, (a->held[s] & ~l->frees) | l->opens);
            if (*next == NO_STATE) return false;
            if (*next < known) continue;
            a->before[*next] = s;
            a->by[*next] = i;
        }
    }
    return true;
}

/* ---- states that let the same pass for ever, and deny it by the same order, become one ---- */
static int denier_of(const struct letter *l, uint64_t held)
{
    uint64_t deniers = denying(l, held);
    return deniers == 0 ? -1 : __builtin_ctzll(deniers);
}

static bool states_alike(const struct automaton *a, const uint32_t *class_of, uint32_t s, uint32_t t)
{
    if (class_of[s] != class_of[t]) return false;
    for (uint32_t i = 0; i < a->letter_count; i++) {
        if (denier_of(&a->letters[i], a->held[s]) != denier_of(&a->letters[i], a->held[t])) return false;
        uint32_t to = next_of(a, s, i), other = next_of(a, t, i);
        if (to != NO_STATE && class_of[to] != class_of[other]) return false;
    }
    return true;
}

/* Refines the classes once. False if there are more than a protocol has states. */
static bool classes_refine(struct automaton *a)
{
    uint32_t before[REACHED_MAX], count = 0;
    memcpy(before, a->class_of, sizeof before);
    for (uint32_t s = 0; s < a->count; s++) {
        uint32_t c = 0;
        while (c < count && !states_alike(a, before, a->first_of[c], s)) c++;
        if (c == count) {
            if (count == IMAGE_MAX_STATES) return false;
            a->first_of[count++] = s;
        }
        a->class_of[s] = c;
    }
    a->classes = count;
    return true;
}

static bool states_merge(struct automaton *a)
{
    uint32_t before;
    a->classes = 1;
    do {
        before = a->classes;
        if (!classes_refine(a)) return false;
    } while (a->classes != before);
    return true;
}

/* ---- what the orders make of each other ---- */
/* Whether another order, that is not to spare itself, denies whatever this one does. */
static bool order_is_spare(const struct automaton *a, uint32_t order, uint64_t spare)
{
    uint64_t bit = 1ull << order;
    for (uint32_t s = 0; s < a->count; s++) {
        for (uint32_t i = 0; i < a->letter_count; i++) {
            uint64_t deniers = denying(&a->letters[i], a->held[s]);
            if ((deniers & bit) != 0 && (deniers & ~bit & ~spare) == 0) return false;
        }
    }
    return true;
}

static void spare_report(struct automaton *a)
{
    uint64_t spare = 0;
    for (uint32_t i = a->protocol->orders.count; i-- > 0;) {
        struct order *o = a->protocol->orders.items[i];
        if (!order_is_spare(a, i, spare)) continue;
        spare |= 1ull << i;
        o->spare = true;
        diag_warn(&a->policy->diag, BH_ORDER_SENSE, o->at, "`%s` forbids nothing that other orders do not forbid already",
                  o->name.text);
        diag_note(&a->policy->diag, a->protocol->orders.items[i > 0 ? 0 : 1]->at, "one of those that it shares rules with");
    }
}

/* By letter: whether it can pass in any state from this one on. */
static void letters_to_come(const struct automaton *a, uint32_t from, bool *comes)
{
    bool seen[REACHED_MAX] = { false };
    uint32_t queue[REACHED_MAX], count = 1;
    queue[0] = from;
    seen[from] = true;
    memset(comes, 0, LETTERS_MAX * sizeof *comes);
    for (uint32_t at = 0; at < count; at++) {
        for (uint32_t i = 0; i < a->letter_count; i++) {
            uint32_t to = next_of(a, queue[at], i);
            if (to == NO_STATE) continue;
            comes[i] = true;
            if (!seen[to]) queue[count++] = to;
            seen[to] = true;
        }
    }
}

/* Whether an order that holds the letter for ever is meant to: it names nothing that would free it, or only what is held so. */
static bool letter_is_meant(const struct automaton *a, uint32_t state, uint32_t letter, const bool *comes, const bool *meant)
{
    uint64_t deniers = denying(&a->letters[letter], a->held[state]);
    for (; deniers != 0; deniers &= deniers - 1) {
        int at = __builtin_ctzll(deniers);
        const struct order *o = a->protocol->orders.items[at];
        const allow_list *ends = (a->held[state] >> at & 1) != 0 ? &o->frees : &o->opens;
        bool all = true;
        for (uint32_t i = 0; i < ends->count; i++) all &= !comes[ends->items[i]->letter] && meant[ends->items[i]->letter];
        if (all) return true;
    }
    return false;
}

/* "from the beginning", or "after `a`, `b`": the shortest way to the state. */
static const char *way_text(const struct automaton *a, uint32_t state)
{
    const char *text = "";
    if (state == 0) return "from the beginning";
    for (uint32_t s = state; s != 0; s = a->before[s])
        text = arena_print(a->policy->arena, "`%s`%s%s", a->letters[a->by[s]].allow->name.text, s != state ? ", " : "", text);
    return arena_print(a->policy->arena, "after %s", text);
}

static void conflict_report(const struct automaton *a, uint32_t state, uint32_t letter)
{
    const char *rule = a->letters[letter].allow->name.text;
    const struct order *o = a->protocol->orders.items[denier_of(&a->letters[letter], a->held[state])];
    diag_error(&a->policy->diag, BH_ORDER_CONFLICT, o->at, "%s `%s` can never pass: orders wait for each other",
               way_text(a, state), rule);
    for (uint32_t i = 0; i < a->letter_count; i++) {
        int denier = denier_of(&a->letters[i], a->held[state]);
        if (denier < 0 || i == letter) continue;
        const struct order *other = a->protocol->orders.items[denier];
        diag_note(&a->policy->diag, other->at, "there `%s` waits as well, by `%s`", a->letters[i].allow->name.text,
                  other->name.text);
    }
    diag_note(&a->policy->diag, a->letters[letter].allow->name.at, "the rule");
}

/* Reports the first letter of the first state that waits for ever, though no order means it to. */
static bool conflict_find(const struct automaton *a)
{
    bool comes[LETTERS_MAX], meant[LETTERS_MAX], grew;
    for (uint32_t c = 0; c < a->classes; c++) {
        uint32_t state = a->first_of[c];
        letters_to_come(a, state, comes);
        memset(meant, 0, sizeof meant);
        do {
            grew = false;
            for (uint32_t i = 0; i < a->letter_count; i++) {
                if (comes[i] || meant[i] || !letter_is_meant(a, state, i, comes, meant)) continue;
                meant[i] = grew = true;
            }
        } while (grew);
        for (uint32_t i = 0; i < a->letter_count; i++) {
            if (comes[i] || meant[i]) continue;
            conflict_report(a, state, i);
            return true;
        }
    }
    return false;
}

/* ---- the protocol ---- */
static struct name class_name(const struct automaton *a, uint32_t class)
{
    uint32_t state = a->first_of[class];
    struct name name = { "begin", a->protocol->name.at };
    if (state != 0)
        name.text = arena_print(a->policy->arena, "after_%s_%u", a->letters[a->by[state]].allow->name.text, class);
    return name;
}

/* All ways of one rule to one state are one step. */
static void steps_add(struct automaton *a, uint32_t letter, uint32_t to)
{
    struct step *step = NULL;
    for (uint32_t c = 0; c < a->classes; c++) {
        uint32_t next = next_of(a, a->first_of[c], letter);
        if (next == NO_STATE || a->class_of[next] != to) continue;
        if (step == NULL) step = LIST_NEW(a->policy->arena, &a->protocol->steps);
        *LIST_NEW(a->policy->arena, &step->from) = a->protocol->states.items[c]->name;
    }
    if (step == NULL) return;
    step->at = a->protocol->orders.items[0]->at;
    step->on = a->letters[letter].allow->name;
    step->on.at = step->at;
    step->to = a->protocol->states.items[to]->name;
}

static void protocol_write(struct automaton *a)
{
    for (uint32_t c = 0; c < a->classes; c++) {
        LIST_NEW(a->policy->arena, &a->protocol->states)->name = class_name(a, c);
        a->protocol->held[c] = a->held[a->first_of[c]];
    }
    for (uint32_t s = 0; s < a->count; s++)
        *LIST_NEW(a->policy->arena, &a->protocol->reached) = (struct reached){ a->held[s], a->class_of[s] };
    for (uint32_t i = 0; i < a->letter_count; i++) {
        for (uint32_t to = 0; to < a->classes; to++) steps_add(a, i, to);
    }
}

/* Each message has a step of its own to each state that it leads to. */
static void steps_report(const struct automaton *a)
{
    struct protocol *protocol = a->protocol;
    diag_error(&a->policy->diag, BH_ORDER_SIZE, protocol->orders.items[0]->name.at,
               "%u orders that share rules become one automaton, in which their %u rules lead from state to state in %u ways; "
               "at most %u", protocol->orders.count, a->letter_count, protocol->steps.count, PROTOCOL_MAX_STEPS);
    diag_note(&a->policy->diag, protocol->orders.items[protocol->orders.count - 1]->name.at,
              "the last of them; each rule counts for each state that it leads to: let orders share fewer rules");
}

static void size_report(const struct automaton *a)
{
    const struct protocol *protocol = a->protocol;
    const struct order *o;
    diag_error(&a->policy->diag, BH_ORDER_SIZE, protocol->orders.items[0]->name.at,
               "%u orders that share rules need more states together than the %u of a protocol", protocol->orders.count,
               IMAGE_MAX_STATES);
    LIST_EACH(o, &protocol->orders) {
        if (o_at > 0 && o_at < 8) diag_note(&a->policy->diag, o->name.at, "one of them; each may double the states");
    }
}

void automaton_join(struct policy *p, struct protocol *protocol)
{
    struct automaton *a = arena_take(p->arena, sizeof *a);
    a->policy = p;
    a->protocol = protocol;
    protocol->broken = true;
    if (protocol->orders.count > ORDERS_MAX || !letters_collect(a) || !states_reach(a) || !states_merge(a)) {
        size_report(a);
        return;
    }
    if (conflict_find(a)) return;
    if (protocol->orders.count > 1) spare_report(a);
    protocol_write(a);
    if (protocol->steps.count > PROTOCOL_MAX_STEPS) {
        steps_report(a);
        protocol->steps.count = 0;
        return;
    }
    protocol->broken = false;
}

const struct order *automaton_denier(const struct protocol *protocol, uint32_t state, const struct allow *a)
{
    const struct order *o;
    LIST_EACH(o, &protocol->orders) {
        if (allow_list_has((protocol->held[state] >> o_at & 1) != 0 ? &o->bans : &o->waits, a)) return o;
    }
    return NULL;
}

int automaton_find(const struct protocol *protocol, uint64_t known, uint64_t held)
{
    const struct reached *r;
    LIST_EACH(r, &protocol->reached) {
        if ((r->held & known) == held) return (int)r->state;
    }
    return -1;
}

/* Whether both may do something at the same moment. */
static bool at_once(const struct subject *a, const struct subject *b)
{
    return a != b && (a->cpu == NULL || b->cpu == NULL || a->cpu->number.number != b->cpu->number.number);
}

/* Whether the other's message may move the protocol just when one of the rule is judged. */
static bool moves_at_once(const struct allow *a, const struct allow *other)
{
    if (other->protocol != a->protocol || a->channel == NULL || other->channel == NULL) return false;
    return at_once(a->channel->sender, other->channel->sender);
}

/* Messages of the rule that may follow each other at once; the tries take no longer than the next one's token. */
static wide rule_burst(const struct allow *a)
{
    const struct restrict_rule *r;
    wide most = policy_check_rate_limits(&a->body.rate) ? a->body.rate.burst.number + 1 : IMAGE_COMMIT_TRIES;
    LIST_EACH(r, &a->restricts) {
        if (policy_check_rate_limits(&r->body.rate) && r->body.rate.burst.number < most) most = r->body.rate.burst.number + 1;
    }
    return most;
}

/* Resets that may come meanwhile: no more than one by each, for a restart takes far longer than the tries. */
static uint32_t resets_at_once(const struct allow *a)
{
    uint32_t count = 0;
    for (uint32_t i = 0; a->channel != NULL && i < a->protocol->reset_by.count; i++)
        count += at_once(a->channel->sender, a->protocol->reset_by.items[i]);
    return count;
}

/* Whether the protocol lets others move it that often in a row, starting anywhere. */
static bool others_move(const struct allow *a)
{
    const struct step *s;
    uint32_t reached = UINT32_MAX, reset = resets_at_once(a) > 0;
    for (uint32_t moves = 0; moves < IMAGE_COMMIT_TRIES; moves++) {
        uint32_t next = reset;        /* into the first state */
        LIST_EACH(s, &a->protocol->steps) {
            if (s->allow != NULL && (s->from_mask & reached) != 0 && moves_at_once(a, s->allow)) next |= 1u << s->to_state;
        }
        reached = next;
    }
    return reached != 0;
}

bool automaton_contended(const struct policy *p, const struct allow *a)
{
    const struct allow *other;
    wide moves = resets_at_once(a);
    LIST_EACH(other, &p->allows) {
        if (moves_at_once(a, other)) moves += rule_burst(other);
    }
    return moves >= IMAGE_COMMIT_TRIES && others_move(a);
}

bool automaton_may_refuse(const struct allow *a)
{
    uint32_t *reached = &a->protocol->comes_to;
    if (a->contended) return true;
    if (*reached == 0) *reached = automaton_states(a->protocol, NULL);
    return automaton_denies(a->protocol, a, *reached);
}

static const struct step *way_step(const struct protocol *protocol, uint32_t state, const struct allow *rule)
{
    const struct step *s;
    LIST_EACH(s, &protocol->steps) {
        if (s->allow == rule && (s->from_mask >> state & 1) != 0) return s;
    }
    return NULL;
}

const char *automaton_way(struct arena *a, const struct protocol *protocol, uint32_t state, const struct allow *rule)
{
    uint32_t queue[IMAGE_MAX_STATES] = { state }, count = 1, seen = 1u << state;
    const char *ways[IMAGE_MAX_STATES] = { NULL };
    const struct step *s;
    for (uint32_t at = 0; at < count; at++) {
        uint32_t here = queue[at];
        if (way_step(protocol, here, rule) != NULL) return ways[here];
        LIST_EACH(s, &protocol->steps) {
            if ((s->from_mask >> here & 1) == 0 || (seen >> s->to_state & 1) != 0) continue;
            seen |= 1u << s->to_state;
            ways[s->to_state] = arena_print(a, "%s%s`%s`", at > 0 ? ways[here] : "", at > 0 ? ", " : "", s->on.text);
            queue[count++] = s->to_state;
        }
    }
    return NULL;
}
