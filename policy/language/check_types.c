/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message types: places of the fields, domains, unions. A type's layout is that of the C structure that the guests get, without
 * hidden padding: each field lies on a multiple of its width, and the policy writes padding down as `zero`.
 */
#include "language/check.h"
#include "channels/message.h"
#include "policy/image.h"

#define TYPE_MAX_SIZE (IMAGE_MAX_MESSAGE - sizeof(struct message_header))

/* A run of fields: a type's own, or those of one case. */
struct run {
    struct policy *policy;
    struct type *type;
    const struct field *tag;          /* of the case */
    uint64_t tags;
    uint32_t offset, align;
};

/* ---- domains ---- */
wide policy_check_field_least(const struct field *f)
{
    return f->is_signed ? -((wide)1 << (8 * f->width - 1)) : 0;
}

wide policy_check_field_greatest(const struct field *f)
{
    return ((wide)1 << (8 * f->width - f->is_signed)) - 1;
}

static void domain_range(struct policy *p, struct field *f)
{
    struct range *r = f->ranges.items[0];
    bool lo = policy_check_value(p, &r->lo, DIMENSION_PLAIN, f->lo, f->hi, "the least value");
    bool hi = policy_check_value(p, &r->hi, DIMENSION_PLAIN, f->lo, f->hi, "the greatest value");
    if (!lo || !hi) return;
    if (r->lo.number > r->hi.number)
        diag_error(&p->diag, BH_VALUE_EMPTY, place_span(r->lo.at, r->hi.at), "the range is empty: its ends are swapped");
    f->lo = r->lo.number;
    f->hi = r->hi.number;
}

static void domain_set(struct policy *p, struct field *f)
{
    struct range *r;
    wide lo = 63, hi = 0;
    if (f->is_signed) diag_error(&p->diag, BH_TYPE_SET, f->at, "a set of values needs an unsigned field");
    LIST_EACH(r, &f->ranges) {
        if (!policy_check_value(p, &r->lo, DIMENSION_PLAIN, 0, 63, "a value of the set")) continue;
        uint64_t bit = (uint64_t)1 << (uint64_t)r->lo.number;
        if (f->set & bit)
            diag_error(&p->diag, BH_TYPE_SET, r->lo.at, "%s is in the set already",
                       policy_check_number_text(p->arena, r->lo.number));
        f->set |= bit;
        if (r->lo.number < lo) lo = r->lo.number;
        if (r->lo.number > hi) hi = r->lo.number;
    }
    f->lo = lo;
    f->hi = hi;
}

static void field_domain(struct policy *p, struct field *f)
{
    f->lo = policy_check_field_least(f);
    f->hi = policy_check_field_greatest(f);
    if (f->values.text != NULL) policy_check_named_domain(p, f);
    if (f->ranges.count == 0) return;
    if (f->domain == DOMAIN_RANGE) domain_range(p, f);
    if (f->domain == DOMAIN_SET) domain_set(p, f);
}

/* ---- places ---- */
static void field_place(struct run *r, struct field *f)
{
    struct policy *p = r->policy;
    f->tag_field = r->tag;
    f->tags = r->tags;
    if (f->size > 0 && r->offset % f->align != 0) {
        diag_error(&p->diag, BH_TYPE_ALIGN, f->name.text != NULL ? f->name.at : f->at,
                   "%s would lie at offset %u, not on a multiple of %u; put `zero %u;` before it",
                   f->kind == FIELD_UNION ? "the union" : f->name.text, r->offset, f->align, f->align - r->offset % f->align);
        r->offset += f->align - r->offset % f->align;     /* as if it were there: one report is enough */
    }
    f->offset = r->offset;
    r->offset += f->size;
    if (f->align > r->align) r->align = f->align;
    if (r->offset > TYPE_MAX_SIZE + UINT16_MAX) r->offset = TYPE_MAX_SIZE + UINT16_MAX;
}

static const struct field *fields_find(const field_list *fields, const char *name)
{
    const struct field *f;
    LIST_EACH(f, fields) {
        if (name_is(&f->name, name)) return f;
    }
    return NULL;
}

static void field_name(struct run *r, const struct field *f)
{
    const struct field *other = policy_find_field(r->type, f->name.text);
    if (other != NULL) {
        diag_error(&r->policy->diag, BH_NAME_TWICE, f->name.at, "the type has a field `%s` already", f->name.text);
        diag_note(&r->policy->diag, other->name.at, "declared here; names are unique in the whole type, unions included");
    }
    if (f->name.text == NULL) return;
    names_check_c(r->policy, &f->name);
    if (name_is(&f->name, "where") || name_is(&f->name, "zero"))
        diag_error(&r->policy->diag, BH_NAME_WORD, f->name.at, "`%s` begins another item of a type: no field has that name",
                   f->name.text);
}

static void field_flatten(struct run *r, struct field *f)
{
    if (!policy_add_checks(r->policy, r->type, f)) return;
    f->index = r->type->flat.count;
    LIST_ADD(r->policy->arena, &r->type->flat, f);
}

static void array_flatten(struct run *r, struct field *f)
{
    struct field *e;
    if (f->name.text == NULL) return;
    LIST_ADD(r->policy->arena, &r->type->arrays, f);
    policy_make_elements(r->policy, f);
    LIST_EACH(e, &f->elements) field_flatten(r, e);
}

/* ---- unions ---- */
static const struct field *union_tag(struct policy *p, const struct type *t, const struct field *f)
{
    const struct field *tag;
    LIST_EACH(tag, &t->flat) {
        if (!name_is(&tag->name, f->tag.text)) continue;
        bool fits = !tag->is_signed && tag->tag_field == NULL && tag->lo >= 0 && tag->hi <= 63;
        if (fits) return tag;
        diag_error(&p->diag, BH_TYPE_TAG, f->tag.at,
                   "`%s` cannot tell cases apart: it must be unsigned, outside of unions, its values within 0 .. 63",
                   f->tag.text);
        diag_note(&p->diag, tag->name.at, "declared here");
        return NULL;
    }
    if (f->tag.text != NULL)
        diag_error(&p->diag, BH_TYPE_TAG, f->tag.at, "no field `%s` stands before the union", f->tag.text);
    return NULL;
}

static uint64_t tag_domain(const struct field *tag)
{
    if (tag->domain == DOMAIN_SET) return tag->set;
    uint64_t set = 0;
    for (wide v = tag->lo; v <= tag->hi && v < 64; v++) set |= (uint64_t)1 << (uint64_t)v;
    return set;
}

const char *policy_check_tags_text(struct arena *a, const struct field *tag, uint64_t set)
{
    const char *text = "";
    for (uint32_t v = 0; v < 64; v++) {
        const char *name = policy_value_name(tag, v);
        if (!(set >> v & 1)) continue;
        text = arena_print(a, "%s%s%s", text, *text == '\0' ? "" : ", ", name != NULL ? name : arena_print(a, "%u", v));
    }
    return text;
}

/* The values of one case; those of earlier cases are in `taken`. */
static void case_tags(struct policy *p, struct type_case *c, const struct field *tag, uint64_t taken)
{
    struct value *v;
    LIST_EACH(v, &c->tags) {
        static const struct field any = { 0 };
        if (!policy_check_field_value(p, v, tag != NULL ? tag : &any, 0, 63, "a value of the tag")) continue;
        uint64_t bit = (uint64_t)1 << (uint64_t)v->number;
        if ((taken | c->tag_set) & bit)
            diag_error(&p->diag, BH_TYPE_CASE, v->at, "there is a case for this value already");
        else if (tag != NULL && !(tag_domain(tag) & bit))
            diag_error(&p->diag, BH_TYPE_CASE, v->at, "`%s` never has this value", tag->name.text);
        c->tag_set |= bit;
    }
}

static void run_fields(struct run *r, const field_list *fields);

/* Lays out the cases one upon the other. */
static void union_cases(struct run *r, struct field *f, const struct field *tag)
{
    struct policy *p = r->policy;
    struct type_case *c;
    uint64_t taken = 0;
    uint32_t first_size = 0;
    bool same = true;
    LIST_EACH(c, &f->cases) {
        c->tag_field = tag;
        case_tags(p, c, tag, taken);
        taken |= c->tag_set;
        struct run run = { p, r->type, tag, c->tag_set, r->offset, 1 };
        run_fields(&run, &c->fields);
        uint32_t size = run.offset - r->offset;
        if (c_at == 0) first_size = size;
        same &= size == first_size;
        if (size != first_size)
            diag_error(&p->diag, BH_TYPE_CASE, c->at,
                       "this case has size %u, the first one %u: fill the shorter one with `zero`", size, first_size);
        if (run.align > f->align) f->align = run.align;
    }
    f->size = first_size;
    if (tag != NULL && tag_domain(tag) & ~taken)
        diag_error(&p->diag, BH_TYPE_CASE, f->at, "no case for %s = %s", tag->name.text,
                   policy_check_tags_text(p->arena, tag, tag_domain(tag) & ~taken));
    if (same && f->size % f->align != 0)
        diag_error(&p->diag, BH_TYPE_ALIGN, f->at, "the cases have size %u, not a multiple of %u: fill them with `zero`",
                   f->size, f->align);
}

static void run_fields(struct run *r, const field_list *fields)
{
    struct policy *p = r->policy;
    struct field *f;
    LIST_EACH(f, fields) {
        f->align = 1;
        if (f->kind == FIELD_UNION) {
            union_cases(r, f, union_tag(p, r->type, f));
            field_place(r, f);
            continue;
        }
        if (f->kind == FIELD_ZERO) {
            f->size = policy_check_value(p, &f->zeros, DIMENSION_PLAIN, 1, 255, "the padding") ? (uint32_t)f->zeros.number : 0;
        } else if (f->width > 0) {
            f->size = f->align = f->width;
            field_domain(p, f);
        } else {
            continue;                 /* a syntax error hid what it is */
        }
        f->tag_field = r->tag;
        f->tags = r->tags;
        bool good = f->kind != FIELD_ARRAY || policy_check_array(p, r->type, f);
        field_place(r, f);
        field_name(r, f);
        if (f->kind != FIELD_ARRAY) field_flatten(r, f);
        else if (good) array_flatten(r, f);
    }
}

/* ---- types ---- */
/* Whether the name is that of a whole array, or of an element that an array has not: then that is reported. */
static bool field_is_apart(struct policy *p, const struct type *t, const struct name *name)
{
    const struct field *f;
    size_t length = strcspn(name->text, "[");
    LIST_EACH(f, &t->arrays) {
        if (strlen(f->name.text) != length || strncmp(f->name.text, name->text, length) != 0) continue;
        if (name->text[length] == '\0')
            diag_error(&p->diag, BH_FIELD_UNKNOWN, name->at, "`%s` is an array: name an element, as in `%s[0]`", f->name.text,
                       f->name.text);
        else
            diag_error(&p->diag, BH_FIELD_UNKNOWN, name->at, "`%s` has the elements 0 to %u", f->name.text,
                       (unsigned)f->count.number - 1);
        diag_note(&p->diag, f->name.at, "declared here");
        return true;
    }
    return false;
}

const struct field *policy_find_field(const struct type *t, const char *name)
{
    const struct field *f = fields_find(&t->flat, name);
    return f != NULL ? f : fields_find(&t->arrays, name);
}

const struct field *policy_check_field(struct policy *p, const struct type *t, const struct name *name)
{
    const struct field *f;
    if (name->text == NULL) return NULL;
    f = fields_find(&t->flat, name->text);
    if (f != NULL) return f;
    if (field_is_apart(p, t, name)) return NULL;
    const char **words = arena_take(p->arena, (t->flat.count + t->arrays.count + 1) * sizeof *words);
    size_t count = 0;
    LIST_EACH(f, &t->flat) {
        if (f->name.text != NULL && f->array == NULL) words[count++] = f->name.text;
    }
    LIST_EACH(f, &t->arrays) words[count++] = f->name.text;
    diag_error(&p->diag, BH_FIELD_UNKNOWN, name->at, "`%s` has no field `%s`%s", t->name.text, name->text,
               names_suggest(p->arena, arena_copy_text(p->arena, name->text, strcspn(name->text, "[")), words, count));
    return NULL;
}

static void type_conditions(struct policy *p, struct type *t)
{
    struct cond *c;
    struct field *f;
    struct type_case *k;
    LIST_EACH(c, &t->wheres) policy_check_cond(p, c, t, NULL);
    LIST_EACH(f, &t->fields) {
        LIST_EACH(k, &f->cases) {
            LIST_EACH(c, &k->wheres) policy_check_cond(p, c, t, k);
        }
    }
}

static void check_type(struct policy *p, struct type *t)
{
    struct run run = { p, t, NULL, 0, 0, 1 };
    if (t->name.text == NULL) return;
    t->version_number = 1;
    if (policy_check_value(p, &t->version, DIMENSION_PLAIN, 1, UINT16_MAX, "the version"))
        t->version_number = (uint16_t)t->version.number;
    run_fields(&run, &t->fields);
    t->size = run.offset;
    t->align = run.align;
    type_conditions(p, t);
    if (t->broken) return;
    if (t->fields.count == 0)
        diag_error(&p->diag, BH_TYPE_SIZE, t->name.at, "the type `%s` has no fields", t->name.text);
    else if (t->size > TYPE_MAX_SIZE)
        diag_error(&p->diag, BH_TYPE_SIZE, t->name.at, "the type has %u bytes; at most %zu", t->size, (size_t)TYPE_MAX_SIZE);
    else if (t->size % t->align != 0)
        diag_error(&p->diag, BH_TYPE_ALIGN, t->name.at, "the type's size is %u, not a multiple of %u; end it with `zero %u;`",
                   t->size, t->align, t->align - t->size % t->align);
}

void policy_check_types(struct policy *p)
{
    struct type *t;
    LIST_EACH(t, &p->types) {
        t->index = t_at;
        check_type(p, t);
    }
}
