/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy says about values: units, constants, message types, conditions. In each structure the parser fills the upper
 * part; what stands below "checked" is filled in, and to be read, only once the checks have found no error. Pointers that the
 * checks could not resolve are NULL. What is `broken` has a syntax error in it: something may be missing that is there.
 */
#ifndef LANGUAGE_MODEL_VALUES_H
#define LANGUAGE_MODEL_VALUES_H

#include <string.h>
#include "language/lexer.h"

/* A name in the text; `text` is NULL where a syntax error hid it. */
struct name { const char *text; struct place at; };
typedef LIST(struct name) name_list;

/* Whether both are there and spell the same. */
static inline bool name_is(const struct name *name, const char *text)
{
    return name->text != NULL && text != NULL && strcmp(name->text, text) == 0;
}

/* What a number counts; its value is in bytes, in microseconds, in thousandths of a bit, or plain. */
enum dimension { DIMENSION_PLAIN, DIMENSION_BYTES, DIMENSION_TIME, DIMENSION_BITS };

struct value {
    struct place at;                  /* length 0: absent */
    wide digits;                      /* times 10 to the power of `decimals` */
    uint32_t decimals;
    bool negative;
    struct name unit;
    struct name constant;             /* instead of digits */
    /* checked */
    bool known;
    wide number;
};

struct range { struct value lo, hi; };          /* ends included; of a single value, `hi` is absent until checked */
typedef LIST(struct range) range_list;

struct unit {
    struct name name;
    struct value factor;
};

struct side { struct name name; struct range range; };

struct constant {
    struct name name;
    bool broken, is_box;
    struct value value;
    LIST(struct side) sides;          /* of a box */
};

/* ---- conditions ---- */
enum cond_kind { COND_AND, COND_OR, COND_IMPLIES, COND_NOT, COND_TEST };
enum cond_op { COND_EQUAL, COND_UNEQUAL, COND_LESS, COND_LESS_EQUAL, COND_GREATER, COND_GREATER_EQUAL, COND_IN };

/* A test holds if the field lies in one of its ranges. Comparisons become ranges when they are checked. */
struct cond {
    enum cond_kind kind;
    struct place at;
    struct cond *left, *right;        /* COND_NOT: left alone */
    struct name field;                /* COND_TEST */
    enum cond_op op;
    struct name box, side;            /* `in box.side`, instead of ranges */
    range_list ranges;
    /* checked */
    const struct field *target;
    bool negated;                     /* != */
};
typedef LIST(struct cond) cond_list;

/* ---- message types ---- */
struct field;
typedef LIST(struct field) field_list;

struct type_case {
    struct place at;
    LIST(struct value) tags;
    field_list fields;
    cond_list wheres;
    /* checked */
    uint64_t tag_set;
    const struct field *tag_field;
};

enum field_kind { FIELD_NUMBER, FIELD_ZERO, FIELD_UNION };
enum field_domain { DOMAIN_ALL, DOMAIN_RANGE, DOMAIN_SET };

struct field {
    enum field_kind kind;
    struct name name;                 /* FIELD_NUMBER */
    struct place at;
    uint32_t width;                   /* bytes */
    bool is_signed;
    enum field_domain domain;
    range_list ranges;                /* of the domain */
    struct value zeros;               /* FIELD_ZERO: bytes */
    struct name tag;                  /* FIELD_UNION */
    LIST(struct type_case) cases;
    /* checked */
    uint32_t offset, size;
    uint32_t align;
    uint32_t index;                   /* within the type's `flat` list */
    wide lo, hi;                      /* smallest and greatest value that it may have */
    uint64_t set;                     /* DOMAIN_SET: bit set of the values */
    const struct field *tag_field;    /* NULL: outside of unions */
    uint64_t tags;                    /* values of the tag for which this field exists */
};

struct type {
    struct name name;
    struct value version;             /* absent: 1 */
    bool broken, is_big;
    field_list fields;
    cond_list wheres;
    /* checked */
    uint32_t index;
    uint32_t size, align;
    uint16_t version_number;
    field_list flat;                  /* numbers and padding, in order of their place in the text */
};

#endif
