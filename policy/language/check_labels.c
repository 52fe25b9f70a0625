/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of subjects and wires. Every serial port that a subject has ends at a declared wire: the flow graph knows them all. */
#include "language/check.h"
#include "language/labels.h"

/* ---- what labels are made of ---- */
static void label_words(struct policy *p)
{
    const struct level *l;
    uint32_t bits = p->categories.count;
    if (p->levels.count > 0) bits += p->levels.count - 1;
    if (p->integrities.count > 0) bits += p->integrities.count - 1;
    LIST_EACH(l, &p->levels) {
        if (name_is(&l->name, "integrity"))
            diag_error(&p->diag, BH_NAME_WORD, l->name.at, "`integrity` is a word of labels and cannot be one");
    }
    if (bits <= LABEL_BITS) return;
    struct place at = p->categories_at.length > 0 ? p->categories_at
                      : p->levels.count > 0 ? p->levels.items[0]->name.at : p->integrities_at;
    diag_error(&p->diag, BH_LABEL_SIZE, at, "labels would need %u bits, and have %u", bits, LABEL_BITS);
    diag_note(&p->diag, PLACE_NOWHERE, "one for each level but the first, one for each category, one for each level of "
              "integrity but the first");
}

/* "U < C < S": what to choose from. Of a long order its ends. */
static const char *order_text(const struct policy *p, const level_list *list)
{
    const struct level *l;
    const char *text = list->items[0]->name.text;
    if (list->count > 6)
        return arena_print(p->arena, "%s < ... < %s", text, list->items[list->count - 1]->name.text);
    LIST_EACH(l, list) {
        if (l_at > 0) text = arena_print(p->arena, "%s < %s", text, l->name.text);
    }
    return text;
}

/* A part of labels that the policy has no order of. The first one is reported: the others have the same cure. */
static void label_lacks(struct policy *p, struct place at, enum label_part part)
{
    static const struct { const char *statement, *example; } said[] = {
        { "labels", "LOWEST < HIGHER" }, { "categories", "ONE, OTHER" }, { "integrity", "WORST < BETTER" }
    };
    const char *statement = said[part].statement;
    if ((p->labels_lack & 1u << part) != 0) return;
    p->labels_lack |= 1u << part;
    diag_error(&p->diag, BH_LABEL_PART, at, "the policy has no `%s`: leave this out of its labels, or say which there are, as "
               "`%s %s;`", statement, statement, said[part].example);
}

bool policy_check_sensitivity(struct policy *p, const struct sensitivity *s, uint64_t *bits)
{
    const struct level *level = p->levels.count > 0 ? names_find(p, NAME_LEVEL, &s->level) : NULL;
    const struct name *name;
    bool known = level != NULL || (p->levels.count == 0 && s->level.text == NULL);
    *bits = level != NULL ? label_of_level(level) : 0;
    if (s->level.text == NULL && p->levels.count > 0)
        diag_error(&p->diag, BH_LABEL_PART, s->at, "the label says categories, but no level: say one of %s",
                   order_text(p, &p->levels));
    if (s->level.text != NULL && p->levels.count == 0)
        label_lacks(p, s->level.at, LABEL_LEVEL);
    if (s->braces.length > 0 && p->categories.count == 0) {
        label_lacks(p, s->braces, LABEL_CATEGORIES);
        return false;
    }
    LIST_EACH(name, &s->categories) {
        const struct category *c = names_find(p, NAME_CATEGORY, name);
        known &= c != NULL;
        if (c == NULL) continue;
        if ((*bits & label_of_category(p, c)) != 0)
            diag_error(&p->diag, BH_LABEL_PART, name->at, "the category `%s` is there already", name->text);
        *bits |= label_of_category(p, c);
    }
    return known;
}

bool policy_check_integrity(struct policy *p, const struct name *name, uint64_t *bits)
{
    const struct level *l = p->integrities.count > 0 ? names_find(p, NAME_INTEGRITY, name) : NULL;
    if (p->integrities.count == 0 && name->text != NULL)
        label_lacks(p, name->at, LABEL_INTEGRITY);
    *bits = l != NULL ? label_of_integrity(p, l) : 0;
    return l != NULL;
}

/* A label says all that the policy has levels of: what is not said would be somebody's guess. */
static bool label_bits(struct policy *p, const struct name *of, const struct sensitivity *s, const struct name *integrity,
                       uint64_t *bits)
{
    uint64_t low = 0;
    bool said = s->at.length > 0 || (p->levels.count == 0), known = said;
    if (!said)
        diag_error(&p->diag, BH_LABEL_PART, of->at, "the label of `%s` says no level: say one of %s", of->text,
                   order_text(p, &p->levels));
    *bits = 0;
    if (s->at.length > 0) known = policy_check_sensitivity(p, s, bits);
    if (integrity->text != NULL) {
        known &= policy_check_integrity(p, integrity, &low);
    } else if (p->integrities.count > 0) {
        diag_error(&p->diag, BH_LABEL_PART, of->at, "the label of `%s` says no integrity: say `integrity` and one of %s",
                   of->text, order_text(p, &p->integrities));
        known = false;
    }
    *bits |= low;
    return known;
}

/* ---- subjects ---- */
/* A range whose ends are not the lower and the higher one: swapped, or such that neither is. */
static void label_ends(struct policy *p, const struct label *l, uint64_t low, uint64_t high)
{
    const char *first = label_sensitivity_text(p, low), *last = label_sensitivity_text(p, high);
    if ((high & ~low) == 0) {
        diag_error(&p->diag, BH_LABEL, l->high.at, "the range of labels is empty: its ends are swapped; say %s .. %s", last,
                   first);
        return;
    }
    diag_error(&p->diag, BH_LABEL, l->high.at, "the ends of this range are incomparable: only %s has %s, only %s has %s",
               first, label_excess(p, low, high), last, label_excess(p, high, low));
    diag_note(&p->diag, PLACE_NOWHERE, "a range leads to a label that has all of what its low end has, as `%s .. %s` does",
              first, label_sensitivity_text(p, low | high));
}

/* Widens a label to its other ends, where it has some. False: they are none, which has been reported. */
static bool label_range(struct policy *p, struct label *l)
{
    uint64_t low = l->least & label_sensitivity_bits(p), worst = l->least & label_integrity_bits(p), high = low, best = worst;
    if (l->high.at.length > 0 && !policy_check_sensitivity(p, &l->high, &high)) return false;
    if (l->integrity_high.text != NULL && !policy_check_integrity(p, &l->integrity_high, &best)) return false;
    if ((low & ~high) != 0) label_ends(p, l, low, high);
    if ((best & ~worst) != 0)
        diag_error(&p->diag, BH_LABEL, l->integrity_high.at,
                   "the range of integrity is empty: its ends are swapped; say %s .. %s", l->integrity_high.text,
                   l->integrity.text);
    l->least = low | best;
    l->most = high | worst;
    return (l->least & ~l->most) == 0;
}

static void label_subject(struct policy *p, struct label *l)
{
    struct subject *s = names_find(p, NAME_SUBJECT, &l->subject);
    if (!l->broken && label_bits(p, &l->subject, &l->low, &l->integrity, &l->least)) l->known = label_range(p, l);
    if (s == NULL || policy_refuse_monitor(p, &l->subject, s)) return;
    if (s->label != NULL) {
        diag_error(&p->diag, BH_LABEL, l->subject.at, "`%s` has a label already", s->name.text);
        diag_note(&p->diag, s->label->subject.at, "given here");
        return;
    }
    s->label = l;
}

/* ---- wires ---- */
static bool external_port(const struct subject *s, const char *port)
{
    const struct name *serial;
    LIST_EACH(serial, &s->serials) {
        if (name_is(serial, port)) return true;
    }
    return false;
}

static void external_place(struct policy *p, struct external *e)
{
    e->known = !e->broken && label_bits(p, &e->name, &e->sensitivity, &e->integrity, &e->label);
    struct subject *s = names_find(p, NAME_SUBJECT, &e->subject);
    if (s == NULL || e->port.text == NULL) return;
    if (!external_port(s, e->port.text)) {
        diag_error(&p->diag, BH_WIRE, e->port.at, "`%s` has no serial port `%s`", s->name.text, e->port.text);
        diag_note(&p->diag, s->name.at, "declared here");
        return;
    }
    e->at_subject = s;
    const struct label *l = s->label;
    if (l == NULL || !l->known || !e->known) return;
    if ((l->least & ~e->label) == 0 && (e->label & ~l->most) == 0) return;
    diag_error(&p->diag, BH_LABEL, e->sensitivity.at.length > 0 ? e->sensitivity.at : e->integrity.at,
               "the wire is %s, which `%s` may not handle", label_text(p, e->label), s->name.text);
    diag_note(&p->diag, label_place(l), "label of `%s`", s->name.text);
    if ((l->least & ~e->label) != 0) label_note_obstacle(p, l->least, e->label);
    else label_note_obstacle(p, e->label, l->most);
}

static const struct external *external_at(const struct policy *p, const struct subject *s, const char *port)
{
    const struct external *e;
    LIST_EACH(e, &p->externals) {
        if (e->at_subject == s && name_is(&e->port, port)) return e;
    }
    return NULL;
}

static void external_twice(struct policy *p, const struct external *e)
{
    if (e->at_subject == NULL) return;
    const struct external *first = external_at(p, e->at_subject, e->port.text);
    if (first == e) return;
    diag_error(&p->diag, BH_WIRE, e->name.at, "two wires at one port");
    diag_note(&p->diag, first->name.at, "the other one");
}

/* A wire that is to be at another port of it has been reported: which one it misses is no news. */
static void subject_wires(struct policy *p, const struct subject *s)
{
    const struct name *port;
    const struct external *e;
    LIST_EACH(e, &p->externals) {
        if (e->at_subject == NULL && name_is(&e->subject, s->name.text)) return;
    }
    LIST_EACH(port, &s->serials) {
        if (external_at(p, s, port->text) != NULL) continue;
        diag_error(&p->diag, BH_WIRE, port->at, "no `external` stands at %s.%s: the flow graph would not know this wire",
                   s->name.text, port->text);
    }
}

void policy_check_labels(struct policy *p)
{
    struct label *l;
    struct external *e;
    struct subject *s;
    uint32_t lost = 0;                /* labels of nobody, which those without one may have been meant to have */
    label_words(p);
    LIST_EACH(l, &p->labels) {
        label_subject(p, l);
        lost += l->subject.text != NULL && names_look(p, NAME_SUBJECT, l->subject.text) == NULL;
    }
    LIST_EACH(s, &p->subjects) {
        if (s->served != NULL) s->label = s->served->label;
    }
    LIST_EACH(e, &p->externals) external_place(p, e);
    LIST_EACH(e, &p->externals) external_twice(p, e);
    LIST_EACH(s, &p->subjects) {
        if (s->name.text == NULL) continue;
        subject_wires(p, s);
        if (s->label != NULL || !label_is_declared(p) || s->monitors.text != NULL) continue;
        if (lost > 0) {
            lost--;
            continue;
        }
        diag_error(&p->diag, BH_LABEL, s->name.at, "`%s` has no `label`", s->name.text);
        diag_note(&p->diag, PLACE_NOWHERE, "as `label %s %s;`, or a higher one", s->name.text,
                  label_text(p, label_integrity_bits(p)));
    }
}
