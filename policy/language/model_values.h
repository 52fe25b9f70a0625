/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy says about values: units, constants, message types, conditions. In each structure the parser fills the upper
 * part; what stands below "checked" is filled in, and to be read, only once the checks have found no error. Pointers that the
 * checks could not resolve are NULL. What is `broken` has a syntax error in it: something may be missing that is there.
 */
#pragma once

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
    bool broken, is_box, is_set;
    struct value value;
    LIST(struct side) sides;          /* of a box */
    range_list values;                /* of a set */
};

/* Names for the values of a field. Each enumeration has names of its own; a field says whose it takes. */
struct enumerator { struct name name; struct value value; };

struct enumeration {
    struct name name;
    bool broken;
    LIST(struct enumerator) values;
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
    struct name box, side;            /* `in box.side` or, without a side, `in set`, instead of ranges */
    range_list ranges;
    /* checked */
    const struct field *target;
    bool negated;                     /* != */
    bool known;                       /* COND_TEST: which values pass; false: a mistake has been reported */
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

enum field_kind { FIELD_NUMBER, FIELD_ZERO, FIELD_UNION, FIELD_ARRAY };
enum field_domain { DOMAIN_ALL, DOMAIN_RANGE, DOMAIN_SET };

#define TEXT_FIRST 0x20               /* printable characters */
#define TEXT_LAST 0x7e
#define TYPE_MAX_PLACES 64u           /* of a message that the monitor looks at */

struct field {
    enum field_kind kind;
    struct name name;                 /* FIELD_NUMBER, FIELD_ARRAY; of an element as conditions name it: `data[3]` */
    struct place at;
    uint32_t width;                   /* bytes; of an array's element */
    bool is_signed;
    enum field_domain domain;
    range_list ranges;                /* of the domain */
    struct name values;               /* instead of ranges: an enumeration or a set */
    struct value count;               /* FIELD_ARRAY: elements */
    bool is_text;                     /* FIELD_ARRAY: characters; what follows the first NUL is zero */
    struct name length;               /* FIELD_ARRAY: the field that says how many elements there are; absent: all */
    struct value zeros;               /* FIELD_ZERO: bytes */
    struct name tag;                  /* FIELD_UNION */
    LIST(struct type_case) cases;
    /* checked */
    uint32_t offset, size;
    uint32_t align;
    uint32_t index;                   /* within the type's `flat` list */
    uint32_t check;                   /* the first one within the type's `checks`, if it has any: a tag has */
    const struct field *array;        /* of an element: what it is of */
    uint32_t element;                 /* its place in that */
    field_list elements;              /* FIELD_ARRAY */
    const struct field *length_field;
    const struct enumeration *enumeration;
    wide lo, hi;                      /* smallest and greatest value that it may have */
    uint64_t set;                     /* DOMAIN_SET: bit set of the values */
    const struct field *tag_field;    /* NULL: outside of unions */
    uint64_t tags;                    /* values of the tag for which this field exists */
};

/*
 * What the monitor looks at in a message besides conditions: that a number lies in its domain, unless all that it can be does,
 * or that `bytes` of padding from `offset` on are zero. With `rest`: that an array ends where it should. Of a text: an element
 * that is no printable character is zero, and so is the next one. By a length field: an element that is one too many is zero.
 */
struct type_check { const struct field *field; bool rest; uint32_t offset, bytes; };

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
    field_list flat;                  /* numbers, elements of arrays and padding, in order of their place in the text */
    field_list arrays;
    uint32_t places;                  /* that are looked at: as many as there are checks, but padding is one */
    bool has_too_many;                /* places: it has been reported */
    LIST(struct type_check) checks;   /* in the order of `flat` */
};
