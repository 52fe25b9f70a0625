/* SPDX-License-Identifier: Apache-2.0 */
/* Protocols: an automaton that no lost message can wedge and no message can take two ways. */
#include "language/automaton.h"
#include "language/labels.h"
#include "policy/image.h"

#define TIMEOUT_MAX_US ((wide)3600 * 1000000)      /* as image_check() allows */

/* The number of a state, which is entered when it is named first. */
static uint32_t protocol_state(struct policy *p, struct protocol *protocol, const struct name *name)
{
    struct state *s;
    LIST_EACH(s, &protocol->states) {
        if (name_is(&s->name, name->text)) return s_at;
    }
    if (protocol->states.count == IMAGE_MAX_STATES) {
        diag_error(&p->diag, BH_PROTOCOL_STATE, name->at, "a protocol has at most %u states", IMAGE_MAX_STATES);
        return 0;
    }
    LIST_NEW(p->arena, &protocol->states)->name = *name;
    return protocol->states.count - 1;
}

/* ---- steps ---- */
static bool register_named(struct policy *p, const struct protocol *protocol, const struct name *name)
{
    if (name_is(&protocol->keeps, name->text)) return true;
    diag_error(&p->diag, BH_PROTOCOL_REGISTER, name->at, "the protocol keeps no `%s`", name->text);
    diag_note(&p->diag, protocol->name.at, "a register is declared as `protocol %s keeps %s: u16`", protocol->name.text,
              name->text);
    return false;
}

/* The message field that is kept, or compared with the register. */
static const struct field *step_field(struct policy *p, const struct protocol *protocol, const struct step *s,
                                      const struct name *name)
{
    if (s->allow == NULL || s->allow->type == NULL) return NULL;
    const struct field *f = policy_check_field(p, s->allow->type, name);
    if (f == NULL) return NULL;
    if (f->tag_field != NULL || f->width != protocol->keeps_width || f->is_signed) {
        diag_error(&p->diag, BH_PROTOCOL_REGISTER, name->at,
                   "`%s` of `%s` does not fit the register: it must be u%u, outside of unions", name->text,
                   s->allow->type->name.text, 8 * protocol->keeps_width);
        diag_note(&p->diag, f->name.at, "declared here");
        return NULL;
    }
    return f;
}

static void step_register(struct policy *p, const struct protocol *protocol, struct step *s)
{
    if (s->keep.text != NULL && register_named(p, protocol, &s->keep)) s->field = step_field(p, protocol, s, &s->keep);
    if (s->match.text == NULL || s->match_register.text == NULL || !register_named(p, protocol, &s->match_register)) return;
    const struct field *matched = step_field(p, protocol, s, &s->match);
    if (s->field != NULL && matched != NULL && s->field != matched) {
        diag_error(&p->diag, BH_UNSUPPORTED, s->keep.at, "one step looks at one field: this compares `%s` and keeps `%s`",
                   s->match.text, s->keep.text);
        diag_note(&p->diag, s->match.at, "compare `%s` here and keep `%s` on a step of another rule, or keep what is compared",
                  s->match.text, s->keep.text);
    }
    s->field = matched;
}

static void step_allow(struct policy *p, struct protocol *protocol, struct step *s)
{
    s->allow = names_find(p, NAME_ALLOW, &s->on);
    if (s->allow == NULL) return;
    if (s->allow->protocol != NULL && s->allow->protocol != protocol) {
        diag_error(&p->diag, BH_PROTOCOL_STEP, s->on.at, "`%s` is in another protocol already", s->on.text);
        diag_note(&p->diag, s->allow->protocol->name.at, "the other one");
        return;
    }
    s->allow->protocol = protocol;
}

/* Two ways to leave one state on one message: the message would have to choose. */
static void step_ambiguous(struct policy *p, const struct protocol *protocol, uint32_t index)
{
    const struct step *s = protocol->steps.items[index];
    for (uint32_t i = 0; i < index; i++) {
        const struct step *other = protocol->steps.items[i];
        if (other->allow != s->allow || (other->from_mask & s->from_mask) == 0) continue;
        diag_error(&p->diag, BH_PROTOCOL_STEP, s->at, "another step leaves the same state on the same %s",
                   s->allow != NULL ? "message" : "timeout");
        diag_note(&p->diag, other->at, "the other step");
        return;
    }
}

static void check_step(struct policy *p, struct protocol *protocol, struct step *s, uint32_t index)
{
    const struct name *name;
    LIST_EACH(name, &s->from) s->from_mask |= 1u << protocol_state(p, protocol, name);
    if (s->to.text == NULL) return;
    s->to_state = protocol_state(p, protocol, &s->to);
    if (s->after.at.length > 0) {
        policy_check_value(p, &s->after, DIMENSION_TIME, 1000, TIMEOUT_MAX_US, "the time in us");
    } else {
        step_allow(p, protocol, s);
        if (s->allow == NULL) return;
        step_register(p, protocol, s);
    }
    step_ambiguous(p, protocol, index);
}

/* ---- the whole automaton ---- */
static void protocol_shape(struct policy *p, const struct protocol *protocol)
{
    uint32_t reached = automaton_states(protocol, NULL), left = 0;
    const struct step *s;
    const struct state *state;
    LIST_EACH(s, &protocol->steps) left |= s->from_mask;
    LIST_EACH(state, &protocol->states) {
        if (!(reached >> state_at & 1))
            diag_error(&p->diag, BH_PROTOCOL_STATE, state->name.at, "no step leads from `%s` to this state",
                       protocol->states.items[0]->name.text);
        if (!(left >> state_at & 1))
            diag_error(&p->diag, BH_PROTOCOL_STATE, state->name.at,
                       "no step leaves this state: the protocol would stand still for ever");
    }
}

static const struct step *timeout_of(const struct protocol *protocol, uint32_t state)
{
    const struct step *s;
    LIST_EACH(s, &protocol->steps) {
        if (s->after.at.length > 0 && (s->from_mask >> state & 1) != 0) return s;
    }
    return NULL;
}

/* Each timeout is a little late, and the kernel follows only so many: in a circle nobody could say what the state is. */
static void protocol_circle(struct policy *p, const struct protocol *protocol)
{
    for (uint32_t start = 0; start < protocol->states.count; start++) {
        const struct step *first = timeout_of(protocol, start), *s = first;
        for (uint32_t hops = 0; s != NULL && hops < protocol->states.count; hops++) {
            if (s->to_state == start) {
                diag_error(&p->diag, BH_PROTOCOL_STEP, first->at,
                           "timeouts alone lead from `%s` back to it: let a message begin the round",
                           protocol->states.items[start]->name.text);
                return;
            }
            s = timeout_of(protocol, s->to_state);
        }
    }
}

/* A protocol that is for nothing: each of its rules may pass in each state, whatever was before. */
static void protocol_refuses(struct policy *p, const struct protocol *protocol)
{
    const struct step *s;
    uint32_t reached = automaton_states(protocol, NULL);
    LIST_EACH(s, &protocol->steps) {
        if (s->after.at.length == 0 && (s->allow == NULL || automaton_denies(protocol, s->allow, reached))) return;
    }
    diag_warn(&p->diag, BH_PROTOCOL_SENSE, protocol->name.at, "`%s` refuses nothing: each of its rules passes in each state",
              protocol->name.text);
}

/* Whether `told` passes shows what `mover` does, which is up to `label`. */
static void protocol_tells(struct policy *p, const struct allow *told, const char *mover, uint64_t label, struct place at)
{
    diag_error(&p->diag, BH_LABEL, told->name.at, "whether `%s` passes tells `%s` of `%s`, which is %s", told->name.text,
               told->to.text, mover, label_text(p, label));
    label_note_obstacle(p, label & ~told->label.released, told->channel->receiver->label->most);
    diag_note(&p->diag, at, "this moves the same protocol");
}

/*
 * Whether a message passes tells its receiver of everyone who moves the protocol, by a message or a restart: none of it may be
 * above the receiver, but for what the message releases itself.
 */
static void protocol_told(struct policy *p, const struct protocol *protocol, const struct allow *told)
{
    const struct allow *mover;
    uint64_t most = told->channel->receiver->label->most | told->label.released;
    LIST_EACH(mover, &p->allows) {
        if (mover->protocol != protocol || !mover->label.known) continue;
        uint64_t label = mover->channel->sender->label->most;
        if ((label & ~most) == 0) continue;
        protocol_tells(p, told, mover->from.text, label, mover->name.at);
        return;
    }
    for (uint32_t i = 0; i < protocol->reset_by.count; i++) {
        const struct subject *s = protocol->reset_by.items[i];
        if (s->label == NULL || !s->label->known || (s->label->most & ~most) == 0) continue;
        protocol_tells(p, told, s->name.text, s->label->most, protocol->reset_at);
        return;
    }
}

static void protocol_labels(struct policy *p, const struct protocol *protocol)
{
    const struct allow *told;
    LIST_EACH(told, &p->allows) {
        if (told->protocol != protocol || !told->label.known) continue;
        if (automaton_may_refuse(told)) protocol_told(p, protocol, told);
    }
}

static void protocol_contended(struct policy *p, const struct protocol *protocol)
{
    struct allow *a;
    LIST_EACH(a, &p->allows) {
        if (a->protocol == protocol) a->contended = automaton_contended(p, a);
    }
}

/* An `alternate` says what resets it, whether that happens or not; what joins it says the same. */
static bool reset_is_due(const struct protocol *protocol)
{
    const struct order *o;
    LIST_EACH(o, &protocol->orders) {
        if (o->alternates) return true;
    }
    return false;
}

/* Nothing is wrong with it, but whoever relies on it relies on nothing. */
static void check_reset(struct policy *p, struct protocol *protocol, const struct name *name)
{
    struct subject *subject = names_find(p, NAME_SUBJECT, name);
    if (subject == NULL) return;
    LIST_ADD(p->arena, &protocol->reset_by, subject);
    if (subject->name.text == NULL || reset_is_due(protocol) || policy_restarts(p, subject)) return;
    diag_warn(&p->diag, BH_PROTOCOL_RESET, name->at, "`%s` never restarts: this resets nothing", name->text);
    const struct subject *life = policy_life(subject);
    diag_note(&p->diag, life->fault.at.length > 0 ? life->fault.at : life->name.at,
              "no fault restarts %s, and no privilege does", life != subject ? "the subject that it monitors" : "it");
}

void policy_check_protocols(struct policy *p)
{
    struct protocol *protocol;
    struct step *s;
    const struct name *name;
    LIST_EACH(protocol, &p->protocols) {
        protocol->index = protocol_at;
        if (protocol->name.text == NULL) continue;
        if (!policy_check_count(p, protocol->name.at, protocol->steps.count, PROTOCOL_MAX_STEPS, "steps of a protocol"))
            continue;
        LIST_EACH(s, &protocol->steps) check_step(p, protocol, s, s_at);
        LIST_EACH(name, &protocol->resets) check_reset(p, protocol, name);
        protocol_contended(p, protocol);
        protocol_labels(p, protocol);
        if (protocol->broken) continue;
        if (protocol->states.count == 0)
            diag_error(&p->diag, BH_PROTOCOL_STATE, protocol->name.at, "the protocol has no steps");
        else if (protocol->orders.count == 0)      /* an order may end for ever: automaton.c */
            protocol_shape(p, protocol);
        protocol_circle(p, protocol);
        if (protocol->states.count > 0) protocol_refuses(p, protocol);
    }
}
