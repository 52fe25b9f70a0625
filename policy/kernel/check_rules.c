/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks rules (all of them, whether or not a channel leads to them, since start-up walks the whole table) and the protocols
 * that they advance. Rates and times are bounded so that none can round to "no rate" nor overflow when counted in TSC ticks.
 */
#include "check.h"

static struct image_check_result check_rate(const struct image_rule *r, uint32_t at)
{
    if (r->rate_count == 0) return CHECK_PASSED;
    ENSURE(r->rate_ms >= 1 && r->rate_ms <= IMAGE_MAX_PERIOD_MS, RULE_RATE, at);
    ENSURE(r->rate_count <= (uint64_t)r->rate_ms * IMAGE_MAX_RATE_PER_MS, RULE_RATE, at);
    ENSURE(r->burst >= 1 && r->burst <= IMAGE_MAX_BURST, RULE_RATE, at);
    ENSURE(check_rule_index(r->rate_rule), RULE_RATE, at);
    return CHECK_PASSED;
}

/* `next` rises, so that a chain of `restrict` ends. */
static bool next_agrees(const struct policy_tables *t, uint32_t at)
{
    const struct image_rule *r = &t->rules[at];
    if (r->next == 0) return true;
    if (r->next <= at || r->next >= t->rules_count) return false;
    const struct image_rule *next = &t->rules[r->next];
    return next->kind == IMAGE_RULE_RESTRICT && next->channel == r->channel && next->type == r->type;
}

/* Whether judging by this rule and its `restrict`s is bounded work. */
static bool is_bounded(const struct policy_tables *t, uint32_t at)
{
    uint32_t restricts = 0;
    /*@ loop invariant restricts <= IMAGE_MAX_RESTRICTS + 1;
        loop assigns i, restricts;
        loop variant IMAGE_MAX_RESTRICTS + 1 - restricts; */
    for (uint32_t i = t->rules[at].next; i != 0 && i < t->rules_count && restricts <= IMAGE_MAX_RESTRICTS; restricts++) {
        i = t->rules[i].next > i ? t->rules[i].next : 0;
    }
    return restricts <= IMAGE_MAX_RESTRICTS && t->rules[at].atom_count <= IMAGE_MAX_CONDITION;
}

/* A message type on a channel, or an operation: that has neither conditions nor protocol. */
static bool flow_exists(const struct policy_tables *t, const struct image_rule *r)
{
    if (r->channel != IMAGE_NONE) return r->channel < t->channels_count && r->type < t->types_count;
    return r->type < t->operations_count && r->atom_count == 0 && r->protocol == IMAGE_NONE && r->flags == 0;
}

static struct image_check_result check_rule(const struct policy_tables *t, uint32_t at, uint32_t *atoms_taken)
{
    const struct image_rule *r = &t->rules[at];
    const uint32_t releases = IMAGE_RULE_DOWNGRADE | IMAGE_RULE_ENDORSE;
    const uint32_t known = IMAGE_RULE_RECORD | IMAGE_RULE_PAYLOAD | releases;
    ENSURE(r->kind <= IMAGE_RULE_RESTRICT && (r->flags & ~known) == 0, RULE_KIND, at);
    ENSURE((r->released != 0) == ((r->flags & releases) != 0), RULE_RELEASE, at);
    ENSURE(check_rule_index(r->rule) && r->rule >= IMAGE_RULE_FIRST, RULE_INDEX, at);
    ENSURE(flow_exists(t, r), RULE_FLOW, at);
    ENSURE(check_slice(atoms_taken, r->first_atom, r->atom_count, t->atoms_count), RULE_ATOMS, at);
    ENSURE(is_bounded(t, at), RULE_WORK, at);
    ENSURE(r->atom_count == 0 || check_rule_index(r->where_rule), RULE_WHERE, at);
    uint32_t size = r->channel == IMAGE_NONE ? 0 : t->types[r->type].size;
    TRY(check_atoms(t, r->first_atom, r->atom_count, size));
    //@ assert atoms_ok(t->atoms + r->first_atom, r->atom_count);
    TRY(check_rate(r, at));
    ENSURE((r->plan_mask & (UINT32_MAX >> (IMAGE_MAX_PLANS - t->plans_count))) != 0, RULE_PLAN, at);
    ENSURE(r->protocol == IMAGE_NONE || (r->kind == IMAGE_RULE_ALLOW && r->protocol < t->protocols_count), RULE_PROTOCOL, at);
    ENSURE(next_agrees(t, at), RULE_NEXT, at);
    return CHECK_PASSED;
}

/* Needs plans, types and the number of channels and protocols. */
struct image_check_result check_rules(const struct policy_tables *t)
{
    uint32_t atoms_taken = 0;
    /*@ loop invariant 0 <= i <= t->rules_count && rules_pass(t, i) && rules_flow(t, i);
        loop assigns i, atoms_taken;
        loop variant t->rules_count - i; */
    for (uint32_t i = 0; i < t->rules_count; i++) TRY(check_rule(t, i, &atoms_taken));
    return CHECK_PASSED;
}

/* Time is given within one CPU and one label, and for the kernel's sake (operate.c) nothing narrows that. */
static bool give_agrees(const struct policy_tables *t, const struct image_operation *o)
{
    const struct image_subject *from = &t->subjects[o->subject], *to = &t->subjects[o->object];
    const struct image_rule *r = &t->rules[o->allow];
    return o->subject != o->object && from->cpu == to->cpu && from->label_low == to->label_low &&
           from->label_high == to->label_high && r->rate_count == 0 && r->plan_mask == UINT32_MAX && r->next == 0;
}

/* Each has an `allow` of its own, which alone names it. Needs rules. */
struct image_check_result check_operations(const struct policy_tables *t)
{
    /*@ loop invariant 0 <= i <= t->operations_count && operations_pass(t, i);
        loop assigns i;
        loop variant t->operations_count - i; */
    for (uint32_t i = 0; i < t->operations_count; i++) {
        const struct image_operation *o = &t->operations[i];
        ENSURE(o->kind < IMAGE_OPERATION_KINDS, OPERATION_KIND, i);
        ENSURE(check_stands_alone(t, o->subject), OPERATION_SUBJECT, i);
        bool known = o->kind == IMAGE_OPERATION_SWITCH ? o->object < t->plans_count : check_stands_alone(t, o->object);
        ENSURE(known, OPERATION_OBJECT, i);
        ENSURE(o->allow < t->rules_count, OPERATION_ALLOW, i);
        const struct image_rule *allow = &t->rules[o->allow];
        ENSURE(allow->kind == IMAGE_RULE_ALLOW && allow->channel == IMAGE_NONE && allow->type == i, OPERATION_ALLOW, i);
        //@ assert operation_ok(t, i);
        if (o->kind != IMAGE_OPERATION_GIVE) continue;
        ENSURE(give_agrees(t, o), OPERATION_GIVE, i);
        uint32_t lines = policy_lines(t, &t->subjects[o->subject]) | policy_lines(t, &t->subjects[o->object]);
        ENSURE(lines == 0, OPERATION_LINES, i);
    }
    return CHECK_PASSED;
}

/* Whether a move leaves states of a protocol with `count` states, at least one, and enters one of them. */
static bool states_agree(uint32_t from_mask, uint64_t to, uint32_t count)
{
    return from_mask != 0 && (from_mask & ~(UINT32_MAX >> (IMAGE_MAX_STATES - count))) == 0 && to < count;
}

static struct image_check_result check_step(const struct policy_tables *t, uint32_t protocol, uint32_t at)
{
    const struct image_step *s = &t->steps[at];
    const uint32_t known = IMAGE_STEP_KEEP | IMAGE_STEP_MATCH | IMAGE_STEP_BIG;
    ENSURE(states_agree(s->from_mask, s->to, t->protocols[protocol].state_count), STEP_STATES, at);
    ENSURE(s->allow < t->rules_count, STEP_ALLOW, at);
    const struct image_rule *allow = &t->rules[s->allow];
    ENSURE(allow->kind == IMAGE_RULE_ALLOW && allow->protocol == protocol, STEP_ALLOW, at);
    //@ assert rule_flow(t, s->allow) && allow->type < t->types_count;
    //@ assert type_fits(t, allow->type);
    ENSURE((s->flags & ~known) == 0, STEP_FLAGS, at);
    ENSURE(s->width <= 2 && check_inside(s->offset, s->width, t->types[allow->type].size), STEP_FIELD, at);
    ENSURE(s->width != 0 || (s->flags & (IMAGE_STEP_KEEP | IMAGE_STEP_MATCH)) == 0, STEP_FIELD, at);
    return CHECK_PASSED;
}

static struct image_check_result check_timeout(const struct policy_tables *t, uint32_t protocol, uint32_t at)
{
    const struct image_timeout *o = &t->timeouts[at];
    ENSURE(states_agree(o->from_mask, o->to, t->protocols[protocol].state_count), TIMEOUT_STATES, at);
    ENSURE(o->after_ms >= 1 && o->after_ms <= IMAGE_MAX_PERIOD_MS, TIMEOUT_TIME, at);
    return CHECK_PASSED;
}

/* Needs rules. */
struct image_check_result check_protocols(const struct policy_tables *t)
{
    uint32_t steps_taken = 0, timeouts_taken = 0;
    /*@ loop invariant 0 <= i <= t->protocols_count && protocols_pass(t, i);
        loop assigns i, steps_taken, timeouts_taken;
        loop variant t->protocols_count - i; */
    for (uint32_t i = 0; i < t->protocols_count; i++) {
        const struct image_protocol *p = &t->protocols[i];
        ENSURE(p->state_count >= 1 && p->state_count <= IMAGE_MAX_STATES, PROTOCOL_STATES, i);
        ENSURE(check_rule_index(p->rule), PROTOCOL_RULE, i);
        ENSURE(check_slice(&steps_taken, p->first_step, p->step_count, t->steps_count), PROTOCOL_STEPS, i);
        ENSURE(check_slice(&timeouts_taken, p->first_timeout, p->timeout_count, t->timeouts_count), PROTOCOL_TIMEOUTS, i);
        /*@ loop invariant 0 <= k <= p->step_count && steps_pass(t, p->first_step, p->first_step + k);
            loop assigns k;
            loop variant p->step_count - k; */
        for (uint32_t k = 0; k < p->step_count; k++) TRY(check_step(t, i, p->first_step + k));
        /*@ loop invariant 0 <= k <= p->timeout_count && timeouts_pass(t, p->first_timeout, p->first_timeout + k);
            loop assigns k;
            loop variant p->timeout_count - k; */
        for (uint32_t k = 0; k < p->timeout_count; k++) TRY(check_timeout(t, i, p->first_timeout + k));
        //@ assert protocol_ok(t, t->protocols + i);
    }
    /*@ loop invariant 0 <= i <= t->resets_count && resets_pass(t, i);
        loop assigns i;
        loop variant t->resets_count - i; */
    for (uint32_t i = 0; i < t->resets_count; i++) {
        ENSURE(t->resets[i].protocol < t->protocols_count && t->resets[i].subject < t->subjects_count, RESET_INDEX, i);
        ENSURE(check_stands_alone(t, t->resets[i].subject), RESET_INDEX, i);
    }
    return CHECK_PASSED;
}
