/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions and types in one form: what means the same reads the same. */
#include "compiler/messages.h"
#include "compiler/output.h"
#include "language/check.h"

static void add_number(struct text *t, wide number)
{
    text_add(t, "%s", policy_check_number_text(t->arena, number));
}

static void add_range(struct text *t, wide lo, wide hi)
{
    add_number(t, lo);
    if (hi == lo) return;
    text_add(t, "..");
    add_number(t, hi);
}

/* ---- conditions ---- */
static void add_test(struct text *t, const struct cond *c)
{
    const struct range *r;
    if (!c->known) {
        text_add(t, "%s ?", c->field.text);
        return;
    }
    text_add(t, "%s%s ", c->field.text, c->negated ? " not in" : " in");
    LIST_EACH (r, &c->ranges) {
        if (r_at > 0) text_add(t, "|");
        add_range(t, r->lo.number, r->hi.number);
    }
}

static void add_cond(struct text *t, const struct cond *c)
{
    static const char *const words[] = { [COND_AND] = "and", [COND_OR] = "or", [COND_IMPLIES] = "implies" };
    if (c->kind == COND_TEST) {
        add_test(t, c);
        return;
    }
    text_add(t, c->kind == COND_NOT ? "not (" : "(");
    add_cond(t, c->left);
    if (c->kind != COND_NOT) {
        text_add(t, " %s ", words[c->kind]);
        add_cond(t, c->right);
    }
    text_add(t, ")");
}

const char *messages_cond_text(struct arena *a, const struct cond *c)
{
    struct text t = { .arena = a };
    add_cond(&t, c);
    return t.bytes;
}

const char *messages_where_text(const struct policy *p, const struct allow *a)
{
    struct text t = { .arena = p->arena };
    const struct restrict_rule *r;
    if (a->body.where != NULL) add_cond(&t, a->body.where);
    LIST_EACH (r, &p->restricts) {
        if (r->allow != a || r->body.where == NULL) continue;
        if (t.size > 0) text_add(&t, " and ");
        add_cond(&t, r->body.where);
    }
    return t.size > 0 ? t.bytes : "";
}

/* ---- types ---- */
static void add_field(struct text *t, const struct field *f)
{
    if (f->is_text) {
        text_add(t, "%s char[%u]", f->name.text, f->elements.count);
        return;
    }
    text_add(t, "%s %c%u", f->name.text, f->is_signed ? 'i' : 'u', 8 * f->width);
    if (f->kind == FIELD_ARRAY) text_add(t, "[%u]", f->elements.count);
    if (f->length_field != NULL) text_add(t, " length %s", f->length_field->name.text);
    text_add(t, " ");
    if (f->domain != DOMAIN_SET) {
        add_range(t, f->lo, f->hi);
        return;
    }
    const char *between = "";
    for (uint32_t v = 0; v < 64; v++) {
        if (!(f->set >> v & 1)) continue;
        text_add(t, "%s%u", between, v);
        between = "|";
    }
}

static void add_fields(struct text *t, const field_list *fields);

static void add_case(struct text *t, const struct type_case *k)
{
    const struct cond *c;
    const char *between = "";
    text_add(t, "case ");
    for (uint32_t v = 0; v < 64; v++) {
        if (!(k->tag_set >> v & 1)) continue;
        text_add(t, "%s%u", between, v);
        between = "|";
    }
    text_add(t, " { ");
    add_fields(t, &k->fields);
    LIST_EACH (c, &k->wheres) {
        text_add(t, "where ");
        add_cond(t, c);
        text_add(t, "; ");
    }
    text_add(t, "} ");
}

static void add_fields(struct text *t, const field_list *fields)
{
    const struct field *f;
    const struct type_case *k;
    LIST_EACH (f, fields) {
        if (f->kind == FIELD_UNION) {
            text_add(t, "union by %s { ", f->tag.text);
            LIST_EACH (k, &f->cases) add_case(t, k);
            text_add(t, "}; ");
        } else if (f->kind == FIELD_ZERO) {
            text_add(t, "zero %u; ", f->size);
        } else {
            add_field(t, f);
            text_add(t, "; ");
        }
    }
}

const char *messages_type_text(struct arena *a, const struct type *type)
{
    struct text t = { .arena = a };
    const struct cond *c;
    text_add(&t, "version %u %s { ", type->version_number, type->is_big ? "big" : "little");
    add_fields(&t, &type->fields);
    LIST_EACH (c, &type->wheres) {
        text_add(&t, "where ");
        add_cond(&t, c);
        text_add(&t, "; ");
    }
    text_add(&t, "}");
    return t.bytes;
}
