/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks that depend on the message and on const tables alone, and the order of all checks. What depends on earlier
 * messages is in flow.c. The message is untrusted; the tables have passed image_check().
 */
#include "decide.h"
#include "flow.h"
#include "value.h"

static bool deny(struct decide_verdict *v, uint32_t rule, uint64_t value)
{
    v->rule = rule;
    v->value = value;
    return false;
}

/* Within a union a field exists for some values of its tag only; the tag may itself lie within a union. */
static bool field_exists(const struct image_field *fields, const struct image_field *field, const uint8_t *payload)
{
    while (field->tag != IMAGE_NONE) {
        const struct image_field *tag = &fields[field->tag];
        uint64_t value = value_read(payload + tag->offset, tag->width, tag->flags);
        if (value > 63 || (field->tags >> value & 1) == 0) return false;
        field = tag;              /* image_check(): a tag stands before what it governs */
    }
    return true;
}

static bool padding_is_zero(const struct image_field *field, const uint8_t *payload)
{
    uint8_t any = 0;
    for (uint32_t i = 0; i < field->width; i++) any |= payload[field->offset + i];
    return any == 0;
}

static bool value_is_allowed(const struct image_field *field, uint64_t value)
{
    if (field->flags & IMAGE_FIELD_SET) return value <= 63 && ((uint64_t)field->lo >> value & 1) != 0;
    return value_within(value, field->lo, field->hi, field->flags);
}

/* Padding of the whole message counts before the first value that is out of range. */
static bool check_fields(const struct policy_tables *policy, const struct image_type *type, const uint8_t *payload,
                         struct decide_verdict *v)
{
    const struct image_field *fields = &policy->fields[type->first_field];
    bool good = true;
    for (uint32_t i = 0; i < type->field_count; i++) {
        const struct image_field *field = &fields[i];
        if (!field_exists(fields, field, payload)) continue;
        if (field->flags & IMAGE_FIELD_ZERO) {
            if (padding_is_zero(field, payload)) continue;
            v->field = (uint16_t)(type->first_field + i);
            return deny(v, field->rule, 0);
        }
        if (!good) continue;
        uint64_t value = value_read(payload + field->offset, field->width, field->flags);
        if (value_is_allowed(field, value)) continue;
        v->field = (uint16_t)(type->first_field + i);
        good = deny(v, field->rule, value);
    }
    return good;
}

/* Conjunctive form: every clause needs one atom that holds. image_check(): the last atom ends its clause. */
static bool conditions_hold(const struct policy_tables *policy, uint32_t first, uint32_t count, const uint8_t *payload)
{
    bool clause = false;
    for (uint32_t i = first; i < first + count; i++) {
        const struct image_atom *a = &policy->atoms[i];
        if (!clause) {
            uint64_t value = value_read(payload + a->offset, a->width, a->flags);
            clause = value_within(value, a->lo, a->hi, a->flags) == ((a->flags & IMAGE_ATOM_NOT) == 0);
        }
        if (a->flags & IMAGE_ATOM_END) {
            if (!clause) return false;
            clause = false;
        }
    }
    return true;
}

static bool check_type(const struct policy_tables *policy, const struct image_channel *channel,
                       const struct decide_message *message, struct decide_verdict *v)
{
    const struct message_header *header = &message->header;
    if (header->type >= policy->types_count) return deny(v, IMAGE_RULE_TYPE, header->type);
    const struct image_type *type = &policy->types[header->type];
    if (header->version != type->version) return deny(v, IMAGE_RULE_TYPE, header->version);
    if (header->length != type->size || header->length > channel->slot_size - sizeof *header) {
        return deny(v, IMAGE_RULE_LENGTH, header->length);
    }
    if (!check_fields(policy, type, message->payload, v)) return false;
    if (!conditions_hold(policy, type->first_atom, type->atom_count, message->payload)) return deny(v, type->where_rule, 0);
    return true;
}

/* A channel's `allow` rules are sorted by type, one a type. */
static bool check_grant(const struct policy_tables *policy, const struct image_channel *channel, uint16_t type,
                        struct decide_verdict *v)
{
    for (uint32_t i = channel->first_rule; i < channel->first_rule + channel->rule_count; i++) {
        if (policy->rules[i].type == type) {
            v->allow = i;
            return true;
        }
    }
    return deny(v, IMAGE_RULE_DEFAULT, 0);
}

static bool check_label(const struct policy_tables *policy, const struct image_channel *channel, struct decide_verdict *v)
{
    const struct image_rule *rule = &policy->rules[v->allow];
    const struct image_subject *from = &policy->subjects[channel->sender], *to = &policy->subjects[channel->receiver];
    if (rule->level_from < from->level_low || rule->level_from > from->level_high || rule->level_to < to->level_low ||
        rule->level_to > to->level_high || (rule->level_from > rule->level_to && !(rule->flags & IMAGE_RULE_DOWNGRADE))) {
        return deny(v, IMAGE_RULE_LABEL, 0);
    }
    return true;
}

/* The plan that runs is not the sender's doing: only full feedback shows it. */
static bool check_plan(const struct policy_tables *policy, uint32_t plan, struct decide_verdict *v)
{
    uint32_t i = v->allow;
    do {
        if (plan > 31 || (policy->rules[i].plan_mask >> plan & 1) == 0) {
            v->feedback = IMAGE_FEEDBACK_FULL;
            return deny(v, IMAGE_RULE_PLAN, plan);
        }
        i = policy->rules[i].next;
    } while (i != 0);
    return true;
}

static bool check_where(const struct policy_tables *policy, const uint8_t *payload, struct decide_verdict *v)
{
    uint32_t i = v->allow;
    do {
        const struct image_rule *rule = &policy->rules[i];
        if (!conditions_hold(policy, rule->first_atom, rule->atom_count, payload)) return deny(v, rule->where_rule, 0);
        i = rule->next;
    } while (i != 0);
    return true;
}

static bool check_all(const struct policy_tables *policy, const struct decide_state *state,
                      const struct decide_request *request, struct decide_verdict *v)
{
    const struct decide_message *message = request->message;
    if (request->channel >= policy->channels_count) return deny(v, IMAGE_RULE_DEFAULT, 0);
    const struct image_channel *channel = &policy->channels[request->channel];
    if (channel->sender != request->subject) return deny(v, IMAGE_RULE_DEFAULT, 0);
    return check_type(policy, channel, message, v) && check_grant(policy, channel, message->header.type, v) &&
           check_label(policy, channel, v) && check_plan(policy, request->plan, v) &&
           check_where(policy, message->payload, v) && flow_check_protocol(policy, state, request, v) &&
           flow_check_rate(policy, state, request->now, v);
}

struct decide_verdict decide(const struct policy_tables *policy, const struct decide_state *state,
                             const struct decide_request *request)
{
    struct decide_verdict v = { .allow = IMAGE_NONE, .field = IMAGE_NONE, .feedback = IMAGE_FEEDBACK_NONE };
    v.allowed = check_all(policy, state, request, &v);
    if (v.allowed) v.rule = policy->rules[v.allow].rule;
    return v;
}
