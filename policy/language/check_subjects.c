/* SPDX-License-Identifier: Apache-2.0 */
/* Subjects: images, memory, ports, parameters, CPUID, privileges, faults. */
#include "language/check.h"
#include "language/features.h"
#include "channels/info.h"
#include "policy/image.h"

#include <string.h>

#define SERIALS_MAX 32u
#define MEMORY_MIN (2 << 20)          /* guests are linked at 1 MiB */
#define MEMORY_MAX (3ll << 30)        /* behind it, below 4 GiB, are the devices */
#define MONITOR_MAX (1 << 30)         /* behind it are its windows, behind them its subject's memory: channels/monitor.h */

static void subject_image_and_memory(struct policy *p, struct subject *s)
{
    const int64_t most = s->monitors.text != NULL ? MONITOR_MAX : MEMORY_MAX;
    if (s->image.at.length == 0 && !s->broken)
        diag_error(&p->diag, BH_SUBJECT_INCOMPLETE, s->name.at, "the subject `%s` has no `image`", s->name.text);
    if (s->memory.at.length == 0 && !s->broken)
        diag_error(&p->diag, BH_SUBJECT_INCOMPLETE, s->name.at, "the subject `%s` has no `memory`", s->name.text);
    if (policy_check_value(p, &s->memory, DIMENSION_BYTES, MEMORY_MIN, most, "the memory") &&
        s->memory.number % IMAGE_PAGE != 0)
        diag_error(&p->diag, BH_SUBJECT_MEMORY, s->memory.at, "memory comes in pages of 4 KiB");
}

static const struct platform_serial *subject_serial(const struct policy *p, const char *name)
{
    const struct platform_serial *serial;
    LIST_EACH(serial, &p->platform.serials) {
        if (name_is(&serial->name, name)) return serial;
    }
    return NULL;
}

/* The subject before this one, or this one itself, that has the port already. */
static const struct name *subject_port_taken(const struct policy *p, uint32_t until, const struct platform_serial *serial)
{
    for (uint32_t i = 0; i <= until; i++) {
        const struct subject *other = p->subjects.items[i];
        for (uint32_t j = 0; j < other->ports.count; j++) {
            if (other->ports.items[j] == serial) return &other->name;
        }
    }
    return NULL;
}

static void subject_serials(struct policy *p, struct subject *s)
{
    const struct name *name;
    if (!policy_check_count(p, s->name.at, s->serials.count, SERIALS_MAX, "serial ports")) return;
    LIST_EACH(name, &s->serials) {
        const struct platform_serial *serial = subject_serial(p, name->text);
        if (p->platform.at.length == 0) return;
        if (serial == NULL) {
            diag_error(&p->diag, BH_NAME_UNKNOWN, name->at, "the platform has no serial port `%s`", name->text);
            diag_note(&p->diag, p->platform.at, "the platform's file");
            continue;
        }
        const struct name *other = subject_port_taken(p, s->index, serial);
        if (other != NULL) {
            diag_error(&p->diag, BH_SUBJECT_PORT, name->at, "`%s` belongs to `%s` already", name->text, other->text);
            diag_note(&p->diag, other->at, "two subjects at one wire would be an undeclared flow");
        }
        LIST_ADD(p->arena, &s->ports, serial);
    }
}

static void subject_params(struct policy *p, struct subject *s)
{
    const struct name *name;
    uint32_t count = 0;
    LIST_EACH(name, &s->params) {
        const struct constant *c = names_find(p, NAME_CONSTANT, name);
        if (c == NULL) continue;
        if (c->is_set) {
            diag_error(&p->diag, BH_VALUE_BOX, name->at, "`%s` is a set: a parameter is a number or a box", name->text);
            continue;
        }
        count += c->is_box ? 2 * c->sides.count : 1;
        if (!c->is_box && c->value.known && c->value.number > INT64_MAX)
            diag_error(&p->diag, BH_VALUE_RANGE, name->at, "a parameter is a signed 64-bit number: `%s` is too great",
                       name->text);
        LIST_ADD(p->arena, &s->boxes, c);
    }
    if (count > INFO_MAX_PARAMS)
        diag_error(&p->diag, BH_SUBJECT_LIMIT, s->params.items[0]->at, "%u parameter values; at most %u", count,
                   INFO_MAX_PARAMS);
}

static void feature_hide(struct policy *p, struct subject *s, const struct feature *f, const struct name *name)
{
    for (uint32_t i = 0; i < s->hidden.count; i++) {
        if (s->hidden.items[i] != f) continue;
        diag_error(&p->diag, BH_SYNTAX_TWICE, name->at, "`%s` is hidden twice", name->text);
        return;
    }
    LIST_ADD(p->arena, &s->hidden, f);
}

/* What the platform does not show needs no hiding: it warns, since the same subjects may run on several boards. */
static void subject_features(struct policy *p, struct subject *s)
{
    const struct name *name;
    LIST_EACH(name, &s->hides) {
        const char *suggestion = "";
        const struct feature *f = feature_look(p->arena, name->text, &suggestion);
        if (f == NULL)
            diag_error(&p->diag, BH_NAME_UNKNOWN, name->at, "there is no feature `%s`%s", name->text, suggestion);
        else if (p->platform.at.length > 0 && !feature_is_shown(&p->platform, f))
            diag_warn(&p->diag, BH_SUBJECT_FEATURE, name->at, "the platform shows `%s` to no subject", name->text);
        if (f != NULL) feature_hide(p, s, f, name);
    }
}

static void subject_privileges(struct policy *p, struct subject *s)
{
    static const char *const words[] = { "shutdown", "call_from_user" };
    static const uint32_t bits[] = { IMAGE_MAY_SHUTDOWN, IMAGE_MAY_CALL_FROM_USER };
    const struct name *name;
    LIST_EACH(name, &s->privileges) {
        int index = policy_check_word(p, name, words, sizeof words / sizeof words[0], "privilege");
        if (index >= 0) s->privilege_bits |= bits[index];
    }
    if (s->reads_audit.text != NULL) s->privilege_bits |= IMAGE_MAY_READ_AUDIT;
}

void policy_check_restarts(struct policy *p, struct value *restarts, struct value *period)
{
    policy_check_value(p, restarts, DIMENSION_PLAIN, 1, UINT16_MAX, "the number of restarts");
    policy_check_value(p, period, DIMENSION_TIME, 1000000, (wide)86400 * 1000000, "the period in us");
}

/* `restart` takes a violation as a fault: it would not say what happens where that stops the subject at once. */
static void subject_violation(struct policy *p, const struct subject *s)
{
    if (s->violation != VIOLATION_RESTART || s->fault.restarts.at.length > 0) return;
    diag_error(&p->diag, BH_SUBJECT_VIOLATION, s->violation_word.at, "`%s` never restarts: `on violation restart` wants "
               "`on fault restart`", s->name.text);
    diag_note(&p->diag, s->fault.at.length > 0 ? s->fault.at : s->name.at,
              s->fault.at.length > 0 ? "what a fault does" : "nothing says `on fault`, which is to stop");
}

void policy_check_subjects(struct policy *p)
{
    struct subject *s;
    LIST_EACH(s, &p->subjects) s->index = s_at;
    LIST_EACH(s, &p->subjects) {
        if (s->name.text == NULL) continue;
        subject_image_and_memory(p, s);
        subject_serials(p, s);
        subject_params(p, s);
        subject_features(p, s);
        subject_privileges(p, s);
        if (s->fault.restarts.at.length > 0) policy_check_restarts(p, &s->fault.restarts, &s->fault.period);
        if (!s->broken) subject_violation(p, s);
    }
    if (p->subjects.count == 0) diag_error(&p->diag, BH_SUBJECT_LIMIT, p->system.at, "the system has no subjects");
}
