/* SPDX-License-Identifier: Apache-2.0 */
/* Channels, rules and protocols. */
#include "compiler/verify/orders.h"

/* ---- rules ---- */
static bool rate_is_set(const struct rate *r)
{
    return r->at.length > 0 && !r->unlimited;
}

static void rule_rate(struct reader *v, uint64_t at, const struct rate *r)
{
    bool set = rate_is_set(r);
    EQUAL(v, RULE, at, RATE_COUNT, set ? r->count.number : 0);
    EQUAL(v, RULE, at, RATE_MS, !set ? 0 : name_is(&r->per, "s") ? 1000 : 60000);
    EQUAL(v, RULE, at, BURST, set ? r->burst.number : 0);
}

static uint32_t plan_mask(const struct reader *v, const name_list *plans)
{
    const struct name *name;
    const struct plan *plan;
    uint32_t mask = 0;
    if (plans->count == 0) return UINT32_MAX;
    LIST_EACH(name, plans) {
        LIST_EACH(plan, &v->p->plans) {
            if (name_is(&plan->name, name->text) && plan_at < 32) mask |= 1u << plan_at;
        }
    }
    return mask;
}

/* What a rule's restrictions leave of its plans. */
static uint32_t narrowed_mask(const struct reader *v, const struct name *rule, const name_list *plans)
{
    const struct restrict_rule *r;
    uint32_t mask = plan_mask(v, plans);
    LIST_EACH(r, &v->p->restricts) {
        if (name_is(&r->on, rule->text)) mask &= plan_mask(v, &r->body.plans);
    }
    return mask;
}

/* `flow`: NULL for a rule about the privilege of that index. */
static void rule_body(struct reader *v, uint64_t at, const struct name *name, const struct allow *flow, uint32_t privilege,
                      const struct rule_body *body)
{
    verify_rule(v, RULE, at, "RULE", GET(v, RULE, at, RULE), name->text);
    verify_rule(v, RULE, at, "WHERE_RULE", GET(v, RULE, at, WHERE_RULE),
                body->where != NULL ? TEXT(v, "%s.where", name->text) : "");
    EQUAL(v, RULE, at, CHANNEL, flow != NULL ? flow->channel->index : RAW_NONE);
    EQUAL(v, RULE, at, TYPE, flow != NULL ? flow->type->index : privilege);
    EQUAL(v, RULE, at, PLAN_MASK, narrowed_mask(v, name, &body->plans));
    rule_rate(v, at, &body->rate);
    EQUAL(v, RULE, at, FIRST_ATOM, v->next_atom);
    if (flow == NULL) {
        EQUAL(v, RULE, at, ATOM_COUNT, 0);
        return;
    }
    verify_rule_condition(v, flow->type, body->where, name->text, v->next_atom, (uint32_t)GET(v, RULE, at, ATOM_COUNT));
}

static uint32_t allow_flags(const struct policy *p, const struct allow *a)
{
    const struct audit_record_rule *r;
    uint32_t flags = (a->label.down_from.at.length > 0 ? 4 : 0) | (a->label.endorse_from.text != NULL ? 64 : 0);
    LIST_EACH(r, &p->audit.records) {
        if (name_is(&r->rule, a->name.text)) flags |= r->payload ? 3 : 1;
    }
    return flags;
}

/* Orders are asked themselves; what the language made of them is not read. */
static uint64_t protocol_of(const struct reader *v, const struct allow *a)
{
    const struct protocol *protocol;
    const struct step *s;
    LIST_EACH(protocol, &v->p->protocols) {
        if (protocol->orders.count > 0) continue;
        LIST_EACH(s, &protocol->steps) {
            if (name_is(&s->on, a->name.text)) return protocol_at;
        }
    }
    return order_protocol_of(v, a);
}

static void allow_values(struct reader *v, uint64_t at, const struct allow *a)
{
    rule_body(v, at, &a->name, a, 0, &a->body);
    verify_rule(v, RULE, at, "RATE_RULE", GET(v, RULE, at, RATE_RULE),
                rate_is_set(&a->body.rate) ? TEXT(v, "channel.%s.rate", a->channel->name.text) : "");
    EQUAL(v, RULE, at, KIND, 0);
    EQUAL(v, RULE, at, FLAGS, allow_flags(v->p, a));
    EQUAL(v, RULE, at, PROTOCOL, protocol_of(v, a));
    verify_allow_label(v, at, a);
}

static uint32_t privilege_named(const struct policy *p, const struct name *name)
{
    const struct privilege *privilege;
    LIST_EACH(privilege, &p->privileges) {
        if (name_is(&privilege->name, name->text)) return privilege_at;
    }
    return 0;
}

static uint64_t subject_or_plan(const struct policy *p, const struct privilege *privilege)
{
    const struct plan *plan;
    uint64_t subject = subject_numbered(p, privilege->object.text);
    if (subject != RAW_NONE) return subject;
    LIST_EACH(plan, &p->plans) {
        if (name_is(&plan->name, privilege->object.text)) return plan_at;
    }
    return RAW_NONE;
}

static void privilege_values(struct reader *v, uint64_t at, uint32_t index, const struct privilege *privilege)
{
    static const uint64_t kinds[] = { [PRIVILEGE_SWITCH] = 0, [PRIVILEGE_RESTART] = 1, [PRIVILEGE_STOP] = 2,
                                      [PRIVILEGE_GIVE] = 3 };
    const struct subject *s;
    LIST_EACH(s, &v->p->subjects) {
        if (name_is(&s->name, privilege->subject.text)) EQUAL(v, OPERATION, index, SUBJECT, s_at);
    }
    EQUAL(v, OPERATION, index, KIND, kinds[privilege->kind]);
    EQUAL(v, OPERATION, index, OBJECT, subject_or_plan(v->p, privilege));
    EQUAL(v, OPERATION, index, ALLOW, at);
    rule_body(v, at, &privilege->name, NULL, index, &privilege->body);
    verify_rule(v, RULE, at, "RATE_RULE", GET(v, RULE, at, RATE_RULE),
                rate_is_set(&privilege->body.rate) ? TEXT(v, "%s.rate", privilege->name.text) : "");
    EQUAL(v, RULE, at, KIND, 0);
    EQUAL(v, RULE, at, FLAGS, 0);
    verify_no_label(v, at);
    EQUAL(v, RULE, at, PROTOCOL, RAW_NONE);
}

static void restrict_values(struct reader *v, uint64_t at, const struct restrict_rule *r)
{
    rule_body(v, at, &r->name, r->allow, privilege_named(v->p, &r->on), &r->body);
    verify_rule(v, RULE, at, "RATE_RULE", GET(v, RULE, at, RATE_RULE), rate_is_set(&r->body.rate) ? r->name.text : "");
    EQUAL(v, RULE, at, KIND, 1);
    EQUAL(v, RULE, at, FLAGS, 0);
    verify_no_label(v, at);
    EQUAL(v, RULE, at, PROTOCOL, RAW_NONE);
}

/* From each `allow` a chain leads through all that narrow it, in their order; `restrict` rules stand behind all others. */
static void chains(struct reader *v)
{
    const struct restrict_rule *r;
    uint32_t allows = v->p->allows.count, others = allows + v->p->privileges.count, entries = others + v->p->restricts.count;
    uint32_t *last = arena_take(v->arena, (others + 1) * sizeof *last);
    uint32_t *next = arena_take(v->arena, (entries + 1) * sizeof *next);
    for (uint32_t i = 0; i < others; i++) last[i] = i < allows ? v->allow_entry[i] : i;
    LIST_EACH(r, &v->p->restricts) {
        for (uint32_t i = 0; i < others; i++) {
            const struct name *rule = i < allows ? &v->p->allows.items[i]->name : &v->p->privileges.items[i - allows]->name;
            if (!name_is(rule, r->on.text)) continue;
            next[last[i]] = others + r_at;
            last[i] = others + r_at;
        }
    }
    for (uint32_t i = 0; i < entries; i++) EQUAL(v, RULE, i, NEXT, next[i]);
}

/* ---- channels ---- */
static uint64_t slot_size(const struct policy *p, const struct channel *c)
{
    const struct allow *a;
    uint64_t most = 0;
    LIST_EACH(a, &p->allows) {
        uint64_t whole = raw_round_up(MESSAGE_HEADER + a->type->size, MESSAGE_ALIGN);
        if (a->channel == c && whole > most) most = whole;
    }
    return most;
}

/* Each channel of a receiver has a bit of its own in the event word. */
static uint32_t event_of(const struct policy *p, const struct channel *c)
{
    const struct channel *other;
    uint32_t event = 0;
    LIST_EACH(other, &p->channels) {
        if (other == c) break;
        if (name_is(&other->to, c->to.text)) event++;
    }
    return event;
}

/* The channel's rule for the least type from `type` on; returns its place among the allows, or their count. */
static uint32_t allow_of_type(const struct policy *p, const struct channel *c, uint32_t type)
{
    const struct allow *a;
    uint32_t found = p->allows.count, least = UINT32_MAX;
    LIST_EACH(a, &p->allows) {
        if (a->channel != c || a->type->index < type || a->type->index >= least) continue;
        least = a->type->index;
        found = a_at;
    }
    return found;
}

/* Its `allow` rules, sorted by type. */
static void channel_rules(struct reader *v, uint32_t at, const struct channel *c, uint32_t *next)
{
    const struct policy *p = v->p;
    uint32_t first = *next, i = allow_of_type(p, c, 0);
    while (i < p->allows.count) {
        v->allow_entry[i] = *next;
        allow_values(v, (*next)++, p->allows.items[i]);
        i = allow_of_type(p, c, p->allows.items[i]->type->index + 1);
    }
    EQUAL(v, CHANNEL, at, FIRST_RULE, first);
    EQUAL(v, CHANNEL, at, RULE_COUNT, *next - first);
}

static void channel_values(struct reader *v, uint32_t at, const struct channel *c)
{
    static const uint64_t feedback[] = { [FEEDBACK_NONE] = 0, [FEEDBACK_RULE] = 1, [FEEDBACK_FULL] = 2 };
    verify_name(v, "channel", at, raw_entry(v, CHANNEL, at) + CHANNEL_NAME, 16, c->name.text);
    EQUAL(v, CHANNEL, at, SENDER, c->sender->index);
    EQUAL(v, CHANNEL, at, RECEIVER, c->receiver->index);
    EQUAL(v, CHANNEL, at, DEPTH, c->depth.number);
    EQUAL(v, CHANNEL, at, SLOTS, c->slots.at.length > 0 ? c->slots.number : 32);
    EQUAL(v, CHANNEL, at, SLOT_SIZE, slot_size(v->p, c));
    EQUAL(v, CHANNEL, at, FEEDBACK, feedback[c->feedback]);
    EQUAL(v, CHANNEL, at, EVENT, event_of(v->p, c));
    EQUAL(v, CHANNEL, at, NOTIFY_EACH, c->notify.number);
}

/* ---- protocols ---- */
static uint64_t state_bits(const struct protocol *p, const name_list *names)
{
    const struct name *name;
    const struct state *state;
    uint64_t bits = 0;
    LIST_EACH(name, names) {
        LIST_EACH(state, &p->states) {
            if (name_is(&state->name, name->text)) bits |= 1ull << state_at;
        }
    }
    return bits;
}

static uint64_t state_named(const struct protocol *p, const struct name *name)
{
    const struct state *state;
    LIST_EACH(state, &p->states) {
        if (name_is(&state->name, name->text)) return state_at;
    }
    return RAW_NONE;
}

static const struct field *field_named(const struct type *t, const struct name *name)
{
    const struct field *f;
    LIST_EACH(f, &t->flat) {
        if (f->kind == FIELD_NUMBER && name_is(&f->name, name->text)) return f;
    }
    return NULL;
}

/* A monitor's life is its subject's. */
static const char *whose_life(const struct subject *s)
{
    return s->monitors.text != NULL ? s->monitors.text : s->name.text;
}

static void step_values(struct reader *v, const struct protocol *p, const struct step *s)
{
    const struct type *t = s->allow->type;
    const struct field *f = field_named(t, s->match.text != NULL ? &s->match : &s->keep);
    uint32_t at = v->next_step++;
    uint32_t flags = (s->keep.text != NULL ? 1u : 0) | (s->match.text != NULL ? 2u : 0);
    EQUAL(v, STEP, at, FROM_MASK, state_bits(p, &s->from));
    for (uint32_t i = 0; i < v->p->allows.count; i++) {
        if (name_is(&s->on, v->p->allows.items[i]->name.text)) EQUAL(v, STEP, at, ALLOW, v->allow_entry[i]);
    }
    EQUAL(v, STEP, at, OFFSET, f != NULL ? f->offset : 0);
    EQUAL(v, STEP, at, WIDTH, f != NULL ? f->width : 0);
    EQUAL(v, STEP, at, TO, state_named(p, &s->to));
    EQUAL(v, STEP, at, FLAGS, flags | (f != NULL && t->is_big && f->width > 1 ? 4u : 0));
}

static void timeout_values(struct reader *v, const struct protocol *p, const struct step *s)
{
    uint32_t at = v->next_timeout++;
    EQUAL(v, TIMEOUT, at, FROM_MASK, state_bits(p, &s->from));
    EQUAL(v, TIMEOUT, at, AFTER_MS, (s->after.number + 999) / 1000);
    EQUAL(v, TIMEOUT, at, TO, state_named(p, &s->to));
}

static void protocol_values(struct reader *v, uint32_t at, const struct protocol *p, uint32_t *resets)
{
    const struct step *s;
    const struct name *name;
    const struct subject *subject;
    EQUAL(v, PROTOCOL, at, FIRST_STEP, v->next_step);
    EQUAL(v, PROTOCOL, at, FIRST_TIMEOUT, v->next_timeout);
    uint32_t first_step = v->next_step, first_timeout = v->next_timeout;
    LIST_EACH(s, &p->steps) {
        if (s->after.at.length > 0)
            timeout_values(v, p, s);
        else
            step_values(v, p, s);
    }
    verify_rule(v, PROTOCOL, at, "RULE", GET(v, PROTOCOL, at, RULE), p->name.text);
    EQUAL(v, PROTOCOL, at, STEP_COUNT, v->next_step - first_step);
    EQUAL(v, PROTOCOL, at, TIMEOUT_COUNT, v->next_timeout - first_timeout);
    EQUAL(v, PROTOCOL, at, STATE_COUNT, p->states.count);
    LIST_EACH(name, &p->resets) {
        LIST_EACH(subject, &v->p->subjects) {
            if (!name_is(&subject->name, name->text)) continue;
            EQUAL(v, RESET, *resets, PROTOCOL, at);
            EQUAL(v, RESET, (*resets)++, SUBJECT, subject_numbered(v->p, whose_life(subject)));
        }
    }
}

void verify_flows(struct reader *v)
{
    const struct policy *p = v->p;
    const struct channel *c;
    const struct restrict_rule *r;
    const struct privilege *privilege;
    const struct protocol *protocol;
    uint32_t rules = 0, resets = 0;
    orders_read(v);
    v->allow_entry = arena_take(v->arena, (p->allows.count + 1) * sizeof *v->allow_entry);
    verify_count(v, CHANNEL, p->channels.count);
    LIST_EACH(c, &p->channels) {
        channel_values(v, c_at, c);
        channel_rules(v, c_at, c, &rules);
    }
    LIST_EACH(privilege, &p->privileges) privilege_values(v, rules++, privilege_at, privilege);
    verify_count(v, OPERATION, p->privileges.count);
    LIST_EACH(r, &p->restricts) restrict_values(v, rules + r_at, r);
    verify_count(v, RULE, rules + p->restricts.count);
    verify_count(v, ATOM, v->next_atom);
    chains(v);
    verify_count(v, PROTOCOL, p->protocols.count);
    LIST_EACH(protocol, &p->protocols) protocol_values(v, protocol_at, protocol, &resets);
    verify_orders(v);
    verify_count(v, STEP, v->next_step);
    verify_count(v, TIMEOUT, v->next_timeout);
    verify_count(v, RESET, resets);
}
