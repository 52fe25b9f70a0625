/* SPDX-License-Identifier: Apache-2.0 */
/* Audit rings and measuring. Both must be said: a system that records or measures nothing says so in words. */
#include "language/check.h"
#include "language/labels.h"
#include "audit/record.h"
#include "policy/image.h"

#define RING_MAX ((wide)64 << 20)
#define KERNEL_RECORDS 14             /* at least, besides one for the end of each subject */
#define PCR_FIRST 8                   /* below are the firmware's (TCG PC Client PFP, PCR usage) */
#define PCR_LAST 15

/* ---- audit ---- */
static void audit_always(struct policy *p, struct audit *a)
{
    static const char *const words[] = { "denied", "downgrade", "restart", "plan", "integrity", "allowed", "endorse" };
    static const uint32_t bits[] = {
        IMAGE_AUDIT_DENIED,    IMAGE_AUDIT_DOWNGRADE, IMAGE_AUDIT_RESTART, IMAGE_AUDIT_PLAN,
        IMAGE_AUDIT_INTEGRITY, IMAGE_AUDIT_ALLOWED,   IMAGE_AUDIT_ENDORSE,
    };
    const struct name *name;
    if (a->always_at.length == 0)
        diag_error(&p->diag, BH_AUDIT, p->system.at,
                   "say what is always recorded: `always audit denied, downgrade, ...`, or `always audit none`");
    LIST_EACH(name, &a->always) {
        bool none = name_is(name, "none");
        if (none && a->always.count > 1) diag_error(&p->diag, BH_AUDIT, name->at, "`none` stands alone");
        if (none) continue;
        int index = policy_check_word(p, name, words, sizeof words / sizeof words[0], "kind of event");
        if (index >= 0) a->always_bits |= bits[index];
    }
}

/* Nobody sees what passes on a direct channel: no record of it could be made. */
static void audit_directs(struct policy *p, const struct audit *a)
{
    if ((a->always_bits & IMAGE_AUDIT_ALLOWED) == 0 || p->directs.count == 0) return;
    diag_error(&p->diag, BH_DIRECT, a->always_at, "`always audit allowed` cannot hold: what passes on `%s` leaves no record",
               p->directs.items[0]->name.text != NULL ? p->directs.items[0]->name.text : "a direct channel");
    diag_note(&p->diag, p->directs.items[0]->name.at, "a direct channel");
}

/* What is released and leaves no trace is a likely omission. */
static void audit_releases(struct policy *p, const struct audit *a)
{
    const struct allow *rule;
    if (a->always_at.length == 0) return;
    LIST_EACH(rule, &p->allows) {
        bool down = label_downgrades(&rule->label) && (a->always_bits & IMAGE_AUDIT_DOWNGRADE) == 0;
        bool up = label_endorses(&rule->label) && (a->always_bits & IMAGE_AUDIT_ENDORSE) == 0;
        if ((!down && !up) || rule->record) continue;
        diag_warn(&p->diag, BH_AUDIT, rule->name.at, "what `%s` %s is not recorded: `always audit` does not say `%s`",
                  rule->name.text, down ? "releases" : "endorses", down ? "downgrade" : "endorse");
    }
}

/* The kernel records each switch whatever is said; `always audit` is the reader's list of what is there, and says so. */
static void audit_switches(struct policy *p, const struct audit *a)
{
    const struct privilege *v;
    if (a->always_at.length == 0 || (a->always_bits & IMAGE_AUDIT_PLAN) != 0) return;
    LIST_EACH(v, &p->privileges) {
        if (v->kind != PRIVILEGE_SWITCH || v->name.text == NULL) continue;
        diag_warn(&p->diag, BH_AUDIT, a->always_at, "each switch by `%s` is recorded: let `always audit` say `plan`",
                  v->name.text);
        diag_note(&p->diag, v->name.at, "the privilege");
        return;
    }
}

static void audit_classes(struct policy *p, struct audit *a)
{
    static const char *const classes[] = { "security", "flow" };
    struct audit_class *c;
    uint32_t seen = 0;
    LIST_EACH(c, &a->classes) {
        if (c->name.text == NULL) continue;
        int index = policy_check_word(p, &c->name, classes, IMAGE_CLASS_COUNT, "class of records");
        if (index >= 0 && (seen >> index & 1) != 0) diag_error(&p->diag, BH_AUDIT, c->name.at, "this class is there already");
        if (index >= 0) seen |= 1u << index;
        c->index = (uint32_t)index;
        if (policy_check_value(p, &c->reserve, DIMENSION_BYTES, sizeof(struct audit_record), RING_MAX, "the reserve") &&
            c->reserve.number % (wide)sizeof(struct audit_record) != 0)
            diag_error(&p->diag, BH_AUDIT, c->reserve.at, "a record has %zu bytes: reserve a multiple",
                       sizeof(struct audit_record));
    }
    if (seen != 3 && !a->broken)
        diag_error(&p->diag, BH_AUDIT, a->at, "the audit ring wants a reserve for `class security` and one for `class flow`");
}

/* The reader sees what everyone does: of all whom it is not cleared for one is named, and what it has to handle for all. */
static void audit_label(struct policy *p, const struct subject *reader)
{
    const struct label *eye = reader->label;
    const struct subject *s, *first = NULL;
    uint32_t others = 0;
    if (eye == NULL || !eye->known) return;
    uint64_t needed = eye->most;
    LIST_EACH(s, &p->subjects) {
        if (s->label == NULL || !s->label->known || (s->label->most & ~eye->most) == 0) continue;
        needed |= s->label->most;
        if (first == NULL) first = s;
        else others++;
    }
    if (first == NULL) return;
    const char *more = others > 0 ? arena_print(p->arena, " and %u more", others) : "";
    diag_error(&p->diag, BH_LABEL, label_place(eye), "`%s` reads the audit ring, which tells of `%s`%s: it must handle %s",
               reader->name.text, first->name.text, more, label_text(p, needed));
    label_note_obstacle(p, needed, eye->most);
}

/* The officer names the reader, the layout says who reads: both must say the same. */
static void audit_reader(struct policy *p, struct audit *a)
{
    const struct subject *s;
    a->reader = names_find(p, NAME_SUBJECT, &a->subject);
    if (a->reader == NULL) return;
    if (a->reader->reads_audit.text == NULL) {
        diag_error(&p->diag, BH_AUDIT, a->reader->name.at, "the audit ring is for `%s`, which does not say `reads audit`",
                   a->subject.text);
        diag_note(&p->diag, a->subject.at, "declared here");
    }
    audit_label(p, a->reader);
    LIST_EACH(s, &p->subjects) {
        if (s->reads_audit.text == NULL || s == a->reader) continue;
        diag_error(&p->diag, BH_AUDIT, s->reads_audit.at, "the audit ring is for `%s` alone", a->subject.text);
        diag_note(&p->diag, a->subject.at, "declared here");
    }
}

static void audit_size(struct policy *p, struct audit *a)
{
    const struct audit_class *c;
    if (a->kernel_reserve.at.length == 0 && !a->broken)
        diag_error(&p->diag, BH_AUDIT, a->at, "the audit ring wants a `kernel reserve`");
    bool known = policy_check_value(p, &a->size, DIMENSION_BYTES, IMAGE_PAGE, RING_MAX, "the size");
    known &= policy_check_value(p, &a->kernel_reserve, DIMENSION_BYTES,
                                (KERNEL_RECORDS + p->subjects.count) * (wide)sizeof(struct audit_record), RING_MAX,
                                "the reserve");
    wide sum = 0;
    if (p->plans.count > 0) sum = (a->kernel_reserve.number + IMAGE_PAGE) * p->plans.items[0]->cpus.count;
    LIST_EACH(c, &a->classes) {
        known &= c->reserve.known;
        sum += c->reserve.number * p->subjects.count;
    }
    if (known && sum > a->size.number)
        diag_error(&p->diag, BH_AUDIT, a->size.at,
                   "the reserves of %u subjects and of the kernel on each CPU make %s bytes together", p->subjects.count,
                   policy_check_number_text(p->arena, sum));
}

static void audit_records(struct policy *p, struct audit *a)
{
    const struct audit_record_rule *r;
    LIST_EACH(r, &a->records) {
        struct allow *rule = names_find(p, NAME_ALLOW, &r->rule);
        if (rule == NULL) continue;
        rule->record = true;
        rule->payload |= r->payload;
        if (r->payload && rule->type != NULL && rule->type->size > AUDIT_PAYLOAD_MAX)
            diag_error(&p->diag, BH_AUDIT, r->rule.at, "a record holds %u bytes of payload, `%s` has %u", AUDIT_PAYLOAD_MAX,
                       rule->type->name.text, rule->type->size);
    }
}

static void check_audit(struct policy *p)
{
    struct audit *a = &p->audit;
    audit_always(p, a);
    audit_directs(p, a);
    if (a->at.length == 0) {
        diag_error(&p->diag, BH_AUDIT, p->system.at, "the system has no `audit ring`");
        return;
    }
    audit_classes(p, a);
    audit_reader(p, a);
    audit_size(p, a);
    audit_records(p, a);
    audit_switches(p, a);
    audit_releases(p, a);
}

/* ---- measure ---- */
static void check_measure(struct policy *p)
{
    struct measure *m = &p->measure;
    static const char *const banks[] = { "sha1", "sha256", "sha384", "sha512" };
    const struct name *name;
    if (m->at.length == 0) {
        diag_error(&p->diag, BH_MEASURE, p->system.at, "say `measure required`, `measure optional` or `measure none`");
        return;
    }
    LIST_EACH(name, &m->banks) policy_check_word(p, name, banks, sizeof banks / sizeof banks[0], "PCR bank");
    policy_check_value(p, &m->rollback, DIMENSION_PLAIN, 0, UINT32_MAX, "the rollback version");
    if (m->level == IMAGE_MEASURE_NONE || m->broken) return;
    if (m->banks.count == 0) diag_error(&p->diag, BH_MEASURE, m->at, "`measure` wants a `bank`");
    if (m->pcr.at.length == 0) diag_error(&p->diag, BH_MEASURE, m->at, "`measure` wants a `pcr`");
    policy_check_value(p, &m->pcr, DIMENSION_PLAIN, PCR_FIRST, PCR_LAST, "the PCR");
}

void policy_check_assurance(struct policy *p)
{
    check_audit(p);
    check_measure(p);
}
