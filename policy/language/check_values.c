/* SPDX-License-Identifier: Apache-2.0 */
/* What numbers mean: units, constants, ranges. All arithmetic is exact; what is not whole is an error. */
#include "language/check.h"

#include <string.h>

static const struct builtin_unit { const char *word; enum dimension dimension; int64_t factor; } builtin_units[] = {
    { "B", DIMENSION_BYTES, 1 },       { "KiB", DIMENSION_BYTES, 1 << 10 }, { "MiB", DIMENSION_BYTES, 1 << 20 },
    { "GiB", DIMENSION_BYTES, 1 << 30 }, { "us", DIMENSION_TIME, 1 },       { "ms", DIMENSION_TIME, 1000 },
    { "s", DIMENSION_TIME, 1000000 },  { "min", DIMENSION_TIME, 60000000 },
    { "bit", DIMENSION_BITS, 1000 },   { "kbit", DIMENSION_BITS, 1000000 }, { "Mbit", DIMENSION_BITS, 1000000000 },
};
#define BUILTIN_UNIT_COUNT (sizeof builtin_units / sizeof builtin_units[0])

#define BOX_MAX 32u
#define FACTOR_MAX ((wide)1 << 32)    /* 20 digits (67 bits) times this stay below 2^127 */

const char *policy_check_number_text(struct arena *a, wide number)
{
    char text[48], *at = text + sizeof text - 1;
    wide rest = number < 0 ? -number : number;
    *at = '\0';
    do {
        *--at = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest > 0);
    if (number < 0) *--at = '-';
    return arena_copy_text(a, at, strlen(at));
}

bool policy_check_count(struct policy *p, struct place at, uint32_t count, uint32_t most, const char *what)
{
    if (count > most) diag_error(&p->diag, BH_LIMIT, at, "%u %s; at most %u", count, what, most);
    return count <= most;
}

int policy_check_word(struct policy *p, const struct name *word, const char *const *words, size_t count, const char *what)
{
    for (size_t i = 0; i < count; i++) {
        if (name_is(word, words[i])) return (int)i;
    }
    diag_error(&p->diag, BH_WORD, word->at, "there is no %s `%s`%s", what, word->text,
               names_suggest(p->arena, word->text, words, count));
    return -1;
}

static const struct builtin_unit *unit_builtin(const char *word)
{
    for (size_t i = 0; i < BUILTIN_UNIT_COUNT; i++) {
        if (strcmp(builtin_units[i].word, word) == 0) return &builtin_units[i];
    }
    return NULL;
}

/* The factor of the value's unit in that dimension, or 0 after a report. */
static wide unit_factor(struct policy *p, const struct value *v, enum dimension dimension)
{
    static const char *const wanted[] = { "a plain number, or a unit of the policy", "B, KiB, MiB or GiB", "us, ms, s or min",
                                          "bit, kbit or Mbit" };
    if (v->unit.text == NULL) {
        if (dimension == DIMENSION_PLAIN) return 1;
        diag_error(&p->diag, BH_VALUE_UNIT, v->at, "a unit is missing: %s", wanted[dimension]);
        return 0;
    }
    const struct builtin_unit *builtin = unit_builtin(v->unit.text);
    if (builtin != NULL && builtin->dimension == dimension) return builtin->factor;
    if (builtin != NULL || dimension != DIMENSION_PLAIN) {
        diag_error(&p->diag, BH_VALUE_UNIT, v->unit.at, "`%s` does not fit here: expected %s", v->unit.text, wanted[dimension]);
        return 0;
    }
    struct unit *unit = names_find(p, NAME_UNIT, &v->unit);
    return unit != NULL && unit->factor.known ? unit->factor.number : 0;
}

static bool value_literal(struct policy *p, struct value *v, enum dimension dimension)
{
    wide factor = unit_factor(p, v, dimension), number = v->digits;
    if (factor == 0) return false;
    number *= factor;
    for (uint32_t i = 0; i < v->decimals; i++) {
        if (number % 10 != 0) {
            diag_error(&p->diag, BH_VALUE_FRACTION, v->at, "this is not a whole number%s",
                       v->unit.text != NULL ? " of the unit's smallest steps" : "");
            return false;
        }
        number /= 10;
    }
    v->number = v->negative ? -number : number;
    return true;
}

static bool value_constant(struct policy *p, struct value *v)
{
    struct constant *c = names_find(p, NAME_CONSTANT, &v->constant);
    if (c == NULL) return false;
    if (c->is_box) {
        diag_error(&p->diag, BH_VALUE_BOX, v->at, "`%s` is a box, not a number; a side of it is `%s.SIDE`, after `in`",
                   c->name.text, c->name.text);
        return false;
    }
    if (c->is_set) {
        diag_error(&p->diag, BH_VALUE_BOX, v->at, "`%s` is a set, not a number; it stands after `in`", c->name.text);
        return false;
    }
    v->number = v->negative ? -c->value.number : c->value.number;
    return c->value.known;
}

bool policy_check_value(struct policy *p, struct value *v, enum dimension dimension, wide lo, wide hi, const char *what)
{
    if (v->at.length == 0 || v->known) return v->known;
    if (!(v->constant.text != NULL ? value_constant(p, v) : value_literal(p, v, dimension))) return false;
    if (v->number < lo || v->number > hi) {
        diag_error(&p->diag, BH_VALUE_RANGE, v->at, "%s is %s; it must lie in %s .. %s", what,
                   policy_check_number_text(p->arena, v->number), policy_check_number_text(p->arena, lo),
                   policy_check_number_text(p->arena, hi));
        return false;
    }
    v->known = true;
    return true;
}

static void check_unit(struct policy *p, struct unit *u)
{
    if (u->name.text != NULL && unit_builtin(u->name.text) != NULL)
        diag_error(&p->diag, BH_NAME_WORD, u->name.at, "`%s` is a unit of the language", u->name.text);
    if (u->factor.constant.text != NULL || u->factor.unit.text != NULL)
        diag_error(&p->diag, BH_VALUE_UNIT, u->factor.at, "a unit's factor is a plain number");
    else
        policy_check_value(p, &u->factor, DIMENSION_PLAIN, 1, FACTOR_MAX, "a unit's factor");
}

static void check_box(struct policy *p, struct constant *c)
{
    struct side *s;
    if (!policy_check_count(p, c->name.at, c->sides.count, BOX_MAX, "sides of a box")) return;
    LIST_EACH(s, &c->sides) {
        bool lo = policy_check_value(p, &s->range.lo, DIMENSION_PLAIN, INT64_MIN, INT64_MAX, "the side's lower end");
        bool hi = policy_check_value(p, &s->range.hi, DIMENSION_PLAIN, INT64_MIN, INT64_MAX, "the side's upper end");
        if (lo && hi && s->range.lo.number > s->range.hi.number)
            diag_error(&p->diag, BH_VALUE_EMPTY, place_span(s->range.lo.at, s->range.hi.at),
                       "the range is empty: its ends are swapped");
        for (uint32_t i = 0; i < s_at; i++) {
            if (!name_is(&c->sides.items[i]->name, s->name.text)) continue;
            diag_error(&p->diag, BH_NAME_TWICE, s->name.at, "the box has a side `%s` already", s->name.text);
            break;
        }
    }
    if (c->sides.count == 0 && !c->broken)
        diag_error(&p->diag, BH_VALUE_EMPTY, c->name.at, "the box `%s` has no sides", c->name.text);
}

void policy_check_units_and_constants(struct policy *p)
{
    struct unit *u;
    struct constant *c;
    LIST_EACH(u, &p->units) check_unit(p, u);
    LIST_EACH(c, &p->constants) {
        if (c->is_box)
            check_box(p, c);
        else if (c->is_set)
            policy_check_set(p, c);
        else if (c->value.constant.text != NULL)
            diag_error(&p->diag, BH_VALUE_CONSTANT, c->value.at, "a constant's value is a number, not another constant");
        else
            policy_check_value(p, &c->value, DIMENSION_PLAIN, INT64_MIN, UINT64_MAX, "the constant");
    }
}
