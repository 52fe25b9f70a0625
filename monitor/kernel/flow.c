/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rates and protocols. A protocol is an automaton with one register and timeouts; its whole state is one word, so that two CPUs
 * can move it without a lock. Timeouts are found when the next message asks.
 */
#include "flow.h"
#include "value.h"

#define TIME_BITS 40u                 /* of units of 2^20 ticks; half of them tell time: six years at 3 GHz */

static uint32_t word_state(uint64_t word)
{
    return (uint32_t)(word >> 56);
}

/* Whether a step or timeout from these states is one from the word's. DECIDE_NO_STATE is in no mask. */
static bool leaves(uint32_t from_mask, uint64_t word)
{
    return ((uint64_t)from_mask >> word_state(word) & 1) != 0;
}

static uint16_t word_kept(uint64_t word)
{
    return (uint16_t)(word >> 40);
}

/* Time since the protocol entered its state. Another CPU may have moved it after our look at the clock: then none. */
static uint64_t elapsed(uint64_t word, uint64_t now)
{
    uint64_t units = ((now >> 20) - word) & ((1ull << TIME_BITS) - 1);
    return units >> (TIME_BITS - 1) ? 0 : units;
}

/* Surely no shorter than `ms`: one unit for rounding up, one for where in its unit the state was entered. */
static uint64_t timeout_units(uint32_t ms, uint32_t tsc_khz)
{
    return ((uint64_t)ms * tsc_khz >> 20) + 2;
}

/* The first timeout of the present state that has run out, or null. */
static const struct image_timeout *find_timeout(const struct policy_tables *policy, const struct image_protocol *protocol,
                                                uint64_t word, uint64_t now, uint32_t tsc_khz)
{
    /*@ loop invariant 0 <= i <= protocol->timeout_count;
        loop invariant none_out(policy->timeouts, protocol->first_timeout, protocol->first_timeout + i, word, now, tsc_khz);
        loop assigns i;
        loop variant protocol->timeout_count - i; */
    for (uint32_t i = 0; i < protocol->timeout_count; i++) {
        const struct image_timeout *t = &policy->timeouts[protocol->first_timeout + i];
        //@ assert t == policy->timeouts + (protocol->first_timeout + i);
        if (leaves(t->from_mask, word) && elapsed(word, now) >= timeout_units(t->after_ms, tsc_khz)) return t;
        //@ assert !runs_out(policy->timeouts + (protocol->first_timeout + i), word, now, tsc_khz);
    }
    return 0;
}

/*
 * What `word` has become by TSC `now`: each timeout leads on, and the next one counts from when it ran out. Timeouts that lead
 * in a circle are followed once through all states.
 */
static uint64_t follow_timeouts(const struct policy_tables *policy, const struct image_protocol *protocol, uint64_t word,
                                uint64_t now, uint32_t tsc_khz)
{
    /*@ loop invariant 0 <= hops <= IMAGE_MAX_STATES && state_of(word) <= DECIDE_NO_STATE;
        loop invariant word_after(policy->timeouts, protocol->first_timeout, protocol->first_timeout + protocol->timeout_count,
            \at(word, Pre), now, tsc_khz, IMAGE_MAX_STATES) ==
          word_after(policy->timeouts, protocol->first_timeout, protocol->first_timeout + protocol->timeout_count,
            word, now, tsc_khz, IMAGE_MAX_STATES - hops);
        loop assigns hops, word;
        loop variant IMAGE_MAX_STATES - hops; */
    for (uint32_t hops = 0; hops < IMAGE_MAX_STATES; hops++) {
        const struct image_timeout *t = find_timeout(policy, protocol, word, now, tsc_khz);
        if (t == 0) break;
        //@ assert \exists integer k; 0 <= k < policy->timeouts_count && t == policy->timeouts + k && timeout_ok(policy, k);
        uint64_t entered = (word & ((1ull << TIME_BITS) - 1)) + timeout_units(t->after_ms, tsc_khz);
        word = decide_protocol_word((uint32_t)t->to, word_kept(word), entered << 20);
    }
    return word;
}

static uint16_t step_field(const struct image_step *step, const uint8_t *payload)
{
    uint32_t flags = step->flags & IMAGE_STEP_BIG ? IMAGE_FIELD_BIG : 0, unused = 64u - 8u * step->width;
    return (uint16_t)(value_read(payload + step->offset, unused, flags) >> unused);
}

/* The step that the message takes from state `word`, or null. */
static const struct image_step *find_step(const struct policy_tables *policy, const struct image_protocol *protocol,
                                          uint64_t word, uint32_t allow, const uint8_t *payload)
{
    /*@ loop invariant 0 <= i <= protocol->step_count;
        loop invariant none_takes(policy->steps, protocol->first_step, protocol->first_step + i, word, allow, payload);
        loop assigns i;
        loop variant protocol->step_count - i; */
    for (uint32_t i = 0; i < protocol->step_count; i++) {
        const struct image_step *step = &policy->steps[protocol->first_step + i];
        //@ assert step_ok(policy, protocol->first_step + i);
        //@ assert step == policy->steps + (protocol->first_step + i);
        if (step->allow == allow && leaves(step->from_mask, word) &&
            ((step->flags & IMAGE_STEP_MATCH) == 0 || step_field(step, payload) == word_kept(word))) return step;
        //@ assert !takes(policy->steps + (protocol->first_step + i), word, allow, payload);
    }
    return 0;
}

bool flow_check_protocol(const struct policy_tables *policy, const struct decide_state *state,
                         const struct decide_request *request, struct decide_verdict *v)
{
    uint16_t index = policy->rules[v->allow].protocol;
    const struct image_protocol *protocol = &policy->protocols[index];
    const uint8_t *payload = request->message->payload;
    //@ assert rule_ok(policy, v->allow) && protocol == policy->protocols + index && protocol_ok(policy, protocol);
    v->protocol_seen = __atomic_load_n(&state->protocols[index], __ATOMIC_ACQUIRE);
    uint64_t word = follow_timeouts(policy, protocol, v->protocol_seen, request->now, state->tsc_khz);
    const struct image_step *step = find_step(policy, protocol, word, v->allow, payload);
    v->feedback = IMAGE_FEEDBACK_FULL;    /* from here on others' messages decide as well, so even a rate tells of them */
    if (step == 0) {
        v->rule = protocol->rule;
        v->value = word_state(word);
        return false;
    }
    //@ assert \exists integer k; 0 <= k < policy->steps_count && step == policy->steps + k && step_ok(policy, k);
    uint16_t kept = step->flags & IMAGE_STEP_KEEP ? step_field(step, payload) : word_kept(word);
    v->protocol_next = decide_protocol_word(step->to, kept, request->now);
    return true;
}

bool flow_check_label(const struct policy_tables *policy, const struct image_channel *channel, const struct image_rule *rule,
                      struct decide_verdict *v)
{
    const struct image_subject *from = &policy->subjects[channel->sender], *to = &policy->subjects[channel->receiver];
    /* nobody releases what all its labels have */
    uint64_t needed = (from->label_high & ~rule->released) | from->label_low | to->label_low;
    /* equal only if both are the label itself, that is, if it has all that is needed and nothing beyond what is handled */
    if ((rule->label & to->label_high) == (rule->label | needed)) return true;
    return flow_deny(v, IMAGE_RULE_LABEL, 0);
}

bool flow_check_rate(const struct policy_tables *policy, const struct decide_state *state, uint64_t now,
                     struct decide_verdict *v)
{
    uint32_t i = v->allow;
    /*@ loop invariant i < policy->rules_count;
        loop invariant rate_met(policy, state, v->allow, now) <==> rate_met(policy, state, i, now);
        loop invariant rate_fault(policy, state, v->allow, now) == rate_fault(policy, state, i, now);
        loop assigns i;
        loop variant policy->rules_count - i; */
    do {
        //@ assert rule_ok(policy, i);
        uint64_t ahead = flow_ahead(state->due[i], now), tolerance = state->paces[i].tolerance;
        if (ahead > tolerance) {
            if (v->feedback < IMAGE_FEEDBACK_RULE) v->feedback = IMAGE_FEEDBACK_RULE;
            return flow_deny(v, policy->rules[i].rate_rule, ahead - tolerance);
        }
        i = policy->rules[i].next;
    } while (i != 0);
    return true;
}

void decide_charge(const struct policy_tables *policy, struct decide_state *state, const struct decide_verdict *verdict,
                   uint64_t now)
{
    uint32_t i = verdict->allow;
    //@ assert \base_addr(state->due) != \base_addr(state->paces);
    /*@ loop invariant i < policy->rules_count && i >= verdict->allow;
        loop invariant \forall integer k; k >= i ==>
          (in_flow(policy->rules, verdict->allow, k) <==> in_flow(policy->rules, i, k));
        loop invariant \forall integer k; 0 <= k < i && in_flow(policy->rules, verdict->allow, k) ==>
          state->due[k] == due_after(\at(state->due[k], Pre), now, \at(state->paces[k].step, Pre));
        loop invariant \forall integer k; 0 <= k < policy->rules_count &&
          (k >= i || !in_flow(policy->rules, verdict->allow, k)) ==> state->due[k] == \at(state->due[k], Pre);
        loop invariant \forall integer k; 0 <= k < policy->rules_count ==>
          state->paces[k].step == \at(state->paces[k].step, Pre);
        loop assigns i, state->due[0 .. policy->rules_count - 1];
        loop variant policy->rules_count - i; */
    do {
        //@ assert rule_ok(policy, i);
        //@ assert \forall integer k; &state->paces[k].step != &state->due[i];
        state->due[i] = now + flow_ahead(state->due[i], now) + state->paces[i].step;
        /*@ assert paces_stay: \forall integer k; 0 <= k < policy->rules_count ==>
              state->paces[k].step == \at(state->paces[k].step, Pre); */
        /*@ assert state->due[i] ==
              due_after(\at(state->due[\at(i, Here)], Pre), now, \at(state->paces[\at(i, Here)].step, Pre)); */
        /*@ assert \forall integer k; i < k < policy->rules_count ==> state->due[k] == \at(state->due[k], Pre); */
        /*@ assert \forall integer k; 0 <= k < i ==> (in_flow(policy->rules, verdict->allow, k) ?
              state->due[k] == due_after(\at(state->due[k], Pre), now, \at(state->paces[k].step, Pre)) :
              state->due[k] == \at(state->due[k], Pre)); */
        i = policy->rules[i].next;
    } while (i != 0);
}

bool decide_commit(const struct policy_tables *policy, struct decide_state *state, const struct decide_verdict *verdict,
                   uint64_t now)
{
    //@ assert rule_ok(policy, verdict->allow);
    uint16_t protocol = policy->rules[verdict->allow].protocol;
    uint64_t seen = verdict->protocol_seen;
    //@ assert \forall integer k; &policy->timeouts[k].to != &state->protocols[protocol];
    /*@ assert \forall integer k, i; \let f = policy->fields + policy->types[k].first_field;
          &f[i].base != &state->protocols[protocol] && &f[i].span != &state->protocols[protocol]; */
    /*@ assert \forall integer k; 0 <= k < policy->types_count ==>
          fields_ok(policy->fields + policy->types[k].first_field, policy->types[k].field_count); */
    /*@ assert \forall integer k, i; 0 <= k < policy->types_count && 0 <= i < policy->types[k].field_count ==>
          field_ok(policy->fields + policy->types[k].first_field, i); */
    if (protocol != IMAGE_NONE && !__atomic_compare_exchange_n(&state->protocols[protocol], &seen, verdict->protocol_next,
                                                               false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        return false;
    }
    //@ assert \forall integer k; 0 <= k < policy->protocols_count ==> protocol_ok(policy, policy->protocols + k);
    /*@ assert \forall integer k, i; 0 <= k < policy->types_count && 0 <= i < policy->types[k].field_count ==>
          field_ok(policy->fields + policy->types[k].first_field, i); */
    //@ assert \forall integer k; 0 <= k < policy->types_count ==> type_ok(policy, k);
    //@ assert tables_ok(policy);
    decide_charge(policy, state, verdict, now);
    return true;
}
