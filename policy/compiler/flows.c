/* SPDX-License-Identifier: Apache-2.0 */
/* Channels, rules, privileges and protocols into their tables. */
#include "compiler/conditions.h"
#include "language/check.h"

#include <stdlib.h>

/* ---- rules ---- */
static void rule_body(struct build *b, struct image_rule *r, const struct type *t, const struct rule_body *body,
                      uint32_t plan_mask)
{
    if (t != NULL) r->type = (uint16_t)t->index;
    r->protocol = IMAGE_NONE;
    r->plan_mask = plan_mask;
    r->first_atom = build_count(b, IMAGE_ATOMS);
    if (body->where != NULL) conditions_add(b, t, body->where, NULL);
    r->atom_count = build_count(b, IMAGE_ATOMS) - r->first_atom;
    if (body->rate.at.length == 0 || body->rate.unlimited) return;
    r->rate_count = (uint32_t)body->rate.count.number;
    r->rate_ms = body->rate.per_ms;
    r->burst = (uint32_t)body->rate.burst.number;
}

/* The names of a rule: its own, and that of its condition. */
static void rule_names(struct build *b, struct image_rule *r, const struct name *name, const struct rule_body *body)
{
    r->rule = build_rule(b, name->text, name->at, &body->requirements);
    if (body->where != NULL)
        r->where_rule = build_rule(b, arena_print(b->arena, "%s.where", name->text), body->where->at, &body->requirements);
}

static void allow_add(struct build *b, const struct allow *a, uint32_t rate_rule)
{
    struct image_rule r = { .kind = IMAGE_RULE_ALLOW, .channel = (uint16_t)a->channel->index, .rate_rule = rate_rule };
    rule_body(b, &r, a->type, &a->body, a->plan_mask);
    rule_names(b, &r, &a->name, &a->body);
    if (a->record) r.flags |= IMAGE_RULE_RECORD;
    if (a->payload) r.flags |= IMAGE_RULE_PAYLOAD;
    if (label_downgrades(&a->label)) r.flags |= IMAGE_RULE_DOWNGRADE;
    if (label_endorses(&a->label)) r.flags |= IMAGE_RULE_ENDORSE;
    r.label = a->label.to;
    r.released = a->label.released;
    if (a->protocol != NULL) r.protocol = (uint16_t)a->protocol->index;
    b->allow_index[a->index] = build_count(b, IMAGE_RULES);
    *(struct image_rule *)build_add(b, IMAGE_RULES) = r;
}

static uint16_t plan_number(const struct build *b, const struct plan *plan)
{
    uint16_t i = 0;
    while (b->policy->plans.items[i] != plan) i++;
    return i;
}

static void privilege_add(struct build *b, const struct privilege *v)
{
    struct image_rule r = { .kind = IMAGE_RULE_ALLOW, .channel = IMAGE_NONE, .type = (uint16_t)v->index };
    rule_body(b, &r, NULL, &v->body, v->plan_mask);
    rule_names(b, &r, &v->name, &v->body);
    if (r.rate_count > 0)
        r.rate_rule = build_rule(b, arena_print(b->arena, "%s.rate", v->name.text), v->body.rate.at, &v->body.requirements);
    b->privilege_index[v->index] = build_count(b, IMAGE_RULES);
    struct image_operation *out = build_add(b, IMAGE_OPERATIONS);
    *out = (struct image_operation){ .subject = (uint16_t)v->actor->index, .kind = (uint16_t)v->kind,
                                     .object = v->target != NULL ? (uint16_t)v->target->index : plan_number(b, v->plan),
                                     .allow = (uint16_t)build_count(b, IMAGE_RULES) };
    *(struct image_rule *)build_add(b, IMAGE_RULES) = r;
}

/* Behind all allows, so that each chain of `next` rises. */
static void restrict_add(struct build *b, const struct restrict_rule *s)
{
    const struct allow *a = s->allow;
    uint32_t narrowed = a != NULL ? b->allow_index[a->index] : b->privilege_index[s->privilege->index];
    struct image_rule *last = build_entry(b, IMAGE_RULES, narrowed);
    struct image_rule r = { .kind = IMAGE_RULE_RESTRICT, .channel = last->channel, .type = last->type };
    rule_body(b, &r, a != NULL ? a->type : NULL, &s->body, s->plan_mask);
    rule_names(b, &r, &s->name, &s->body);
    if (r.rate_count > 0) r.rate_rule = r.rule;
    while (last->next != 0) last = build_entry(b, IMAGE_RULES, last->next);
    last->next = (uint16_t)build_count(b, IMAGE_RULES);
    *(struct image_rule *)build_add(b, IMAGE_RULES) = r;
}

/* ---- channels ---- */
static int allow_order(const void *left, const void *right)
{
    const struct allow *a = *(const struct allow *const *)left, *b = *(const struct allow *const *)right;
    return a->type->index < b->type->index ? -1 : 1;
}

/* The channel's allows, sorted by type. */
static const struct allow **channel_allows(struct build *b, const struct channel *c, uint32_t *count)
{
    const struct allow *a, **allows = arena_take(b->arena, (c->allows.count + 1) * sizeof *allows);
    *count = c->allows.count;
    LIST_EACH(a, &c->allows) allows[a_at] = a;
    qsort(allows, *count, sizeof *allows, allow_order);
    return allows;
}

static void channel_add(struct build *b, const struct channel *c)
{
    uint32_t count, rate_rule = 0;
    const struct allow **allows = channel_allows(b, c, &count);
    struct image_channel out = {
        .sender = (uint16_t)c->sender->index,
        .receiver = (uint16_t)c->receiver->index,
        .depth = (uint16_t)c->depth.number,
        .slots = (uint16_t)c->slot_count,
        .slot_size = c->slot_size,
        .first_rule = build_count(b, IMAGE_RULES),
        .rule_count = count,
        .feedback = (uint8_t)c->feedback,
        .event = b->next_event[c->receiver->index]++,      /* receivers tell their channels apart by it */
        .notify_each = (uint16_t)c->notify.number,
    };
    build_name(out.name, sizeof out.name, c->name.text);
    for (uint32_t i = 0; i < count; i++) {
        const struct rate *rate = &allows[i]->body.rate;
        if (rate_rule == 0 && rate->at.length > 0 && !rate->unlimited)
            rate_rule = build_rule(b, arena_print(b->arena, "channel.%s.rate", c->name.text), rate->at, NULL);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct rate *rate = &allows[i]->body.rate;
        allow_add(b, allows[i], rate->at.length > 0 && !rate->unlimited ? rate_rule : 0);
    }
    *(struct image_channel *)build_add(b, IMAGE_CHANNELS) = out;
}

/* ---- protocols ---- */
static void step_add(struct build *b, const struct step *s)
{
    if (s->after.at.length > 0) {
        struct image_timeout *out = build_add(b, IMAGE_TIMEOUTS);
        *out = (struct image_timeout){ s->from_mask, (uint32_t)((s->after.number + 999) / 1000), s->to_state };
        return;
    }
    struct image_step *out = build_add(b, IMAGE_STEPS);
    out->from_mask = s->from_mask;
    out->allow = (uint16_t)b->allow_index[s->allow->index];
    out->to = (uint8_t)s->to_state;
    if (s->keep.text != NULL) out->flags |= IMAGE_STEP_KEEP;
    if (s->match.text != NULL) out->flags |= IMAGE_STEP_MATCH;
    if (s->field == NULL) return;
    out->offset = (uint16_t)s->field->offset;
    out->width = (uint8_t)s->field->width;
    if (s->allow->type->is_big && s->field->width > 1) out->flags |= IMAGE_STEP_BIG;
}

static void protocol_add(struct build *b, const struct protocol *p)
{
    const struct step *s;
    struct image_protocol out = {
        .rule = build_rule(b, p->name.text, p->name.at, &p->requirements), .first_step = build_count(b, IMAGE_STEPS),
        .first_timeout = build_count(b, IMAGE_TIMEOUTS), .state_count = p->states.count,
    };
    LIST_EACH(s, &p->steps) step_add(b, s);
    out.step_count = build_count(b, IMAGE_STEPS) - out.first_step;
    out.timeout_count = build_count(b, IMAGE_TIMEOUTS) - out.first_timeout;
    for (uint32_t i = 0; i < p->reset_by.count; i++) {
        struct image_reset *reset = build_add(b, IMAGE_RESETS);
        *reset = (struct image_reset){ (uint16_t)p->index, (uint16_t)policy_life(p->reset_by.items[i])->index };
    }
    *(struct image_protocol *)build_add(b, IMAGE_PROTOCOLS) = out;
}

void build_flows(struct build *b)
{
    const struct channel *c;
    const struct privilege *v;
    const struct restrict_rule *r;
    const struct protocol *p;
    LIST_EACH(c, &b->policy->channels) channel_add(b, c);
    LIST_EACH(v, &b->policy->privileges) privilege_add(b, v);
    LIST_EACH(r, &b->policy->restricts) restrict_add(b, r);
    LIST_EACH(p, &b->policy->protocols) protocol_add(b, p);
}
