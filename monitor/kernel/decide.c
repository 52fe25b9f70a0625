/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks that depend on the message and on const tables alone, and the order of all checks. What depends on earlier
 * messages is in flow.c. The message is untrusted; the tables have passed image_check().
 */
#include "core/compiler.h"
#include "flow.h"
#include "value.h"

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

static bool padding_is_bad(const struct image_field *fields, const struct image_field *field, const uint8_t *payload)
{
    return (field->flags & IMAGE_FIELD_ZERO) && field_exists(fields, field, payload) && !padding_is_zero(field, payload);
}

/* A field that exists: padding is zero, a value is in its set or range. */
static APART bool field_is_good(const struct image_field *field, const uint8_t *payload)
{
    if (field->flags & IMAGE_FIELD_ZERO) return padding_is_zero(field, payload);
    uint64_t value = value_read(payload + field->offset, field->width, field->flags);
    if (field->flags & IMAGE_FIELD_SET) return value <= 63 && ((uint64_t)field->lo >> value & 1) != 0;
    return value_within(value, field->lo, field->hi, field->flags);
}

/* A short way for the most frequent kind: an unsigned number, little endian, in its range. */
static bool field_is_plain_and_good(const struct image_field *field, const uint8_t *payload)
{
    if (field->flags != 0) return false;
    uint64_t value = value_read_plain(payload + field->offset, field->width);
    return value >= (uint64_t)field->lo && value <= (uint64_t)field->hi;
}

/* The first bad field is `bad`, but padding of the whole message counts before it: looks from there to the `end`. */
static APART bool deny_field(const struct image_field *fields, const struct image_field *bad, const struct image_field *end,
                             const uint8_t *payload, struct decide_verdict *v)
{
    const struct image_field *f = bad;
    while (f != end && !padding_is_bad(fields, f, payload)) f++;
    if (f != end) bad = f;
    v->field = (uint16_t)(bad - fields);
    return flow_deny(v, bad->rule, f != end ? 0 : value_read(payload + bad->offset, bad->width, bad->flags));
}

/* Notes in v->field which field of the type is bad. */
static APART bool check_fields(const struct image_field *fields, uint32_t count, const uint8_t *payload,
                               struct decide_verdict *v)
{
    const struct image_field *end = fields + count;
    for (const struct image_field *f = fields; f != end; f++) {
        if (f->tag != IMAGE_NONE && !field_exists(fields, f, payload)) continue;
        if (!field_is_plain_and_good(f, payload) && !field_is_good(f, payload)) return deny_field(fields, f, end, payload, v);
    }
    return true;
}

/* Conjunctive form: every clause needs one atom that holds. image_check(): the last atom ends its clause. */
static bool conditions_hold(const struct image_atom *atoms, uint32_t count, const uint8_t *payload)
{
    bool clause = false;
    for (const struct image_atom *a = atoms; a < atoms + count; a++) {
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
    if (header->type >= policy->types_count) return flow_deny(v, IMAGE_RULE_TYPE, header->type);
    const struct image_type *type = &policy->types[header->type];
    if (header->version != type->version) return flow_deny(v, IMAGE_RULE_TYPE, header->version);
    if (header->length != type->size || header->length > channel->slot_size - sizeof *header) {
        return flow_deny(v, IMAGE_RULE_LENGTH, header->length);
    }
    if (!check_fields(&policy->fields[type->first_field], type->field_count, message->payload, v)) {
        v->field = (uint16_t)(v->field + type->first_field);
        return false;
    }
    if (type->atom_count != 0 && !conditions_hold(&policy->atoms[type->first_atom], type->atom_count, message->payload)) {
        return flow_deny(v, type->where_rule, 0);
    }
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
    return flow_deny(v, IMAGE_RULE_DEFAULT, 0);
}

static bool check_where(const struct policy_tables *policy, const struct image_rule *rule, const uint8_t *payload,
                        struct decide_verdict *v)
{
    for (; rule != 0; rule = flow_next(policy, rule)) {
        const struct image_atom *atoms = &policy->atoms[rule->first_atom];
        if (rule->atom_count == 0 || conditions_hold(atoms, rule->atom_count, payload)) continue;
        return flow_deny(v, rule->where_rule, 0);
    }
    return true;
}

static bool check_all(const struct policy_tables *policy, const struct decide_state *state,
                      const struct decide_request *request, struct decide_verdict *v)
{
    const struct decide_message *message = request->message;
    if (request->channel >= policy->channels_count) return flow_deny(v, IMAGE_RULE_DEFAULT, 0);
    const struct image_channel *channel = &policy->channels[request->channel];
    if (channel->sender != request->subject) return flow_deny(v, IMAGE_RULE_DEFAULT, 0);
    if (!check_type(policy, channel, message, v) || !check_grant(policy, channel, message->header.type, v)) return false;
    const struct image_rule *rule = &policy->rules[v->allow];
    return flow_check_label(policy, channel, rule, v) && flow_check_plan(rule, request->plan, v) &&
           check_where(policy, rule, message->payload, v) &&
           (rule->protocol == IMAGE_NONE || flow_check_protocol(policy, state, request, v)) &&
           flow_check_rate(policy, state, request->now, v);
}

void decide(const struct policy_tables *policy, const struct decide_state *state, const struct decide_request *request,
            struct decide_verdict *v)
{
    v->allow = IMAGE_NONE;
    v->field = IMAGE_NONE;
    v->feedback = IMAGE_FEEDBACK_NONE;
    v->allowed = check_all(policy, state, request, v);
    if (!v->allowed) return;
    v->rule = policy->rules[v->allow].rule;
    v->value = 0;
}

static bool check_operation(const struct policy_tables *policy, const struct decide_state *state,
                            const struct decide_operation *request, struct decide_verdict *v)
{
    if (request->operation >= policy->operations_count) return flow_deny(v, IMAGE_RULE_PRIVILEGE, 0);
    const struct image_operation *operation = &policy->operations[below(request->operation, policy->operations_count)];
    if (operation->subject != request->subject) return flow_deny(v, IMAGE_RULE_PRIVILEGE, 0);
    v->allow = operation->allow;
    return flow_check_plan(&policy->rules[v->allow], request->plan, v) && flow_check_rate(policy, state, request->now, v);
}

void decide_operation(const struct policy_tables *policy, const struct decide_state *state,
                      const struct decide_operation *request, struct decide_verdict *v)
{
    v->allow = IMAGE_NONE;
    v->feedback = IMAGE_FEEDBACK_NONE;
    v->allowed = check_operation(policy, state, request, v);
    if (v->allowed) v->rule = policy->rules[v->allow].rule;
}
