/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing DFDL. What the monitor checks of a type is there: numbers by the facets of their simple types, which a parser is
 * asked to check as it goes; texts by a pattern; padding, and what lies behind a length, as numbers that are 0; conditions as
 * assertions. All elements of a message stand side by side below its root, as fields do in the policy, whatever union they are
 * in: `./NAME` in an expression is the field, whose own name begins with no digit and has no dot.
 */
#include "compiler/dfdl.h"
#include "compiler/cnf.h"
#include "language/check.h"

#include <string.h>

#define DFDL_SOURCE "http://www.ogf.org/dfdl/"

/* ---- XML ---- */
static void xml_text(struct text *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&': text_add(out, "&amp;"); break;
        case '<': text_add(out, "&lt;"); break;
        case '>': text_add(out, "&gt;"); break;
        case '"': text_add(out, "&quot;"); break;
        default: text_add(out, "%c", *text); break;
        }
    }
}

static void line(struct text *out, uint32_t depth, const char *text)
{
    text_add(out, "%*s%s\n", (int)(2 * depth), "", text);
}

static void assertion(struct text *out, uint32_t depth, const char *test)
{
    text_add(out, "%*s<xs:annotation><xs:appinfo source=\"" DFDL_SOURCE "\">\n", (int)(2 * depth), "");
    text_add(out, "%*s<dfdl:assert test=\"{ ", (int)(2 * depth + 2), "");
    xml_text(out, test);
    text_add(out, " }\"/>\n%*s</xs:appinfo></xs:annotation>\n", (int)(2 * depth), "");
}

/* ---- simple types ---- */
static const char *number_type(const struct field *f)
{
    static const char *const names[2][4] = { { "unsignedByte", "unsignedShort", "unsignedInt", "unsignedLong" },
                                             { "byte", "short", "int", "long" } };
    return names[f->is_signed][f->width == 1 ? 0 : f->width == 2 ? 1 : f->width == 4 ? 2 : 3];
}

static void facet(struct arena *a, struct text *out, uint32_t depth, const char *name, wide value)
{
    line(out, depth, arena_print(a, "<xs:%s value=\"%s\"/>", name, policy_check_number_text(a, value)));
}

/* What a value of a set is called, where that is an enumeration's. */
static void set_facet(struct arena *a, struct text *out, uint32_t depth, const struct field *f, uint32_t value)
{
    const struct enumerator *one;
    if (f->enumeration != NULL) {
        LIST_EACH(one, &f->enumeration->values) {
            if (one->value.number != (wide)value) continue;
            line(out, depth, arena_print(a, "<xs:enumeration value=\"%u\"><xs:annotation><xs:documentation>%s"
                                            "</xs:documentation></xs:annotation></xs:enumeration>", value, one->name.text));
            return;
        }
    }
    facet(a, out, depth, "enumeration", value);
}

static void number_facets(struct arena *a, struct text *out, uint32_t depth, const struct field *f)
{
    if (f->domain == DOMAIN_RANGE) {
        facet(a, out, depth, "minInclusive", f->lo);
        facet(a, out, depth, "maxInclusive", f->hi);
        return;
    }
    for (uint32_t value = 0; value < 64; value++) {
        if (f->set >> value & 1) set_facet(a, out, depth, f, value);
    }
}

/* ---- elements ---- */
/* How often an element is there; both NULL: once. */
struct occurs { const char *most, *count; };

static void element_begin(struct arena *a, struct text *out, uint32_t depth, const char *name, const char *properties,
                          struct occurs o)
{
    const char *occurs = "";
    if (o.count != NULL)
        occurs = arena_print(a, " minOccurs=\"0\" maxOccurs=\"%s\" dfdl:occursCountKind=\"expression\" "
                                "dfdl:occursCount=\"{ %s }\"", o.most, o.count);
    else if (o.most != NULL)
        occurs = arena_print(a, " minOccurs=\"%s\" maxOccurs=\"%s\"", o.most, o.most);
    text_add(out, "%*s<xs:element name=\"%s\"%s %s", (int)(2 * depth), "", name, occurs, properties);
}

static const char *number_properties(struct arena *a, const struct type *t, const struct field *f)
{
    const char *order = f->width == 1 ? "" : arena_print(a, " dfdl:byteOrder=\"%sEndian\"", t->is_big ? "big" : "little");
    return arena_print(a, "dfdl:length=\"%u\"%s", f->width, order);
}

/* A number of the field's domain or, as `zero` says, one that is 0. */
static void number_element(struct arena *a, struct text *out, uint32_t depth, const struct type *t, const struct field *f,
                           const char *name, struct occurs o, bool zero)
{
    element_begin(a, out, depth, name, number_properties(a, t, f), o);
    if (f->domain == DOMAIN_ALL && !zero) {
        text_add(out, " type=\"xs:%s\"/>\n", number_type(f));
        return;
    }
    text_add(out, ">\n");
    assertion(out, depth + 1, "dfdl:checkConstraints(.)");
    line(out, depth + 1, arena_print(a, "<xs:simpleType><xs:restriction base=\"xs:%s\">", number_type(f)));
    if (zero) facet(a, out, depth + 2, "enumeration", 0);
    else number_facets(a, out, depth + 2, f);
    line(out, depth + 1, "</xs:restriction></xs:simpleType>");
    line(out, depth, "</xs:element>");
}

static void zero_element(struct arena *a, struct text *out, uint32_t depth, const struct type *t, const struct field *f,
                         uint32_t *padding)
{
    struct field byte = { .kind = FIELD_NUMBER, .width = 1 };
    const char *name = arena_print(a, "zero_%u", (*padding)++);
    number_element(a, out, depth, t, &byte, name, (struct occurs){ .most = arena_print(a, "%u", f->size) }, true);
}

/* Trailing NULs are padding; another one would be in the value, which the pattern does not have. */
static void text_element(struct arena *a, struct text *out, uint32_t depth, const struct field *f)
{
    element_begin(a, out, depth, f->name.text, arena_print(a, "dfdl:length=\"%u\"", f->elements.count), (struct occurs){ 0 });
    text_add(out, ">\n");
    assertion(out, depth + 1, "dfdl:checkConstraints(.)");
    line(out, depth + 1, "<xs:simpleType><xs:restriction base=\"xs:string\">");
    line(out, depth + 2, arena_print(a, "<xs:maxLength value=\"%u\"/>", f->elements.count));
    line(out, depth + 2, "<xs:pattern value=\"[&#x20;-~]*\"/>");
    line(out, depth + 1, "</xs:restriction></xs:simpleType>");
    line(out, depth, "</xs:element>");
}

/* With a length field: that many, and behind them as many zeros as fill the array up. */
static void array_element(struct arena *a, struct text *out, uint32_t depth, const struct type *t, const struct field *f)
{
    const struct field *one = f->elements.items[0];
    const char *most = arena_print(a, "%u", f->elements.count), *name = f->name.text;
    if (f->length_field == NULL) {
        number_element(a, out, depth, t, one, name, (struct occurs){ .most = most }, false);
        return;
    }
    const char *length = f->length_field->name.text;
    number_element(a, out, depth, t, one, name, (struct occurs){ most, arena_print(a, "../%s", length) }, false);
    number_element(a, out, depth, t, one, arena_print(a, "%s.rest", name),
                   (struct occurs){ most, arena_print(a, "%s - ../%s", most, length) }, true);
}

/* ---- conditions ---- */
static const char *join(struct arena *a, const char *left, const char *word, const char *right)
{
    return left == NULL ? right : arena_print(a, "%s %s %s", left, word, right);
}

/* "value lies in lo to hi"; NULL: it always does. */
static const char *range_expression(struct arena *a, const struct field *f, const char *value, wide lo, wide hi)
{
    wide least = f->is_signed ? -((wide)1 << (8 * f->width - 1)) : 0, greatest = ((wide)1 << (8 * f->width - f->is_signed)) - 1;
    const char *low = arena_print(a, "%s", policy_check_number_text(a, lo));
    const char *high = arena_print(a, "%s", policy_check_number_text(a, hi)), *test = NULL;
    if (lo == hi) return arena_print(a, "%s eq %s", value, low);
    if (lo > least) test = arena_print(a, "%s ge %s", value, low);
    return hi < greatest ? join(a, test, "and", arena_print(a, "%s le %s", value, high)) : test;
}

/* The same of a text's character, which is a NUL where the value has ended. */
static const char *character_expression(struct arena *a, const struct field *f, wide lo, wide hi)
{
    struct text all = { .arena = a };
    const char *text = f->array->name.text;
    uint32_t place = f->element + 1;
    for (wide c = lo < TEXT_FIRST ? TEXT_FIRST : lo; c <= hi && c <= TEXT_LAST; c++)
        text_add(&all, c == '\'' ? "''" : "%c", (char)c);
    const char *ended = arena_print(a, "fn:string-length(./%s) lt %u", text, place);
    if (all.size == 0) return lo <= 0 && hi >= 0 ? ended : "fn:false()";
    const char *within = arena_print(a, "fn:contains('%s', fn:substring(./%s, %u, 1))", all.bytes, text, place);
    if (lo <= 0 && hi >= 0) return arena_print(a, "%s or %s", ended, within);
    return arena_print(a, "fn:string-length(./%s) ge %u and %s", text, place, within);
}

static const char *element_expression(struct arena *a, const struct field *f, wide lo, wide hi)
{
    const struct field *array = f->array;
    const char *value = arena_print(a, "./%s[%u]", array->name.text, f->element + 1);
    const char *test = range_expression(a, f, value, lo, hi);
    if (test == NULL || array->length_field == NULL) return test;
    return arena_print(a, "if (./%s gt %u) then (%s) else fn:%s()", array->length_field->name.text, f->element, test,
                       lo <= 0 && hi >= 0 ? "true" : "false");
}

static const char *atom_expression(struct arena *a, const struct cnf_atom *atom)
{
    const struct field *f = atom->field;
    const char *test = f->array == NULL ? range_expression(a, f, arena_print(a, "./%s", f->name.text), atom->lo, atom->hi)
                       : f->array->is_text ? character_expression(a, f, atom->lo, atom->hi)
                                           : element_expression(a, f, atom->lo, atom->hi);
    if (test == NULL) test = "fn:true()";
    return atom->negated ? arena_print(a, "fn:not(%s)", test) : arena_print(a, "(%s)", test);
}

/* One for each clause; the tests of a type that was checked can be converted. */
static void condition(struct arena *a, struct text *out, uint32_t depth, const struct cond *c)
{
    cnf form;
    const cnf_clause *clause;
    const struct cnf_atom *atom;
    if (!cnf_convert(a, c, NULL, &form)) return;
    LIST_EACH(clause, &form.clauses) {
        const char *test = NULL;
        LIST_EACH(atom, clause) test = join(a, test, "or", atom_expression(a, atom));
        text_add(out, "%*s<dfdl:assert test=\"{ ", (int)(2 * depth), "");
        xml_text(out, test);
        text_add(out, " }\"/>\n");
    }
}

static void conditions(struct arena *a, struct text *out, uint32_t depth, const cond_list *wheres)
{
    const struct cond *c;
    if (wheres->count == 0) return;
    line(out, depth, "<xs:annotation><xs:appinfo source=\"" DFDL_SOURCE "\">");
    LIST_EACH(c, wheres) condition(a, out, depth + 1, c);
    line(out, depth, "</xs:appinfo></xs:annotation>");
}

/* ---- types ---- */
static void elements(struct arena *a, struct text *out, uint32_t depth, const struct type *t, const field_list *fields,
                     uint32_t *padding);

static void union_choice(struct arena *a, struct text *out, uint32_t depth, const struct type *t, const struct field *f,
                         uint32_t *padding)
{
    const struct type_case *k;
    line(out, depth, arena_print(a, "<xs:choice dfdl:choiceDispatchKey=\"{ xs:string(./%s) }\">", f->tag.text));
    LIST_EACH(k, &f->cases) {
        struct text keys = { .arena = a };
        for (uint32_t value = 0; value < 64; value++) {
            if (k->tag_set >> value & 1) text_add(&keys, "%s%u", keys.size > 0 ? " " : "", value);
        }
        line(out, depth + 1, arena_print(a, "<xs:sequence dfdl:choiceBranchKey=\"%s\">", keys.bytes));
        conditions(a, out, depth + 2, &k->wheres);
        elements(a, out, depth + 2, t, &k->fields, padding);
        line(out, depth + 1, "</xs:sequence>");
    }
    line(out, depth, "</xs:choice>");
}

static void elements(struct arena *a, struct text *out, uint32_t depth, const struct type *t, const field_list *fields,
                     uint32_t *padding)
{
    const struct field *f;
    LIST_EACH(f, fields) {
        if (f->kind == FIELD_NUMBER) number_element(a, out, depth, t, f, f->name.text, (struct occurs){ 0 }, false);
        else if (f->kind == FIELD_ZERO) zero_element(a, out, depth, t, f, padding);
        else if (f->kind == FIELD_UNION) union_choice(a, out, depth, t, f, padding);
        else if (f->is_text) text_element(a, out, depth, f);
        else array_element(a, out, depth, t, f);
    }
}

static void type_element(struct arena *a, struct text *out, const struct type *t)
{
    uint32_t padding = 0;
    text_add(out, "\n  <xs:element name=\"%s\" dfdl:length=\"%u\">\n", t->name.text, t->size);
    line(out, 2, arena_print(a, "<xs:annotation><xs:documentation>Message type %u, version %u: %u bytes, %s endian."
                                "</xs:documentation></xs:annotation>", t->index, t->version_number, t->size,
                             t->is_big ? "big" : "little"));
    line(out, 2, "<xs:complexType>");
    line(out, 3, "<xs:sequence>");
    conditions(a, out, 4, &t->wheres);
    elements(a, out, 4, t, &t->fields, &padding);
    line(out, 3, "</xs:sequence>");
    line(out, 2, "</xs:complexType>");
    line(out, 1, "</xs:element>");
}

/* Whatever property a processor may ask for, since none has a default. */
static const char *const dfdl_format =
    "  <xs:annotation><xs:appinfo source=\"" DFDL_SOURCE "\">\n"
    "    <dfdl:format representation=\"binary\" byteOrder=\"littleEndian\" bitOrder=\"mostSignificantBitFirst\"\n"
    "      binaryNumberRep=\"binary\" binaryNumberCheckPolicy=\"strict\" binaryFloatRep=\"ieee\"\n"
    "      lengthKind=\"explicit\" lengthUnits=\"bytes\" alignment=\"1\" alignmentUnits=\"bytes\" leadingSkip=\"0\"\n"
    "      trailingSkip=\"0\" fillByte=\"%#r00;\" occursCountKind=\"fixed\" encoding=\"US-ASCII\"\n"
    "      encodingErrorPolicy=\"replace\" utf16Width=\"fixed\" truncateSpecifiedLengthString=\"no\"\n"
    "      textBidi=\"no\" textPadKind=\"padChar\"\n"
    "      textTrimKind=\"padChar\" textStringPadCharacter=\"%NUL;\" textStringJustification=\"left\"\n"
    "      textOutputMinLength=\"0\" escapeSchemeRef=\"\" ignoreCase=\"no\" initiator=\"\" terminator=\"\" separator=\"\"\n"
    "      separatorPosition=\"infix\" separatorSuppressionPolicy=\"never\" sequenceKind=\"ordered\" floating=\"no\"\n"
    "      initiatedContent=\"no\" choiceLengthKind=\"implicit\" nilKind=\"literalValue\" nilValue=\"%ES;\"\n"
    "      nilValueDelimiterPolicy=\"none\" useNilForDefault=\"no\" emptyValueDelimiterPolicy=\"none\"\n"
    "      documentFinalTerminatorCanBeMissing=\"no\" outputNewLine=\"%LF;\"/>\n"
    "  </xs:appinfo></xs:annotation>\n";

void dfdl_write(const struct policy *p, const dfdl_types *types, struct text *out)
{
    const struct type *t;
    const char *system = p->system.text;
    text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- SPDX-License-Identifier: Apache-2.0 -->\n");
    text_add(out, "<!-- Generated from %s: do not edit. The payloads of messages, without their headers. -->\n",
             p->sources.files.items[0]->name);
    text_add(out, "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:dfdl=\"http://www.ogf.org/dfdl/dfdl-1.0/\"\n"
                  "  xmlns:fn=\"http://www.w3.org/2005/xpath-functions\" xmlns:tns=\"urn:bulkhead:%s\"\n"
                  "  targetNamespace=\"urn:bulkhead:%s\" elementFormDefault=\"unqualified\">\n", system, system);
    text_add(out, "%s", dfdl_format);
    LIST_EACH(t, types) type_element(p->arena, out, t);
    text_add(out, "</xs:schema>\n");
}
