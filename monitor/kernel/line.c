/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up code: all that most messages of a channel depend on, in one cache line. */
#include "flow.h"

/* Whether a message of the type, once granted by the rule, depends on nothing but its fields, the plan and one rate. */
static bool is_plain(const struct image_rule *rule, const struct image_type *type)
{
    return type->atom_count == 0 && rule->atom_count == 0 && rule->protocol == IMAGE_NONE && rule->next == 0;
}

void decide_line(const struct policy_tables *policy, const struct decide_pace *paces, const struct image_channel *channel,
                 struct decide_line *line)
{
    struct decide_verdict unused;
    *line = (struct decide_line){ .sender = IMAGE_NONE };
    if (channel->rule_count == 0) return;
    const struct image_rule *rule = &policy->rules[channel->first_rule];
    const struct image_type *type = &policy->types[rule->type];
    struct message_header header = { .type = rule->type, .version = type->version, .length = type->size };
    if (!is_plain(rule, type) || header.length > channel->slot_size - sizeof header ||
        !flow_check_label(policy, channel, rule, &unused)) return;
    *line = (struct decide_line){
        .header = decide_header_word(&header), .tolerance = paces[channel->first_rule].tolerance, .plans = rule->plan_mask,
        .rule = rule->rule, .allow = channel->first_rule, .sender = channel->sender, .first_field = type->first_field,
        .field_count = type->field_count, .fields = &policy->fields[type->first_field]
    };
}
