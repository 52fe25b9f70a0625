/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's verdict code with a state of its own. */
#include "compiler/judge.h"
#include "language/automaton.h"

#include <string.h>

#define JUDGE_START (1ull << 40)      /* ticks: long after any rate's last message */

const char *judge_rule_name(const struct build *b, uint32_t rule)
{
    static const char *const builtin[] = {
#define JUDGE_BUILTIN(id, name) name,
        IMAGE_BUILTIN_RULES(JUDGE_BUILTIN)
#undef JUDGE_BUILTIN
    };
    if (rule < IMAGE_BUILTIN_COUNT) return builtin[rule];
    return b->rules.items[rule - IMAGE_RULE_FIRST]->name;
}

struct place judge_rule_place(const struct build *b, uint32_t rule)
{
    return rule < IMAGE_RULE_FIRST ? PLACE_NOWHERE : b->rules.items[rule - IMAGE_RULE_FIRST]->at;
}

/* By whose grant the message was judged further, or NULL. */
static const struct allow *granted(const struct judge *j, const struct decide_verdict *v)
{
    const struct allow *a;
    LIST_EACH(a, &j->build->policy->allows) {
        if (v->allow != IMAGE_NONE && j->build->allow_index[a->index] == v->allow) return a;
    }
    return NULL;
}

const struct order *judge_order(const struct judge *j, const struct decide_verdict *v, const struct allow **denied)
{
    const struct allow *a = granted(j, v);
    if (v->allowed || a == NULL || a->protocol == NULL || j->tables.protocols[a->protocol->index].rule != v->rule) return NULL;
    *denied = a;
    return automaton_denier(a->protocol, (uint32_t)v->value, a);
}

const char *judge_verdict_name(const struct judge *j, const struct decide_verdict *v)
{
    const struct allow *denied;
    const struct order *o = judge_order(j, v, &denied);
    return o != NULL ? o->name.text : judge_rule_name(j->build, v->rule);
}

struct place judge_verdict_place(const struct judge *j, const struct decide_verdict *v)
{
    const struct allow *denied;
    const struct order *o = judge_order(j, v, &denied);
    return o != NULL ? o->name.at : judge_rule_place(j->build, v->rule);
}

const char *judge_role(const struct judge *j, const struct decide_verdict *v)
{
    const struct allow *a = granted(j, v);
    return a != NULL ? a->role.text : NULL;
}

/* A whole array: what its string does not say is zero. */
static void message_set_array(struct decide_message *m, const struct setting *s)
{
    const struct field *f = s->array;
    memset(m->payload + f->offset, 0, f->size);
    memcpy(m->payload + f->offset, s->bytes, s->byte_count);
}

static void message_set(struct decide_message *m, const struct type *t, const struct setting *s)
{
    const struct field *f;
    if (s->array != NULL) {
        message_set_array(m, s);
        return;
    }
    LIST_EACH(f, &t->flat) {
        if (f->name.text == NULL || strcmp(f->name.text, s->field.text) != 0) continue;
        uint64_t value = (uint64_t)s->value.number;
        for (uint32_t i = 0; i < f->width; i++) {
            uint32_t byte = t->is_big ? f->width - 1 - i : i;
            m->payload[f->offset + byte] = (uint8_t)(value >> 8 * i);
        }
    }
}

void judge_make_message(struct decide_message *m, const struct message_text *text)
{
    const struct type *t = text->type;
    memset(m, 0, sizeof *m);
    m->header = (struct message_header){ .type = (uint16_t)t->index, .version = t->version_number, .length = t->size };
    for (uint32_t i = 0; text->sample != NULL && i < text->sample->message.settings.count; i++)
        message_set(m, t, text->sample->message.settings.items[i]);
    for (uint32_t i = 0; i < text->settings.count; i++) message_set(m, t, text->settings.items[i]);
}

void judge_reset(struct judge *j)
{
    j->now = JUDGE_START;
    j->plan = 0;
    memset(j->state.due, 0, j->tables.rules_count * sizeof *j->state.due);
    for (uint32_t i = 0; i < j->tables.protocols_count; i++) j->state.protocols[i] = decide_protocol_word(0, 0, j->now);
}

void judge_open(struct judge *j, struct build *b)
{
    size_t size;
    *j = (struct judge){ .build = b, .tables = policy_tables_open(image_tables(b, &size)) };
    struct decide_pace *paces = arena_take(b->arena, j->tables.rules_count * sizeof *paces);
    for (uint32_t i = 0; i < j->tables.rules_count; i++) paces[i] = decide_pace(&j->tables.rules[i], JUDGE_TSC_KHZ);
    struct decide_line *lines = arena_take(b->arena, IMAGE_MAX_CHANNELS * sizeof *lines);
    for (uint32_t i = 0; i < j->tables.channels_count; i++) decide_line(&j->tables, paces, &j->tables.channels[i], &lines[i]);
    j->message = arena_take(b->arena, sizeof *j->message);
    j->state = (struct decide_state){
        .paces = paces, .lines = lines, .due = arena_take(b->arena, j->tables.rules_count * sizeof *j->state.due),
        .protocols = arena_take(b->arena, j->tables.protocols_count * sizeof *j->state.protocols), .tsc_khz = JUDGE_TSC_KHZ,
    };
    judge_reset(j);
}

struct decide_verdict judge_decide(const struct judge *j, uint32_t subject, uint32_t channel)
{
    struct decide_verdict v;
    struct decide_request request = { .message = j->message, .now = j->now, .plan = j->plan, .channel = channel,
                                      .subject = (uint16_t)subject };
    decide(&j->tables, &j->state, &request, &v);
    return v;
}

struct decide_verdict judge_operation(const struct judge *j, uint32_t subject, uint32_t operation)
{
    struct decide_verdict v;
    struct decide_operation request = { j->now, operation, j->plan, (uint16_t)subject };
    decide_operation(&j->tables, &j->state, &request, &v);
    return v;
}
