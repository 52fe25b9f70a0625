/* SPDX-License-Identifier: Apache-2.0 */
/* See one_line.h. */
#include "one_line.h"
#include "flow.h"

static uint64_t header_word(const struct message_header *header)
{
    uint64_t word;
    __builtin_memcpy(&word, header, sizeof word);
    return word;
}

/* Whether the rule allows by channel, type, label, plan and rate alone. */
static bool decides_alone(const struct image_rule *rule, const struct image_type *type)
{
    return type->field_count == 0 && type->atom_count == 0 && rule->atom_count == 0 && rule->protocol == IMAGE_NONE &&
           rule->next == 0;
}

static void start_line(const struct policy_tables *policy, const struct decide_pace *paces,
                       const struct image_channel *channel, struct one_line *line)
{
    struct decide_verdict unused;
    const struct image_rule *rule = &policy->rules[channel->first_rule];
    if (channel->rule_count == 0 || !decides_alone(rule, &policy->types[rule->type])) return;
    if (!flow_check_label(policy, channel, rule, &unused)) return;
    const struct image_type *type = &policy->types[rule->type];
    struct message_header header = { .type = rule->type, .version = type->version, .length = type->size };
    *line = (struct one_line){ .header = header_word(&header), .plans = rule->plan_mask, .rule = rule->rule,
                               .tolerance = paces[channel->first_rule].tolerance, .sender = channel->sender,
                               .allow = (uint16_t)channel->first_rule };
}

void one_line_start(const struct policy_tables *policy, const struct decide_pace *paces, struct one_line *lines)
{
    for (uint32_t i = 0; i < policy->channels_count; i++) {
        lines[i] = (struct one_line){ 0 };
        start_line(policy, paces, &policy->channels[i], &lines[i]);
    }
}

static inline bool rate_lets(const struct one_line *line, const struct decide_state *state, uint64_t now)
{
    return flow_ahead(state->due[line->allow], now) <= line->tolerance;
}

static inline bool plan_lets(const struct one_line *line, uint32_t plan)
{
    return (line->plans >> plan % IMAGE_MAX_PLANS & 1) != 0;
}

static inline bool line_lets(const struct one_line *line, const struct decide_request *request)
{
    return line->sender == request->subject && line->header == header_word(&request->message->header);
}

void one_line_decide(const struct policy_tables *policy, const struct decide_state *state, const struct decide_request *request,
                     struct decide_verdict *v, const struct one_line *lines)
{
    const struct one_line *line = &lines[request->channel];
    if (request->channel >= policy->channels_count || !line_lets(line, request) || !plan_lets(line, request->plan) ||
        !rate_lets(line, state, request->now)) {
        decide(policy, state, request, v);
        return;
    }
    v->value = 0;
    v->rule = line->rule;
    v->allow = line->allow;
    v->field = IMAGE_NONE;
    v->allowed = true;
    v->feedback = IMAGE_FEEDBACK_NONE;
}
