/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of subjects and wires. Every serial port that a subject has ends at a declared wire: the flow graph knows them all. */
#include "language/check.h"
#include "policy/image.h"

#define LEVELS_MAX 255u

static void label_subject(struct policy *p, struct label *l)
{
    struct subject *s = names_find(p, NAME_SUBJECT, &l->subject);
    l->from = names_find(p, NAME_LEVEL, &l->low);
    l->to = l->high.text != NULL ? names_find(p, NAME_LEVEL, &l->high) : l->from;
    if (l->from != NULL && l->to != NULL && l->from->rank > l->to->rank)
        diag_error(&p->diag, BH_LABEL, l->high.at, "the range of labels is empty: its ends are swapped");
    if (s == NULL) return;
    if (s->label != NULL) {
        diag_error(&p->diag, BH_LABEL, l->subject.at, "`%s` has a label already", s->name.text);
        diag_note(&p->diag, s->label->subject.at, "given here");
        return;
    }
    s->label = l;
}

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
    e->at_level = names_find(p, NAME_LEVEL, &e->level);
    struct subject *s = names_find(p, NAME_SUBJECT, &e->subject);
    if (s == NULL || e->port.text == NULL) return;
    if (!external_port(s, e->port.text)) {
        diag_error(&p->diag, BH_WIRE, e->port.at, "`%s` has no serial port `%s`", s->name.text, e->port.text);
        diag_note(&p->diag, s->name.at, "declared here");
        return;
    }
    e->at_subject = s;
    const struct label *l = s->label;
    if (l == NULL || l->from == NULL || l->to == NULL || e->at_level == NULL) return;
    if (e->at_level->rank >= l->from->rank && e->at_level->rank <= l->to->rank) return;
    diag_error(&p->diag, BH_LABEL, e->level.at, "the wire is %s, which `%s` may not handle", e->level.text, s->name.text);
    diag_note(&p->diag, l->low.at, "label of `%s`", s->name.text);
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

static void subject_wires(struct policy *p, const struct subject *s)
{
    const struct name *port;
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
    const struct subject *s;
    policy_check_count(p, p->system.at, p->levels.count, LEVELS_MAX, "labels");
    LIST_EACH(l, &p->labels) label_subject(p, l);
    LIST_EACH(e, &p->externals) external_place(p, e);
    LIST_EACH(e, &p->externals) external_twice(p, e);
    LIST_EACH(s, &p->subjects) {
        if (s->name.text == NULL) continue;
        subject_wires(p, s);
        if (s->label == NULL && p->levels.count > 0)
            diag_error(&p->diag, BH_LABEL, s->name.at, "`%s` has no `label`", s->name.text);
    }
}
