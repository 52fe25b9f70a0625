/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up code: all that most messages of a channel depend on, in one cache line. */
#include "flow.h"

/* Whether a message of the type, once granted by the rule, depends on nothing but its fields, the plan and one rate. */
static bool is_plain(const struct image_rule *rule, const struct image_type *type)
{
    return type->atom_count == 0 && rule->atom_count == 0 && rule->protocol == IMAGE_NONE && rule->next == 0;
}

/* Whether all but that is known beforehand, and lets the message pass. */
static bool is_settled(const struct policy_tables *policy, const struct image_channel *channel)
{
    struct decide_verdict unused;
    if (channel->rule_count == 0) return false;
    const struct image_rule *rule = &policy->rules[channel->first_rule];
    const struct image_type *type = &policy->types[rule->type];
    return is_plain(rule, type) && type->size <= channel->slot_size - sizeof(struct message_header) &&
           flow_check_label(policy, channel, rule, &unused);
}

/* Of a message of the type, as its sender has to write it. */
static uint64_t header_of(uint16_t number, const struct image_type *type)
{
    struct message_header header = { .type = number, .version = type->version, .length = type->size };
    return decide_header_word(&header);
}

void decide_line(const struct policy_tables *policy, const struct decide_pace *paces, const struct image_channel *channel,
                 struct decide_line *line)
{
    if (!is_settled(policy, channel)) {
        line->sender = IMAGE_NONE;
        line->plans = 0;
        return;
    }
    const struct image_rule *rule = &policy->rules[channel->first_rule];
    const struct image_type *type = &policy->types[rule->type];
    line->header = header_of(rule->type, type);
    line->tolerance = paces[channel->first_rule].tolerance;
    line->plans = rule->plan_mask;
    line->rule = rule->rule;
    line->allow = channel->first_rule;
    line->sender = channel->sender;
    line->field_count = type->field_count;
    line->fields = &policy->fields[type->first_field];
    line->fields_end = line->fields + line->field_count;
    //@ assert line->allow == channel->first_rule && line->sender == channel->sender && 0 < channel->rule_count;
    /*@ assert line->rule == rule->rule && line->plans == rule->plan_mask &&
          line->tolerance == paces[channel->first_rule].tolerance; */
    //@ assert rule->next == 0 && rule->atom_count == 0 && rule->protocol == IMAGE_NONE && type->atom_count == 0;
    /*@ assert \let s = &policy->subjects[channel->sender]; \let r = &policy->subjects[channel->receiver];
          s->label_high == \at(policy->subjects[channel->sender].label_high, Pre) &&
          s->label_low == \at(policy->subjects[channel->sender].label_low, Pre) &&
          r->label_high == \at(policy->subjects[channel->receiver].label_high, Pre) &&
          r->label_low == \at(policy->subjects[channel->receiver].label_low, Pre); */
    /*@ assert rule->label == \at(policy->rules[channel->first_rule].label, Pre) &&
          rule->released == \at(policy->rules[channel->first_rule].released, Pre); */
    //@ assert label_met(policy->subjects + channel->sender, policy->subjects + channel->receiver, rule);
    //@ assert rule->type < policy->types_count && type->size + sizeof(struct message_header) <= channel->slot_size;
    //@ assert line->header == rule->type + 65536 * type->version + 4294967296 * type->size;
    //@ assert line->fields == policy->fields + type->first_field && line->field_count == type->field_count;
    //@ assert line->fields_end == policy->fields + type->first_field + type->field_count;
    //@ assert rule == policy->rules + channel->first_rule && type == policy->types + rule->type;
    //@ assert line_tells(policy, paces, channel, line);
}
