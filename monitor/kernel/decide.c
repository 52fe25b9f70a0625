/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks that depend on the message and on const tables alone, and the order of all checks. What depends on earlier
 * messages is in flow.c. The message is untrusted; the tables have passed image_check().
 */
#include "core/compiler.h"
#include "flow.h"
#include "value.h"

static bool set_has(uint64_t bits, uint64_t value)
{
    return value <= 63 && (bits >> value & 1) != 0;
}

/* Within a union a field exists for some values of its tag only; the tag may itself lie within a union. */
static bool field_exists(const struct image_field *fields, const struct image_field *field, const uint8_t *payload)
{
    /*@ loop invariant \exists integer n, i; fields_ok(fields, n) && 0 <= i < n && field == fields + i;
        loop invariant \forall integer i, k; \at(field, Pre) == fields + i && field == fields + k ==>
          (present(fields, i, payload) <==> present(fields, k, payload));
        loop assigns field;
        loop variant field->tag == IMAGE_NONE ? 0 : 1 + field->tag; */
    while (field->tag != IMAGE_NONE) {
        /*@ assert \exists integer n, i; fields_ok(fields, n) && 0 <= i < n && field == fields + i && field_ok(fields, i) &&
              field->tag < i && field_ok(fields, field->tag); */
        const struct image_field *tag = &fields[field->tag];
        //@ assert lies_inside(tag->offset, tag->unused);
        uint64_t word = value_read(payload + tag->offset, tag->unused, tag->flags);
        if (!set_has(field->tags, word >> tag->unused)) return false;
        field = tag;              /* image_check(): a tag stands before what it governs */
    }
    return true;
}

/* A field is good if it does not exist, or what it holds is in its set or range. */
static APART bool field_is_good(const struct image_field *fields, const struct image_field *field, const uint8_t *payload)
{
    if (!field_exists(fields, field, payload)) return true;
    /*@ assert \exists integer n, i; fields_ok(fields, n) && 0 <= i < n && field == fields + i && field_ok(fields, i) &&
          lies_inside(field->offset, field->unused); */
    uint64_t word = value_read(payload + field->offset, field->unused, field->flags);
    if (field->flags & IMAGE_FIELD_SET) return set_has(field->base, word >> field->unused);
    return word - field->base <= field->span;
}

/* A short way for the most frequent kind: one that always exists, little endian, in its range. */
static bool field_is_plain_and_good(const struct image_field *field, const uint8_t *payload)
{
    if (field->tag != IMAGE_NONE || field->flags != 0) return false;
    return value_read_plain(payload + field->offset, field->unused) - field->base <= field->span;
}

/*
 * From `f` on, the field to report: the first bad one, but padding of the whole message counts before all others. The end if
 * none is bad.
 */
static APART const struct image_field *find_bad(const struct image_field *fields, const struct image_field *f,
                                                const struct image_field *end, const uint8_t *payload)
{
    const struct image_field *bad = end;
    //@ ghost uint32_t i = (uint32_t)(f - fields), b = (uint32_t)(end - fields);
    /*@ loop invariant \exists integer n; fields_ok(fields, n) && end == fields + n && 0 <= i <= n && b <= n;
        loop invariant f == fields + i && bad == fields + b && all_padding_good(fields, i, payload);
        loop invariant bad == end ? all_values_good(fields, i, payload) :
          b < i && value_bad(fields, b, payload) && all_values_good(fields, b, payload);
        loop assigns f, bad, i, b;
        loop variant end - f; */
    for (; f != end; f++) {
        //@ assert field_ok(fields, i);
        //@ ghost i++;
        if (field_is_plain_and_good(f, payload) || field_is_good(fields, f, payload)) continue;
        //@ assert field_bad(fields, i - 1, payload);
        if (f->kind & IMAGE_FIELD_ZERO) return f;
        //@ ghost if (bad == end) b = i - 1;
        if (bad == end) bad = f;
    }
    return bad;
}

static APART bool deny_field(const struct policy_tables *policy, const struct image_field *bad, const uint8_t *payload,
                             struct decide_verdict *v)
{
    v->field = (uint16_t)(bad - policy->fields);
    uint64_t word = value_read(payload + bad->offset, bad->unused, bad->flags);
    return flow_deny(v, bad->rule, bad->kind & IMAGE_FIELD_ZERO ? 0 : value_number(word, bad->unused, bad->kind));
}

/* Conjunctive form: every clause needs one atom that holds. image_check(): the last atom ends its clause. */
static bool conditions_hold(const struct image_atom *atoms, uint32_t count, const uint8_t *payload)
{
    bool clause = false;
    //@ ghost uint32_t i = 0;
    /*@ loop invariant 0 <= i <= count && a == atoms + i;
        loop invariant conditions_met(atoms, i, payload);
        loop invariant clause <==> clause_open(atoms, i, payload);
        loop assigns i, a, clause;
        loop variant count - i; */
    for (const struct image_atom *a = atoms; a < atoms + count; a++) {
        //@ ghost i++;
        if (!clause) {
            uint64_t word = value_read(payload + a->offset, a->unused, a->flags);
            clause = (word - a->base <= a->span) == ((a->flags & IMAGE_ATOM_NOT) == 0);
            //@ assert clause <==> atom_holds(atoms, i - 1, payload);
        }
        //@ assert clause <==> clause_open(atoms, i - 1, payload) || atom_holds(atoms, i - 1, payload);
        if (a->flags & IMAGE_ATOM_END) {
            //@ assert ends(atoms, i - 1) && (clause <==> clause_met(atoms, i - 1, payload));
            //@ assert !clause ==> !conditions_met(atoms, count, payload);
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
    const struct image_type *type = &policy->types[below(header->type, policy->types_count)];
    //@ assert type_ok(policy, header->type) && type == policy->types + header->type;
    if (header->version != type->version) return flow_deny(v, IMAGE_RULE_TYPE, header->version);
    if (header->length != type->size || header->length > channel->slot_size - sizeof *header) {
        return flow_deny(v, IMAGE_RULE_LENGTH, header->length);
    }
    const struct image_field *fields = &policy->fields[type->first_field], *end = fields + type->field_count;
    const struct image_field *bad = find_bad(fields, fields, end, message->payload);
    /*@ assert bad != end ==> \exists integer i; bad == fields + i && field_ok(fields, i) &&
          first_bad(fields, i, type->field_count, &message->payload[0]) && bad == policy->fields + (type->first_field + i); */
    if (bad != end) return deny_field(policy, bad, message->payload, v);
    if (type->atom_count != 0 && !conditions_hold(&policy->atoms[type->first_atom], type->atom_count, message->payload)) {
        return flow_deny(v, type->where_rule, 0);
    }
    return true;
}

/* A channel's `allow` rules are sorted by type, one a type. */
static bool check_grant(const struct policy_tables *policy, const struct image_channel *channel, uint16_t type,
                        struct decide_verdict *v)
{
    /*@ loop invariant channel->first_rule <= i <= channel->first_rule + channel->rule_count;
        loop invariant none_of(policy->rules, channel->first_rule, i, type);
        loop assigns i;
        loop variant channel->first_rule + channel->rule_count - i; */
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
    //@ ghost uint32_t at = v->allow;
    /*@ loop invariant rule != \null ==> at < policy->rules_count && rule == policy->rules + at;
        loop invariant rule != \null ==> (where_met(policy, v->allow, payload) <==> where_met(policy, at, payload));
        loop invariant rule != \null ==> where_fault(policy, v->allow, payload) == where_fault(policy, at, payload);
        loop invariant rule == \null ==> where_met(policy, v->allow, payload);
        loop assigns rule, at;
        loop variant rule == \null ? 0 : policy->rules_count - at; */
    for (; rule != 0; rule = flow_next(policy, rule)) {
        //@ assert rule_ok(policy, at);
        //@ ghost at = rule->next;
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
    //@ assert channel_ok(policy, request->channel) && channel == policy->channels + request->channel;
    if (channel->sender != request->subject) return flow_deny(v, IMAGE_RULE_DEFAULT, 0);
    if (!check_type(policy, channel, message, v) || !check_grant(policy, channel, message->header.type, v)) return false;
    const struct image_rule *rule = &policy->rules[v->allow];
    //@ assert rule_ok(policy, v->allow) && rule == policy->rules + v->allow;
    //@ assert at_label(policy, request) && grants(policy, channel, request->message->header.type, v->allow);
    if (!flow_check_label(policy, channel, rule, v) || !flow_check_plan(rule, request->plan, v)) return false;
    //@ assert at_where(policy, request, v->allow);
    if (!check_where(policy, rule, message->payload, v)) return false;
    //@ assert at_protocol(policy, request, v->allow);
    if (rule->protocol != IMAGE_NONE && !flow_check_protocol(policy, state, request, v)) return false;
    //@ assert at_rate(policy, request, v->allow, word_met(policy, state, request, v->allow, v->protocol_seen));
    /*@ assert v->field == IMAGE_NONE &&
          v->feedback == (rule->protocol == IMAGE_NONE ? IMAGE_FEEDBACK_NONE : IMAGE_FEEDBACK_FULL); */
    return flow_check_rate(policy, state, request->now, v);
}

static APART void decide_by_all(const struct policy_tables *policy, const struct decide_state *state,
                                const struct decide_request *request, struct decide_verdict *v)
{
    v->allow = IMAGE_NONE;
    v->field = IMAGE_NONE;
    v->feedback = IMAGE_FEEDBACK_NONE;
    v->allowed = check_all(policy, state, request, v);
    if (!v->allowed) return;
    v->rule = policy->rules[v->allow].rule;
    v->value = 0;
}

/* A line's message with a field that is not plain or not good; the first bad one is what all checks would have found first. */
static APART void decide_by_other_fields(const struct decide_line *line, const uint8_t *payload, struct decide_verdict *v,
                                         const struct policy_tables *policy, const struct image_field *f)
{
    const struct image_field *bad = find_bad(line->fields, f, line->fields_end, payload);
    if (bad == line->fields_end) return;
    /*@ assert \exists integer first, i; line_has_fields(policy, line, first) && bad == line->fields + i &&
          first_bad(line->fields, i, line->field_count, payload) && field_ok(line->fields, i) &&
          bad == policy->fields + (first + i); */
    v->allow = IMAGE_NONE;
    v->allowed = deny_field(policy, bad, payload, v);
    //@ assert \forall integer first; line->fields == policy->fields + first ==> bad == line->fields + (v->field - first);
    /*@ assert \forall integer i; bad == line->fields + i ==>
          reports_field(i, v->rule, v->value, line->fields, line->field_count, payload); */
}

/* A line's message that may pass but for its fields. */
static APART void decide_by_fields(const struct decide_line *line, const uint8_t *payload, struct decide_verdict *v,
                                   const struct policy_tables *policy)
{
    const struct image_field *f = line->fields;
    //@ ghost uint32_t i = 0;
    /*@ loop invariant 0 <= i < line->field_count && f == line->fields + i && *v == \at(*v, Pre);
        loop invariant all_padding_good(line->fields, i, payload) && all_values_good(line->fields, i, payload);
        loop assigns i, f;
        loop variant line->field_count - i; */
    do {
        //@ assert field_ok(line->fields, i);
        if (!field_is_plain_and_good(f, payload)) {
            decide_by_other_fields(line, payload, v, policy, f);
            /*@ assert \forall integer first; !line_fields_good(line, payload) && line->fields == policy->fields + first ==>
                  reports_field(v->field - first, v->rule, v->value, line->fields, line->field_count, payload); */
            return;
        }
        //@ ghost i++;
    } while (++f != line->fields_end);
    //@ assert line_fields_good(line, payload);
}

/* Channel, type and label: whether the line is about messages like this one. */
static inline bool line_knows(const struct decide_line *line, const struct decide_request *request)
{
    return line->sender == request->subject && line->header == decide_header_word(&request->message->header);
}

static inline bool line_has_plan(const struct decide_line *line, const struct decide_request *request)
{
    return (line->plans >> request->plan % IMAGE_MAX_PLANS & 1) != 0;
}

static inline bool line_has_token(const struct decide_line *line, const struct decide_state *state,
                                  const struct decide_request *request)
{
    return flow_ahead(state->due[line->allow], request->now) <= line->tolerance;
}

/* Most messages take the short way: what their channel's line allows, all checks do. What it does not, they may. */
void decide(const struct policy_tables *policy, const struct decide_state *state, const struct decide_request *request,
            struct decide_verdict *v)
{
    const struct decide_line *line = &state->lines[request->channel];
    /*@ assert told: request->channel < IMAGE_MAX_CHANNELS && line->plans != 0 ==> request->channel < policy->channels_count &&
          line_tells(policy, state->paces, policy->channels + request->channel, line); */
    /*@ assert request->channel < IMAGE_MAX_CHANNELS && line->plans != 0 ==> channel_ok(policy, request->channel) &&
          line->allow < policy->rules_count; */
    if (request->channel >= IMAGE_MAX_CHANNELS || !line_knows(line, request) || !line_has_plan(line, request) ||
        !line_has_token(line, state, request)) {
        decide_by_all(policy, state, request, v);
        return;
    }
    //@ assert rule_ok(policy, line->allow) && channel_ok(policy, request->channel);
    //@ assert type_ok(policy, policy->rules[line->allow].type);
    /*@ assert \let h = &request->message->header; \let type = policy->types + policy->rules[line->allow].type;
          h->type + 65536 * h->version + 4294967296 * h->length ==
            policy->rules[line->allow].type + 65536 * type->version + 4294967296 * type->size; */
    /*@ assert \let h = &request->message->header; \let type = policy->types + policy->rules[line->allow].type;
          h->type == policy->rules[line->allow].type && h->version == type->version && h->length == type->size; */
    //@ assert length_met(policy, policy->channels[request->channel].slot_size, &request->message->header);
    //@ assert grants(policy, policy->channels + request->channel, request->message->header.type, line->allow);
    //@ assert rate_met(policy, state, line->allow, request->now);
    //@ assert where_met(policy, line->allow, &request->message->payload[0]);
    //@ assert type_conditions_met(policy, request->message->header.type, &request->message->payload[0]);
    /*@ assert is_sender(policy, request->channel, request->subject) &&
          granted(policy, policy->channels + request->channel, request->message->header.type) &&
          plan_met(policy->rules[line->allow].plan_mask, request->plan); */
    /*@ assert \let type = policy->types + request->message->header.type; line_has_fields(policy, line, type->first_field) &&
          line->field_count == type->field_count; */
    v->allow = line->allow;
    v->value = 0;
    v->field = IMAGE_NONE;
    v->allowed = true;
    v->feedback = IMAGE_FEEDBACK_NONE;
    v->rule = line->rule;
    if (line->field_count != 0) decide_by_fields(line, request->message->payload, v, policy);
    //@ assert v->allowed ==> v->allow == line->allow && at_grant(policy, request);
    //@ assert v->allowed ==> at_plan(policy, request, v->allow);
    //@ assert v->allowed ==> at_where(policy, request, v->allow) && policy->rules[v->allow].protocol == IMAGE_NONE;
    //@ assert v->allowed ==> where_met(policy, v->allow, &request->message->payload[0]);
    //@ assert v->allowed ==> at_protocol(policy, request, v->allow);
    //@ assert v->allowed ==> \forall integer word; at_rate(policy, request, v->allow, word);
    //@ assert !v->allowed ==> !fields_met(policy, request->message->header.type, &request->message->payload[0]);
    /*@ assert !v->allowed ==> \let type = policy->types + request->message->header.type;
          reports_field(v->field - type->first_field, v->rule, v->value, policy->fields + type->first_field,
                        type->field_count, &request->message->payload[0]); */
    //@ assert !v->allowed ==> denies_type(policy, request, v->rule, v->value, v->field, v->feedback);
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
