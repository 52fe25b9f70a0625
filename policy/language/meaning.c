/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical text. Pieces that may stand in any order are collected as lines, sorted and joined, equal ones once. */
#include "language/meaning.h"
#include "language/check.h"
#include "language/labels.h"
#include "language/names.h"

#include <stdlib.h>

typedef LIST(char) lines;

static int line_order(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* open LINE between LINE close, in the order in which they are; equal neighbours once. */
static const char *lines_chain(struct arena *a, const lines *l, const char *open, const char *between, const char *close)
{
    size_t size = strlen(open) + strlen(close) + 1, at = 0;
    for (uint32_t i = 0; i < l->count; i++) size += strlen(l->items[i]) + strlen(between);
    char *text = arena_take(a, size);
    at += (size_t)snprintf(text, size, "%s", open);
    for (uint32_t i = 0; i < l->count; i++) {
        if (i > 0 && strcmp(l->items[i], l->items[i - 1]) == 0) continue;
        at += (size_t)snprintf(text + at, size - at, "%s%s", i > 0 ? between : "", l->items[i]);
    }
    snprintf(text + at, size - at, "%s", close);
    return text;
}

/* The same, sorted. */
static const char *lines_join(struct arena *a, lines *l, const char *open, const char *between, const char *close)
{
    if (l->count > 1) qsort(l->items, l->count, sizeof *l->items, line_order);
    return lines_chain(a, l, open, between, close);
}

static void lines_add(struct arena *a, lines *l, const char *text)
{
    LIST_ADD(a, l, (char *)(uintptr_t)text);
}

static void lines_names(struct arena *a, lines *l, const name_list *names)
{
    const struct name *name;
    LIST_EACH(name, names) lines_add(a, l, name->text);
}

/* ---- conditions ---- */
static const char *meaning_of_cond(struct arena *a, const struct cond *c);

static const char *meaning_of_test(struct arena *a, const struct cond *c)
{
    const struct range *r;
    lines ranges = { 0 };
    LIST_EACH(r, &c->ranges) {
        lines_add(a, &ranges, arena_print(a, "%s..%s", policy_check_number_text(a, r->lo.number),
                                          policy_check_number_text(a, r->hi.number)));
    }
    return arena_print(a, "%s%s in %s", c->negated ? "not " : "", c->target->name.text, lines_join(a, &ranges, "{", ",", "}"));
}

/* Operands of one kind that stand side by side, however they are nested. */
static void cond_operands(struct arena *a, const struct cond *c, enum cond_kind kind, lines *l)
{
    if (c->kind != kind) {
        lines_add(a, l, meaning_of_cond(a, c));
        return;
    }
    cond_operands(a, c->left, kind, l);
    cond_operands(a, c->right, kind, l);
}

static const char *meaning_of_cond(struct arena *a, const struct cond *c)
{
    lines operands = { 0 };
    if (c->kind == COND_TEST) return meaning_of_test(a, c);
    if (c->kind == COND_NOT) return arena_print(a, "not (%s)", meaning_of_cond(a, c->left));
    if (c->kind == COND_IMPLIES)
        return arena_print(a, "(%s implies %s)", meaning_of_cond(a, c->left), meaning_of_cond(a, c->right));
    cond_operands(a, c, c->kind, &operands);
    return lines_join(a, &operands, "(", c->kind == COND_AND ? " and " : " or ", ")");
}

/* ---- types: the order of fields is meaning, that of conditions is not ---- */
static const char *meaning_of_field(struct arena *a, const struct field *f)
{
    const char *tag = f->tag_field == NULL ? ""
                      : arena_print(a, " if %s in %llx", f->tag_field->name.text, (unsigned long long)f->tags);
    if (f->kind == FIELD_ZERO) return arena_print(a, "%u zero %u%s;", f->offset, f->size, tag);
    const struct field *array = f->array;
    const char *length = array != NULL && array->length_field != NULL ? array->length_field->name.text : NULL;
    const char *count = array == NULL ? "" : arena_print(a, "[%u%s%s%s]", array->elements.count, array->is_text ? " text" : "",
                                                         length != NULL ? " length " : "", length != NULL ? length : "");
    const char *values = f->domain == DOMAIN_SET
                             ? arena_print(a, "set %llx", (unsigned long long)f->set)
                             : arena_print(a, "%s..%s", policy_check_number_text(a, f->lo), policy_check_number_text(a, f->hi));
    return arena_print(a, "%u %s %c%u%s %s%s;", f->offset, array != NULL ? array->name.text : f->name.text,
                       f->is_signed ? 'i' : 'u', 8 * f->width, count, values, tag);
}

const char *meaning_of_type(struct arena *a, const struct type *t)
{
    const struct field *f;
    const struct type_case *k;
    const struct cond *c;
    lines fields = { 0 }, wheres = { 0 };
    const char *head = arena_print(a, "type %s version %u %s %u {", t->name.text, t->version_number,
                                   t->is_big ? "big" : "little", t->size);
    LIST_EACH(f, &t->flat) {
        if (f->array == NULL || f->element == 0) lines_add(a, &fields, meaning_of_field(a, f));
    }
    LIST_EACH(c, &t->wheres) lines_add(a, &wheres, meaning_of_cond(a, c));
    LIST_EACH(f, &t->fields) {
        LIST_EACH(k, &f->cases) {
            LIST_EACH(c, &k->wheres) {
                lines_add(a, &wheres, arena_print(a, "if %llx %s", (unsigned long long)k->tag_set, meaning_of_cond(a, c)));
            }
        }
    }
    return arena_print(a, "%s%s", lines_chain(a, &fields, head, "", ""), lines_join(a, &wheres, " where ", "; ", "}"));
}

/* ---- rules ---- */
static const char *meaning_of_body(struct arena *a, const struct rule_body *b)
{
    lines plans = { 0 };
    const char *rate = b->rate.at.length == 0 || b->rate.unlimited ? "none"
                       : arena_print(a, "%s/%u ms burst %s", policy_check_number_text(a, b->rate.count.number), b->rate.per_ms,
                                     policy_check_number_text(a, b->rate.burst.number));
    lines_names(a, &plans, &b->plans);
    return arena_print(a, " rate %s where %s plans %s", rate, b->where != NULL ? meaning_of_cond(a, b->where) : "any",
                       lines_join(a, &plans, "{", ",", "}"));
}

static const char *meaning_of_label(const struct policy *p, const struct rule_label *l)
{
    return arena_print(p->arena, "%s -> %s%s%s", l->known ? label_text(p, l->from) : "-", l->known ? label_text(p, l->to) : "-",
                       label_downgrades(l) ? " downgrade" : "", label_endorses(l) ? " endorse" : "");
}

const char *meaning_of_allow(const struct policy *p, const struct allow *r)
{
    struct arena *a = p->arena;
    return arena_print(a, "allow %s -> %s on %s %s%s levels %s%s%s%s", r->from.text, r->to.text, r->on.text,
                       meaning_of_type(a, r->type), meaning_of_body(a, &r->body), meaning_of_label(p, &r->label),
                       r->record ? " record" : "", r->payload ? " payload" : "",
                       r->protocol != NULL ? arena_print(a, " %s", meaning_of_protocol(a, r->protocol)) : "");
}

const char *meaning_of_privilege(const struct policy *p, const struct privilege *v)
{
    static const char *const acts[] = {
        [PRIVILEGE_SWITCH] = "switch to plan", [PRIVILEGE_RESTART] = "restart", [PRIVILEGE_STOP] = "stop",
        [PRIVILEGE_GIVE] = "give window to",
    };
    struct arena *a = p->arena;
    const struct rule_label *l = &v->label;
    const char *down = "", *up = "";
    if (label_downgrades(l))
        down = arena_print(a, " downgrade %s -> %s", label_sensitivity_text(p, l->from), label_sensitivity_text(p, l->to));
    if (label_endorses(l)) up = arena_print(a, " endorse %s -> %s", l->endorse_from.text, l->endorse_to.text);
    return arena_print(a, "privilege %s may %s %s%s%s%s", v->subject.text, acts[v->kind], v->object.text,
                       meaning_of_body(a, &v->body), down, up);
}

const char *meaning_of_restrict(const struct policy *p, const struct restrict_rule *r)
{
    struct arena *a = p->arena;
    const char *what = r->allow != NULL ? meaning_of_type(a, r->allow->type) : meaning_of_privilege(p, r->privilege);
    return arena_print(a, "restrict %s of %s%s", r->on.text, what, meaning_of_body(a, &r->body));
}

static const char *meaning_of_step(struct arena *a, const struct step *s)
{
    lines from = { 0 };
    lines_names(a, &from, &s->from);
    const char *states = lines_join(a, &from, "from ", ",", "");
    if (s->after.at.length > 0)
        return arena_print(a, "%s after %s us to %s", states, policy_check_number_text(a, s->after.number), s->to.text);
    return arena_print(a, "%s on %s to %s%s%s%s%s", states, s->on.text, s->to.text, s->keep.text != NULL ? " keep " : "",
                       s->keep.text != NULL ? s->keep.text : "", s->match.text != NULL ? " match " : "",
                       s->match.text != NULL ? s->match.text : "");
}

const char *meaning_of_protocol(struct arena *a, const struct protocol *p)
{
    const struct step *s;
    lines steps = { 0 }, resets = { 0 };
    LIST_EACH(s, &p->steps) lines_add(a, &steps, meaning_of_step(a, s));
    lines_names(a, &resets, &p->resets);
    return arena_print(a, "protocol %s keeps %u begins %s%s%s", p->name.text, p->keeps_width, p->states.items[0]->name.text,
                       lines_join(a, &steps, " {", "; ", "}"), lines_join(a, &resets, " reset {", ",", "}"));
}

/* Also those that orders have become, which no name of the policy leads to. */
static const struct protocol *protocol_named(const struct policy *p, const char *name)
{
    const struct protocol *protocol;
    LIST_EACH(protocol, &p->protocols) {
        if (strcmp(protocol->name.text, name) == 0) return protocol;
    }
    return NULL;
}

const char *meaning_of_name(const struct policy *p, const char *name)
{
    const void *thing = names_look(p, NAME_ALLOW, name);
    if (thing != NULL) return meaning_of_allow(p, thing);
    thing = names_look(p, NAME_RESTRICT, name);
    if (thing != NULL) return meaning_of_restrict(p, thing);
    thing = names_look(p, NAME_PRIVILEGE, name);
    if (thing != NULL) return meaning_of_privilege(p, thing);
    thing = protocol_named(p, name);
    if (thing != NULL) return meaning_of_protocol(p->arena, thing);
    thing = names_look(p, NAME_TYPE, name);
    return thing != NULL ? meaning_of_type(p->arena, thing) : NULL;
}
