/* SPDX-License-Identifier: Apache-2.0 */
/* Labels, from the words of the policy: whatever may flow to a label has no bit that it lacks. */
#include "compiler/verify/reader.h"

/* Bits from the lowest: levels but the first, levels of integrity but the first, categories. */
static uint64_t bit(uint64_t number)
{
    return number < 64 ? (uint64_t)1 << number : 0;
}

static uint64_t one_less(uint32_t count)
{
    return count > 0 ? count - 1 : 0;
}

/* A level has what is above all below it. */
static uint64_t level_bits(const struct policy *p, const char *name)
{
    const struct level *l;
    uint64_t bits = 0;
    LIST_EACH(l, &p->levels) {
        if (l_at > 0) bits |= bit(l_at - 1);
        if (name_is(&l->name, name)) return bits;
    }
    return 0;
}

static uint64_t category_bit(const struct policy *p, const char *name)
{
    const struct category *c;
    uint64_t first = one_less(p->levels.count) + one_less(p->integrities.count);
    LIST_EACH(c, &p->categories) {
        if (name_is(&c->name, name)) return bit(first + c_at);
    }
    return 0;
}

uint64_t verify_sensitivity(const struct reader *v, const struct sensitivity *s)
{
    const struct name *name;
    uint64_t bits = level_bits(v->p, s->level.text);
    LIST_EACH(name, &s->categories) bits |= category_bit(v->p, name->text);
    return bits;
}

/* A level of integrity has what is below all above it. */
uint64_t verify_integrity(const struct reader *v, const struct name *name)
{
    const struct level *l;
    uint64_t bits = 0;
    bool above = false;
    LIST_EACH(l, &v->p->integrities) {
        if (above) bits |= bit(one_less(v->p->levels.count) + l_at - 1);
        if (name_is(&l->name, name->text)) above = true;
    }
    return bits;
}

void verify_subject_label(struct reader *v, uint32_t at, const struct subject *s)
{
    const struct label *l;
    uint64_t low = 0, high = 0;
    LIST_EACH(l, &v->p->labels) {
        if (!name_is(&l->subject, s->name.text)) continue;
        const struct name *best = l->integrity_high.text != NULL ? &l->integrity_high : &l->integrity;
        low = verify_sensitivity(v, &l->low) | verify_integrity(v, best);
        high = verify_sensitivity(v, l->high.at.length > 0 ? &l->high : &l->low) | verify_integrity(v, &l->integrity);
    }
    EQUAL(v, SUBJECT, at, LABEL_LOW, low);
    EQUAL(v, SUBJECT, at, LABEL_HIGH, high);
}

/* Information counts as all that its sender handles; it loses only what the rule says, and gains what the receiver wants. */
void verify_allow_label(struct reader *v, uint64_t at, const struct allow *a)
{
    const struct rule_label *l = &a->label;
    uint64_t from = GET(v, SUBJECT, a->channel->sender->index, LABEL_HIGH), released = 0;
    if (l->down_from.at.length > 0) released |= verify_sensitivity(v, &l->down_from) & ~verify_sensitivity(v, &l->down_to);
    if (l->endorse_from.text != NULL) released |= verify_integrity(v, &l->endorse_from) & ~verify_integrity(v, &l->endorse_to);
    EQUAL(v, RULE, at, LABEL, (from & ~released) | GET(v, SUBJECT, a->channel->receiver->index, LABEL_LOW));
    EQUAL(v, RULE, at, RELEASED, released);
}

/* A restriction's or a privilege's. */
void verify_no_label(struct reader *v, uint64_t at)
{
    EQUAL(v, RULE, at, LABEL, 0);
    EQUAL(v, RULE, at, RELEASED, 0);
}
