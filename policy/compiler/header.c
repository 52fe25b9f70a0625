/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generating the header. A structure holds the bytes as on the wire; fields of a `big` type are turned by NAME_decode() and
 * NAME_encode(), and NAME_valid() judges the wire's form.
 */
#include "compiler/header.h"
#include "compiler/cnf.h"
#include "language/check.h"

#include <ctype.h>
#include <string.h>

/* ---- structures ---- */
static void struct_fields(struct text *out, const field_list *fields, uint32_t *padding, const char *indent);

static void struct_union(struct text *out, const struct field *f, uint32_t *padding)
{
    const struct type_case *k;
    text_add(out, "    union {\n");
    LIST_EACH(k, &f->cases) {
        if (k->fields.count == 0) continue;
        text_add(out, "        struct {\n");
        struct_fields(out, &k->fields, padding, "            ");
        text_add(out, "        };\n");
    }
    text_add(out, "    };\n");
}

/* Padding is numbered in the order of the type's flat list. */
static void struct_fields(struct text *out, const field_list *fields, uint32_t *padding, const char *indent)
{
    const struct field *f;
    LIST_EACH(f, fields) {
        if (f->kind == FIELD_NUMBER)
            text_add(out, "%s%sint%u_t %s;\n", indent, f->is_signed ? "" : "u", 8 * f->width, f->name.text);
        else if (f->is_text)
            text_add(out, "%schar %s[%u];\n", indent, f->name.text, f->elements.count);
        else if (f->kind == FIELD_ARRAY)
            text_add(out, "%s%sint%u_t %s[%u];\n", indent, f->is_signed ? "" : "u", 8 * f->width, f->name.text,
                     f->elements.count);
        else if (f->kind == FIELD_ZERO)
            text_add(out, "%suint8_t zero_%u[%u];\n", indent, (*padding)++, f->size);
        else
            struct_union(out, f, padding);
    }
}

static void header_struct(struct text *out, const struct type *t)
{
    const struct field *f;
    const char *name = t->name.text;
    uint32_t padding = 0;
    text_add(out, "/* ---- %s: %u bytes, %s endian ---- */\n", name, t->size, t->is_big ? "big" : "little");
    text_add(out, "#define %s_TYPE %uu\n#define %s_VERSION %uu\n\nstruct %s {\n", name, t->index, name, t->version_number,
             name);
    struct_fields(out, &t->fields, &padding, "    ");
    text_add(out, "};\nstatic_assert(sizeof(struct %s) == %u, \"layout\");\n", name, t->size);
    LIST_EACH(f, &t->flat) {
        if (f->kind == FIELD_NUMBER && (f->array == NULL || f->element == 0))
            text_add(out, "static_assert(offsetof(struct %s, %s) == %u, \"layout\");\n", name,
                     f->array != NULL ? f->array->name.text : f->name.text, f->offset);
    }
    text_add(out, "\n");
}

/* ---- byte order ---- */
static bool field_swaps(const struct type *t, const struct field *f)
{
    return t->is_big && f->kind == FIELD_NUMBER && f->width > 1;
}

bool header_swaps(const struct type *t)
{
    const struct field *f;
    LIST_EACH(f, &t->flat) {
        if (field_swaps(t, f)) return true;
    }
    return false;
}

/* A field's value, read from the wire's form or from the guest's own. */
static const char *field_value(struct arena *a, const struct type *t, const struct field *f, bool wire)
{
    uint32_t bits = 8 * f->width;
    if (f->array != NULL && f->array->is_text) return arena_print(a, "(uint8_t)m->%s", f->name.text);
    if (!wire || !field_swaps(t, f)) return arena_print(a, "m->%s", f->name.text);
    return arena_print(a, "(%sint%u_t)__builtin_bswap%u((uint%u_t)m->%s)", f->is_signed ? "" : "u", bits, bits, bits,
                       f->name.text);
}

/* Any element of an array, for a loop over `i`. */
static struct field array_element(struct arena *a, const struct field *f)
{
    struct field any = *f->elements.items[0];
    any.name.text = arena_print(a, "%s[i]", f->name.text);
    return any;
}

static const char *array_loop(struct arena *a, const struct field *f)
{
    return arena_print(a, "for (uint32_t i = 0; i < %u; i++) ", f->elements.count);
}

/* `if (...) ` where a field exists only for some values of its tag. */
static const char *field_exists(struct arena *a, const struct type *t, const struct field *f, bool wire)
{
    if (f->tag_field == NULL) return "";
    return arena_print(a, "if (0x%llxull >> (%s & 63) & 1) ", (unsigned long long)f->tags,
                       field_value(a, t, f->tag_field, wire));
}

/* Fields of unions first: their tag still has the form that the message came in. */
static void header_turn(const struct build *b, struct text *out, const struct type *t, const char *verb, bool from_wire)
{
    const struct field *f;
    text_add(out, "static inline void %s_%s(struct %s *m)\n{\n", t->name.text, verb, t->name.text);
    for (int pass = 0; pass < 2; pass++) {
        LIST_EACH(f, &t->flat) {
            if (!field_swaps(t, f) || (f->tag_field == NULL) != (pass == 1)) continue;
            if (f->array != NULL && f->element > 0) continue;
            struct field any = f->array != NULL ? array_element(b->arena, f->array) : *f;
            const char *loop = f->array != NULL ? array_loop(b->arena, f->array) : "";
            text_add(out, "    %s%sm->%s = %s;\n", field_exists(b->arena, t, f, from_wire), loop, any.name.text,
                     field_value(b->arena, t, &any, true));
        }
    }
    text_add(out, "}\n\n");
}

/* ---- validators ---- */
static const char *number_literal(struct arena *a, wide number, bool is_signed)
{
    if (!is_signed) return arena_print(a, number > UINT32_MAX ? "%lluull" : "%lluu", (unsigned long long)number);
    if (number == INT64_MIN) return "(-9223372036854775807ll - 1)";
    return arena_print(a, number > INT32_MAX || number < -(wide)INT32_MAX ? "%lldll" : "%lld", (long long)number);
}

/* "value lies in lo to hi", without comparisons that always hold. */
static const char *range_test(struct arena *a, const struct type *t, const struct field *f, wide lo, wide hi)
{
    wide least = f->is_signed ? -((wide)1 << (8 * f->width - 1)) : 0, greatest = ((wide)1 << (8 * f->width - f->is_signed)) - 1;
    const char *value = field_value(a, t, f, true);
    if (lo == hi) return arena_print(a, "%s == %s", value, number_literal(a, lo, f->is_signed));
    const char *above = lo > least ? arena_print(a, "%s >= %s", value, number_literal(a, lo, f->is_signed)) : NULL;
    const char *below = hi < greatest ? arena_print(a, "%s <= %s", value, number_literal(a, hi, f->is_signed)) : NULL;
    if (above != NULL && below != NULL) return arena_print(a, "%s && %s", above, below);
    return above != NULL ? above : below;
}

/* What a value's domain demands; NULL: nothing. */
static const char *domain_test(struct arena *a, const struct type *t, const struct field *f)
{
    if (f->domain != DOMAIN_SET) return range_test(a, t, f, f->lo, f->hi);
    const char *value = field_value(a, t, f, true);
    return arena_print(a, "%s <= 63 && (0x%llxull >> (%s & 63) & 1) != 0", value, (unsigned long long)f->set, value);
}

/* `loop` may be empty. */
static void valid_test(struct text *out, const char *exists, const char *loop, const char *test)
{
    if (test == NULL) return;
    if (*exists != '\0' || *loop != '\0')
        text_add(out, "    %s%s{\n        if (!(%s)) return false;\n    }\n", exists, loop, test);
    else
        text_add(out, "    if (!(%s)) return false;\n", test);
}

/* The length lies in its own range by now: it stands before. */
static void valid_array(const struct build *b, struct text *out, const struct type *t, const struct field *f)
{
    struct arena *a = b->arena;
    struct field any = array_element(a, f);
    const char *exists = field_exists(a, t, &any, true);
    if (f->is_text) {
        valid_test(out, exists, "", arena_print(a, "%s_is_text(m->%s, %u)", b->policy->system.text, f->name.text,
                                                f->elements.count));
        return;
    }
    valid_test(out, exists, array_loop(a, f), domain_test(a, t, &any));
    if (f->length_field == NULL) return;
    const char *from = arena_print(a, "for (uint32_t i = (uint32_t)%s; i < %u; i++) ",
                                   field_value(a, t, f->length_field, true), f->elements.count);
    valid_test(out, exists, from, arena_print(a, "m->%s[i] == 0", f->name.text));
}

static void valid_field(const struct build *b, struct text *out, const struct type *t, const struct field *f, uint32_t *padding)
{
    if (f->array != NULL) {
        if (f->element == 0) valid_array(b, out, t, f->array);
        return;
    }
    const char *exists = field_exists(b->arena, t, f, true), *test = NULL;
    if (f->kind == FIELD_ZERO)
        test = arena_print(b->arena, "%s_is_zero(m->zero_%u, %u)", b->policy->system.text, (*padding)++, f->size);
    else
        test = domain_test(b->arena, t, f);
    valid_test(out, exists, "", test);
}

static void valid_condition(const struct build *b, struct text *out, const struct type *t, const struct cond *c,
                            const struct type_case *within)
{
    cnf form;
    const cnf_clause *clause;
    const struct cnf_atom *atom;
    if (!cnf_convert(b->arena, c, within, &form)) return;       /* reported when the tables were made */
    LIST_EACH(clause, &form.clauses) {
        text_add(out, "    if (!(");
        LIST_EACH(atom, clause) {
            const char *test = range_test(b->arena, t, atom->field, atom->lo, atom->hi);
            text_add(out, "%s%s(%s)", atom_at == 0 ? "" : " || ", atom->negated ? "!" : "", test != NULL ? test : "true");
        }
        text_add(out, ")) return false;\n");
    }
}

static void header_valid(const struct build *b, struct text *out, const struct type *t)
{
    const struct field *f;
    const struct type_case *k;
    const struct cond *c;
    uint32_t padding = 0;
    text_add(out, "/* Whether a message of `length` bytes passes the type: the same answer as the monitor's. */\n");
    text_add(out, "static inline bool %s_valid(const struct %s *m, uint32_t length)\n{\n", t->name.text, t->name.text);
    text_add(out, "    if (length != sizeof *m) return false;\n");
    LIST_EACH(f, &t->flat) valid_field(b, out, t, f, &padding);
    LIST_EACH(c, &t->wheres) valid_condition(b, out, t, c, NULL);
    LIST_EACH(f, &t->fields) {
        LIST_EACH(k, &f->cases) {
            LIST_EACH(c, &k->wheres) valid_condition(b, out, t, c, k);
        }
    }
    text_add(out, "    return true;\n}\n\n");
}

/* ---- numbers ---- */
/* `a.b` becomes `a__b`: no name of the policy has two underscores in a row. */
static void enum_name(struct text *out, const char *prefix, const char *name, uint32_t value)
{
    text_add(out, "    %s", prefix);
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '.' || *c == '+')
            text_add(out, "__");
        else
            text_add(out, "%c", *c);
    }
    text_add(out, " = %u,\n", value);
}

/* Bits of the event word that interrupts of serial ports raise: a port is one subject's. */
static void header_events(const struct policy *p, struct text *out)
{
    bool begun = false;
    for (uint32_t s = 0; s < p->subjects.count; s++) {
        const struct subject *one = p->subjects.items[s];
        for (uint32_t i = 0; i < one->interrupting.count; i++) {
            const struct platform_serial *port = one->interrupting.items[i];
            if (!begun) text_add(out, "/* Interrupts: bits of the event word, each virtual interrupt 32 above it. */\n");
            if (!begun) text_add(out, "enum %s_event {\n", p->system.text);
            enum_name(out, "EVENT_", port->name.text, IMAGE_LINE_EVENT + (uint32_t)port->line.number);
            begun = true;
        }
    }
    if (begun) text_add(out, "};\n\n");
}

static void header_numbers(const struct build *b, struct text *out)
{
    const struct policy *p = b->policy;
    const struct build_rule *r;
    text_add(out, "enum %s_subject {\n", p->system.text);
    for (uint32_t i = 0; i < p->subjects.count; i++) enum_name(out, "SUBJECT_", p->subjects.items[i]->name.text, i);
    text_add(out, "};\n\n");
    if (p->channels.count > 0) {
        text_add(out, "enum %s_channel {\n", p->system.text);
        for (uint32_t i = 0; i < p->channels.count; i++) enum_name(out, "CHANNEL_", p->channels.items[i]->name.text, i);
        text_add(out, "};\n\n");
    }
    if (p->directs.count > 0) {
        text_add(out, "enum %s_direct {\n", p->system.text);
        for (uint32_t i = 0; i < p->directs.count; i++) enum_name(out, "DIRECT_", p->directs.items[i]->name.text, i);
        text_add(out, "};\n\n");
    }
    if (p->plans.count > 1) {
        text_add(out, "enum %s_plan {\n", p->system.text);
        for (uint32_t i = 0; i < p->plans.count; i++) enum_name(out, "PLAN_", p->plans.items[i]->name.text, i);
        text_add(out, "};\n\n");
    }
    if (p->privileges.count > 0) {
        text_add(out, "enum %s_privilege {\n", p->system.text);
        for (uint32_t i = 0; i < p->privileges.count; i++) enum_name(out, "PRIVILEGE_", p->privileges.items[i]->name.text, i);
        text_add(out, "};\n\n");
    }
    header_events(p, out);
    text_add(out, "/* Rules, as a send's result names them. */\nenum %s_rule {\n", p->system.text);
#define HEADER_BUILTIN(id, name) enum_name(out, "RULE_", name, IMAGE_RULE_##id);
    IMAGE_BUILTIN_RULES(HEADER_BUILTIN)
#undef HEADER_BUILTIN
    LIST_EACH(r, &b->rules) enum_name(out, "RULE_", r->name, IMAGE_RULE_FIRST + r_at);
    text_add(out, "};\n\n");
}

/* Padding is judged byte by byte. */
static void header_is_zero(const struct build *b, struct text *out)
{
    text_add(out, "static inline bool %s_is_zero(const uint8_t *bytes, uint32_t size)\n{\n", b->policy->system.text);
    text_add(out, "    uint8_t any = 0;\n    for (uint32_t i = 0; i < size; i++) any |= bytes[i];\n");
    text_add(out, "    return any == 0;\n}\n\n");
}

static bool any_text(const struct policy *p)
{
    const struct type *t;
    const struct field *f;
    LIST_EACH(t, &p->types) {
        LIST_EACH(f, &t->arrays) {
            if (f->is_text) return true;
        }
    }
    return false;
}

/* A text ends with its array or with the first NUL: nothing hides behind that. */
static void header_is_text(const struct build *b, struct text *out)
{
    text_add(out, "static inline bool %s_is_text(const char *text, uint32_t size)\n{\n", b->policy->system.text);
    text_add(out, "    bool ended = false;\n    for (uint32_t i = 0; i < size; i++) {\n");
    text_add(out, "        uint8_t c = (uint8_t)text[i];\n");
    text_add(out, "        if (c != 0 && (ended || c < 0x%02x || c > 0x%02x)) return false;\n", TEXT_FIRST, TEXT_LAST);
    text_add(out, "        ended |= c == 0;\n    }\n    return true;\n}\n\n");
}

/* Enumerations as constants of C: Kind__alarm. */
static void header_enumerations(const struct policy *p, struct text *out)
{
    const struct enumeration *e;
    const struct enumerator *one;
    LIST_EACH(e, &p->enumerations) {
        text_add(out, "enum %s {\n", e->name.text);
        LIST_EACH(one, &e->values) {
            const char *value = policy_check_number_text(p->arena, one->value.number);
            if (one->value.number == INT32_MIN) value = "-2147483647 - 1";        /* C has no literal for it */
            text_add(out, "    %s__%s = %s,\n", e->name.text, one->name.text, value);
        }
        text_add(out, "};\n\n");
    }
}

const char *header_guard(struct arena *a, const char *system)
{
    char *guard = arena_print(a, "GEN_%s_H", system);
    for (char *c = guard; *c != '\0'; c++) *c = (char)toupper((unsigned char)*c);
    return guard;
}

void header_write(const struct build *b, struct text *out)
{
    const struct policy *p = b->policy;
    const struct type *t;
    const char *guard = header_guard(b->arena, p->system.text);
    text_add(out, "/* SPDX-License-Identifier: Apache-2.0 */\n/* Generated from %s: do not edit. */\n",
             p->sources.files.items[0]->name);
    text_add(
        out,
        "#ifndef %s\n#define %s\n\n#include <assert.h>\n#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n\n",
        guard, guard);
    header_numbers(b, out);
    header_enumerations(p, out);
    header_is_zero(b, out);
    if (any_text(p)) header_is_text(b, out);
    LIST_EACH(t, &p->types) {
        header_struct(out, t);
        if (header_swaps(t)) {
            text_add(out, "/* From the wire's byte order to the guest's own, and back. */\n");
            header_turn(b, out, t, "decode", true);
            header_turn(b, out, t, "encode", false);
        }
        header_valid(b, out, t);
    }
    text_add(out, "#endif\n");
}
