/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject monitors: a subject that answers what another does and its processor cannot. It is a part of that other one, with its
 * time, its label and its end, and has nothing of its own but a program and memory: no flow leads in or out but through it.
 */
#include "language/check.h"

static void refuse(struct policy *p, const struct subject *s, struct place at, const char *why)
{
    diag_error(&p->diag, BH_SUBJECT_MONITOR, at, "`%s` is the monitor of `%s` and nothing else: %s", s->name.text,
               s->monitors.text, why);
    diag_note(&p->diag, s->monitors.at, "said here");
}

bool policy_refuse_monitor(struct policy *p, const struct name *name, const struct subject *s)
{
    if (s == NULL || s->monitors.text == NULL) return false;
    refuse(p, s, name->at, "only its subject stands here");
    return true;
}

/* What its subject has and it must not have of its own. */
static void monitor_items(struct policy *p, const struct subject *s)
{
    if (s->serials.count > 0) refuse(p, s, s->serials.items[0]->at, "it has no device");
    if (s->privileges.count > 0) refuse(p, s, s->privileges.items[0]->at, "it has no privilege");
    if (s->reads_audit.text != NULL) refuse(p, s, s->reads_audit.at, "it does not read the audit ring");
    if (s->fault.at.length > 0) refuse(p, s, s->fault.at, "its fault is its subject's");
    if (s->violation_word.text != NULL) refuse(p, s, s->violation_word.at, "a violation is its subject's fault");
}

/* What is no interrupt or hypercall the kernel hands to the monitor, or the processor cannot go on, which is a fault. */
static void violation_is_answered(struct policy *p, const struct subject *s)
{
    diag_error(&p->diag, BH_VIOLATION_MONITORED, s->served->violation_word.at,
               "`%s` answers what `%s` may not do: `on violation` has nothing left to say", s->name.text, s->served->name.text);
    diag_note(&p->diag, s->monitors.at, "its monitor is declared here");
}

static void monitor_subject(struct policy *p, struct subject *s)
{
    struct subject *served = names_find(p, NAME_SUBJECT, &s->monitors);
    if (served == NULL) return;
    if (served == s || served->monitors.text != NULL) {
        diag_error(&p->diag, BH_SUBJECT_MONITOR, s->monitors.at, "`%s` is a monitor itself", served->name.text);
        return;
    }
    if (served->monitor != NULL) {
        diag_error(&p->diag, BH_SUBJECT_MONITOR, s->monitors.at, "`%s` has a monitor already", served->name.text);
        diag_note(&p->diag, served->monitor->name.at, "declared here");
        return;
    }
    s->served = served;
    served->monitor = s;
    if (served->violation_word.text != NULL) violation_is_answered(p, s);
}

const struct subject *policy_life(const struct subject *s)
{
    return s->served != NULL ? s->served : s;
}

bool policy_restarts(const struct policy *p, const struct subject *s)
{
    const struct privilege *v;
    const struct subject *life = policy_life(s);
    if (life->fault.restarts.at.length > 0) return true;
    LIST_EACH(v, &p->privileges) {
        if (v->kind == PRIVILEGE_RESTART && name_is(&v->object, life->name.text)) return true;
    }
    return false;
}

void policy_check_monitors(struct policy *p)
{
    struct subject *s;
    LIST_EACH(s, &p->subjects) {
        if (s->name.text == NULL || s->monitors.text == NULL) continue;
        monitor_items(p, s);
        monitor_subject(p, s);
    }
}
