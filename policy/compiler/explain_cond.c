/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions as people wrote them, judged part by part. The verdict itself is never made here: the kernel's code has made it on
 * the compiled form, and this only says which part of the text it comes from.
 */
#include "compiler/conditions.h"
#include "compiler/explain.h"
#include "language/check.h"
#include "value.h"

#include <stdarg.h>

#define SOURCE_MAX 100u

void explain_add(struct arena *a, explain_reasons *reasons, struct place at, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    *LIST_NEW(a, reasons) = (struct explain_reason){ arena_copy_text(a, text, strlen(text)), at };
}

/* ---- values ---- */
static wide field_value(const struct judge *j, const struct type *t, const struct field *f)
{
    uint32_t unused = 64 - 8 * f->width, flags = conditions_flags(t, f);
    uint64_t value = value_number(value_read(j->message->payload + f->offset, unused, flags), unused, flags);
    return f->is_signed ? (wide)(int64_t)value : (wide)value;
}

/* The unit that the field's range is written in. */
static const struct unit *field_unit(const struct judge *j, const struct field *f)
{
    const struct range *r;
    LIST_EACH(r, &f->ranges) {
        const struct name *name = r->hi.unit.text != NULL ? &r->hi.unit : &r->lo.unit;
        if (name->text != NULL) return names_look(j->build->policy, NAME_UNIT, name->text);
    }
    return NULL;
}

const char *explain_value(const struct judge *j, const struct type *t, const struct field *f)
{
    struct arena *a = j->build->arena;
    wide value = field_value(j, t, f);
    const struct unit *unit = field_unit(j, f);
    const char *plain = policy_check_number_text(a, value), *name = policy_value_name(f, value);
    bool is_character = f->array != NULL && f->array->is_text && value >= TEXT_FIRST && value <= TEXT_LAST;
    if (name != NULL) return arena_print(a, "%s (%s)", plain, name);
    if (is_character) return arena_print(a, "%s ('%c')", plain, (char)value);
    if (unit == NULL) return plain;
    wide factor = unit->factor.number, size = value < 0 ? -value : value, rest = size % factor;
    char decimals[12] = "";
    for (int i = 0; rest > 0 && i < 6; i++, rest = rest * 10 % factor)
        snprintf(decimals + i + 1, 2, "%c", (int)('0' + (int)(rest * 10 / factor)));
    if (decimals[1] != '\0') decimals[0] = '.';
    return arena_print(a, "%s (%s%s%s%s %s)", plain, value < 0 ? "-" : "", policy_check_number_text(a, size / factor), decimals,
                       rest > 0 ? "..." : "", unit->name.text);
}

const char *explain_source(const struct build *b, struct place at)
{
    if (at.file >= b->policy->sources.files.count) return "";
    const struct source *file = b->policy->sources.files.items[at.file];
    size_t length = 0;
    while (length < at.length && length < SOURCE_MAX && file->text[at.offset + length] != '\n') length++;
    return arena_print(b->arena, "%.*s%s", (int)length, file->text + at.offset, length < at.length ? "..." : "");
}

/* Where a text ends: before the first character that cannot be in one. */
static uint32_t text_end(const struct judge *j, const struct type *t, const struct field *f, const char **text)
{
    uint32_t end = 0;
    for (*text = ""; end < f->elements.count; end++) {
        wide value = field_value(j, t, f->elements.items[end]);
        if (value < TEXT_FIRST) break;
        *text = arena_print(j->build->arena, "%s%c", *text, value <= TEXT_LAST ? (char)value : '?');
    }
    return end;
}

const char *explain_array(const struct judge *j, const struct type *t, const struct field *f)
{
    struct arena *a = j->build->arena;
    const char *text = "";
    uint32_t end = f->is_text ? text_end(j, t, f, &text) : (uint32_t)field_value(j, t, f->length_field), bad = end;
    while (bad + 1 < f->elements.count && field_value(j, t, f->elements.items[bad]) == 0) bad++;
    const struct field *e = f->elements.items[bad];
    const char *why = f->is_text ? arena_print(a, "the text \"%s\" ends before `%s[%u]`", text, f->name.text, end)
                                 : arena_print(a, "`%s` is %u", f->length_field->name.text, end);
    return arena_print(a, "%s, and what is behind must be zero: `%s` is %s", why, e->name.text, explain_value(j, t, e));
}

/* ---- conditions ---- */
static bool test_holds(const struct judge *j, const struct type *t, const struct cond *c)
{
    const struct range *r;
    wide value = field_value(j, t, c->target);
    bool within = false;
    LIST_EACH(r, &c->ranges) within |= value >= r->lo.number && value <= r->hi.number;
    return within != c->negated;
}

bool explain_cond_holds(const struct judge *j, const struct type *t, const struct cond *c)
{
    switch (c->kind) {
    case COND_AND: return explain_cond_holds(j, t, c->left) && explain_cond_holds(j, t, c->right);
    case COND_OR: return explain_cond_holds(j, t, c->left) || explain_cond_holds(j, t, c->right);
    case COND_IMPLIES: return !explain_cond_holds(j, t, c->left) || explain_cond_holds(j, t, c->right);
    case COND_NOT: return !explain_cond_holds(j, t, c->left);
    case COND_TEST: break;
    }
    return test_holds(j, t, c);
}

/* Parts that are as they should be explain nothing. */
void explain_cond(const struct judge *j, const struct type *t, const struct cond *c, bool wanted, explain_reasons *reasons)
{
    if (explain_cond_holds(j, t, c) == wanted) return;
    switch (c->kind) {
    case COND_AND:
    case COND_OR:
        explain_cond(j, t, c->left, wanted, reasons);
        explain_cond(j, t, c->right, wanted, reasons);
        return;
    case COND_IMPLIES:
        explain_cond(j, t, c->left, !wanted, reasons);
        explain_cond(j, t, c->right, wanted, reasons);
        return;
    case COND_NOT:
        explain_cond(j, t, c->left, !wanted, reasons);
        return;
    case COND_TEST:
        break;
    }
    explain_add(j->build->arena, reasons, c->at, "`%s` %s: `%s` is %s", explain_source(j->build, c->at),
                wanted ? "does not hold" : "holds", c->field.text, explain_value(j, t, c->target));
}
