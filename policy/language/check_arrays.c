/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arrays. Conditions and the image know their elements only, each a field; what holds between elements becomes checks that look
 * at one element if another has certain values, as padding of a union's case is looked at.
 */
#include "language/check.h"
#include "channels/message.h"
#include "policy/image.h"

#define ARRAY_MAX (IMAGE_MAX_MESSAGE - sizeof(struct message_header))
#define ELEMENTS_MAX IMAGE_MAX_TABLE  /* of all types: bounds what a short text can ask for */
#define PIECE 8u                      /* bytes that the monitor looks at in one go */

/* ---- declarations ---- */
static bool array_is_long_as(const struct field *f, const struct field *length)
{
    return length->array == NULL && length->kind == FIELD_NUMBER && !length->is_signed && length->lo >= 0 &&
           length->hi <= f->count.number;
}

/* The number of elements that count stands beside the array and before it: in the same case, if it is in one. */
static bool array_length(struct policy *p, const struct type *t, struct field *f)
{
    const struct field *length;
    LIST_EACH(length, &t->flat) {
        if (!name_is(&length->name, f->length.text)) continue;
        bool beside = length->tag_field == f->tag_field && length->tags == f->tags;
        if (beside && array_is_long_as(f, length)) {
            f->length_field = length;
            return true;
        }
        diag_error(&p->diag, BH_TYPE_ARRAY, f->length.at,
                   beside ? "`%s` cannot be the length: it must be unsigned, and never more than the array's %u elements"
                          : "`%s` cannot be the length: it must stand in the same case",
                   f->length.text, (unsigned)f->count.number);
        diag_note(&p->diag, length->name.at, "declared here");
        return false;
    }
    diag_error(&p->diag, BH_TYPE_ARRAY, f->length.at, "no field `%s` stands before the array", f->length.text);
    return false;
}

static bool array_holds_zero(const struct field *f)
{
    return f->domain == DOMAIN_SET ? (f->set & 1) != 0 : f->lo <= 0 && f->hi >= 0;
}

bool policy_check_array(struct policy *p, const struct type *t, struct field *f)
{
    f->size = 0;
    if (!policy_check_value(p, &f->count, DIMENSION_PLAIN, 1, ARRAY_MAX, "the number of elements")) return false;
    if (p->element_count + (uint32_t)f->count.number > ELEMENTS_MAX) {
        diag_error(&p->diag, BH_LIMIT, f->count.at, "more than %u elements in the arrays of all types together", ELEMENTS_MAX);
        return false;
    }
    p->element_count += (uint32_t)f->count.number;
    f->size = (uint32_t)f->count.number * f->width;
    if (f->is_text) {
        f->domain = DOMAIN_RANGE;
        f->lo = 0;
        f->hi = TEXT_LAST;
    }
    if (f->length.text == NULL) return true;
    if (!array_length(p, t, f)) return false;
    if (array_holds_zero(f)) return true;
    diag_error(&p->diag, BH_TYPE_ARRAY, f->at, "elements behind the length are zero: the values of `%s` must include 0",
               f->name.text);
    return false;
}

void policy_make_elements(struct policy *p, struct field *f)
{
    for (uint32_t i = 0; i < (uint32_t)f->count.number; i++) {
        struct field *e = LIST_NEW(p->arena, &f->elements);
        *e = (struct field){
            .kind = FIELD_NUMBER, .name = { arena_print(p->arena, "%s[%u]", f->name.text, i), f->name.at }, .at = f->at,
            .width = f->width, .is_signed = f->is_signed, .domain = f->domain, .offset = f->offset + i * f->width,
            .size = f->width, .align = f->width, .lo = f->lo, .hi = f->hi, .set = f->set, .tag_field = f->tag_field,
            .tags = f->tags, .array = f, .element = i, .enumeration = f->enumeration,
        };
    }
}

bool policy_check_element(struct policy *p, struct name *name)
{
    const char *index = name->text != NULL ? strchr(name->text, '[') : NULL;
    if (index == NULL || (index[1] >= '0' && index[1] <= '9')) return true;
    const char *constant = arena_copy_text(p->arena, index + 1, strcspn(index + 1, "]"));
    struct value v = { .at = name->at, .constant = { constant, name->at } };
    if (!policy_check_value(p, &v, DIMENSION_PLAIN, 0, ARRAY_MAX - 1, "the number of an element")) return false;
    name->text = arena_print(p->arena, "%.*s[%u]", (int)(index - name->text), name->text, (unsigned)v.number);
    return true;
}

/* ---- checks ---- */
/* Whether the element can be one too many: whatever range the length has, as the range may be what a message breaks. */
static bool element_may_end(const struct field *f)
{
    const struct field *a = f->array;
    return a != NULL && (a->is_text || a->length_field != NULL);
}

static bool places_are_too_many(struct policy *p, struct type *t, const struct field *f)
{
    if (t->has_too_many) return true;
    t->has_too_many = true;
    diag_error(&p->diag, BH_TYPE_SIZE, f->at,
               "the monitor looks at %u places of a message at most; padding is one, and a field with a range or a set",
               TYPE_MAX_PLACES);
    if (f->array != NULL)
        diag_note(&p->diag, f->array->name.at, "of an array, an element with a range or a set is one, one of a text two, and "
                  "one that a length may leave out one more");
    return true;
}

/* How many checks there are of the field itself. A tag or length is never any number: it has to be below 64. */
static uint32_t field_checks(const struct field *f)
{
    if (f->kind == FIELD_ZERO) return (f->size + PIECE - 1) / PIECE;
    return f->domain == DOMAIN_SET || f->lo > policy_check_field_least(f) || f->hi < policy_check_field_greatest(f);
}

/* Of a text the last element has no next one. */
static uint32_t rest_bytes(const struct field *f)
{
    return f->array->is_text && f->element + 1 < (uint32_t)f->array->count.number ? 2 * f->width : f->width;
}

bool policy_add_checks(struct policy *p, struct type *t, struct field *f)
{
    uint32_t own = field_checks(f), rest = element_may_end(f);
    t->places += (own > 0) + rest;
    if (t->places > TYPE_MAX_PLACES) return !places_are_too_many(p, t, f);
    f->check = t->checks.count;
    for (uint32_t i = 0, at = 0; i < own; i++, at += PIECE)
        *LIST_NEW(p->arena, &t->checks) =
            (struct type_check){ f, false, f->offset + at, f->size - at < PIECE ? f->size - at : PIECE };
    if (rest > 0) *LIST_NEW(p->arena, &t->checks) = (struct type_check){ f, true, f->offset, rest_bytes(f) };
    return true;
}

/* ---- values ---- */
static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Two digits a byte; spaces may part bytes. False: something else is there. */
static bool bytes_of_hex(const char *text, uint8_t *bytes, uint32_t *count)
{
    for (*count = 0; *text != '\0';) {
        if (*text == ' ') {
            text++;
            continue;
        }
        int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0) return false;
        bytes[(*count)++] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    return true;
}

/* Printable characters; what a test wants to send beyond them it writes element by element. */
static bool text_is_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < TEXT_FIRST || *text > TEXT_LAST) return false;
    }
    return true;
}

void policy_check_string(struct policy *p, struct setting *s)
{
    const struct field *f = s->array;
    const char *text = s->string.text, *wrong = NULL;
    uint8_t *bytes = arena_take(p->arena, strlen(text) + 1);
    uint32_t count = (uint32_t)strlen(text), most = f->elements.count;
    if (f->is_text)
        memcpy(bytes, text, count);
    if (f->is_text && !text_is_printable(text))
        wrong = "a text has printable ASCII characters alone; a test sets others one by one, as in `name[0] = 7;`";
    else if (!f->is_text && f->width != 1)
        wrong = "only bytes are written as a string; set the elements one by one, as in `field[0] = 7;`";
    else if (!f->is_text && !bytes_of_hex(text, bytes, &count))
        wrong = "bytes are written with two hexadecimal digits each, as in \"00 7f ff\"";
    else if (count > most)
        wrong = arena_print(p->arena, "%u elements; `%s` has %u", count, f->name.text, most);
    else if (!f->is_text && f->length_field == NULL && count < most)
        wrong = arena_print(p->arena, "%u elements; `%s` has exactly %u", count, f->name.text, most);
    s->bytes = bytes;
    s->byte_count = wrong == NULL ? count : 0;
    if (wrong != NULL) diag_error(&p->diag, BH_VALUE_STRING, s->string.at, "%s", wrong);
}
