/* SPDX-License-Identifier: Apache-2.0 */
/* Checks subjects by themselves; what lies where in their memory is in check_memory.c, ports are in check_ports.c. */
#include "check.h"

static bool same_name(const char *a, const char *b)
{
    uint32_t i = 0;
    /*@ loop invariant 0 <= i <= IMAGE_NAME;
        loop assigns i;
        loop variant IMAGE_NAME - i; */
    while (i < IMAGE_NAME && a[i] == b[i]) i++;
    return i == IMAGE_NAME;
}

static struct image_check_result check_subject(const struct policy_tables *t, uint32_t i)
{
    const struct image_subject *s = &t->subjects[i];
    const uint32_t known = IMAGE_MAY_SHUTDOWN | IMAGE_MAY_READ_AUDIT | IMAGE_MAY_CALL_FROM_USER;
    ENSURE(check_name(s->name, IMAGE_NAME), SUBJECT_NAME, i);
    /*@ loop invariant 0 <= k <= i;
        loop assigns k;
        loop variant i - k; */
    for (uint32_t k = 0; k < i; k++) ENSURE(!same_name(t->subjects[k].name, s->name), SUBJECT_NAME, i);
    ENSURE(s->cpu < t->cpus_count, SUBJECT_CPU, i);
    ENSURE(s->ram_region < t->regions_count, SUBJECT_RAM, i);
    ENSURE(s->info_region < t->regions_count, SUBJECT_INFO, i);
    ENSURE((s->privileges & ~known) == 0, SUBJECT_PRIVILEGE, i);
    ENSURE((s->label_low & ~s->label_high) == 0, SUBJECT_LABEL, i);
    ENSURE((s->restart_max == 0 || s->restart_period_s > 0) && s->fault_then <= IMAGE_FAULT_HALT, SUBJECT_RESTART, i);
    ENSURE(s->on_violation <= IMAGE_VIOLATION_STOP, SUBJECT_VIOLATION, i);
    ENSURE(check_inside(s->first_cpuid, s->cpuid_count, t->cpuids_count), SUBJECT_CPUIDS, i);
    ENSURE(s->cpuid_count <= IMAGE_MAX_LEAVES, SUBJECT_WORK, i);
    return CHECK_PASSED;
}

/* A monitor is a part of its subject: time, labels and end are that one's. It has no rights, no ports and no monitor. */
static bool monitor_is_bare(const struct image_subject *m, const struct image_subject *s)
{
    return m->monitor == IMAGE_NONE && m->cpu == s->cpu && m->label_low == s->label_low && m->label_high == s->label_high &&
           m->privileges == 0 && m->port_count == 0 && m->restart_max == 0 && m->fault_then == IMAGE_FAULT_STOP;
}

/* Subject and monitor name each other: no subject has two, and no monitor serves two. */
static struct image_check_result check_monitor(const struct policy_tables *t, uint32_t i)
{
    const struct image_subject *s = &t->subjects[i];
    if (s->serves != IMAGE_NONE) {
        ENSURE(s->serves < t->subjects_count && t->subjects[s->serves].monitor == i, SUBJECT_MONITOR, i);
        ENSURE(monitor_is_bare(s, &t->subjects[s->serves]), SUBJECT_MONITOR, i);
    }
    bool served = s->monitor < t->subjects_count && t->subjects[s->monitor].serves == i;
    ENSURE(served || s->monitor == IMAGE_NONE, SUBJECT_MONITOR, i);
    return CHECK_PASSED;
}

/* All subjects have colours or none has, and no two have some of the other's. `taken`: by colour, the range that it is in. */
static struct image_check_result check_colours(const struct policy_tables *t, uint32_t i, uint32_t *taken)
{
    const struct image_subject *s = &t->subjects[i];
    uint32_t first = s->first_colour, end = first + s->colour_count, range = first << 8 | s->colour_count;
    ENSURE((s->colour_count > 0) == (t->header->colours > 0) && end <= t->header->colours, SUBJECT_COLOURS, i);
    /*@ loop invariant first <= c && (c <= end || c == first);
        loop assigns c, taken[0 .. IMAGE_MAX_COLOURS - 1];
        loop variant end - c; */
    for (uint32_t c = first; c < end; c++) {
        ENSURE(taken[c] == 0 || taken[c] == range, SUBJECT_COLOURS, i);
        taken[c] = range;
    }
    return CHECK_PASSED;
}

/* Needs cpus. One subject at most reads the audit rings: consumption is counted once. */
struct image_check_result check_subjects(const struct policy_tables *t)
{
    uint32_t readers = 0, digests = 0, colours[IMAGE_MAX_COLOURS] = { 0 };
    ENSURE(t->subjects_count >= 1 && t->subjects_count <= IMAGE_MAX_SUBJECTS, SUBJECT_COUNT, 0);
    /*@ loop invariant 0 <= i <= t->subjects_count && subjects_pass(t, i, digests) && digests <= i;
        loop assigns i, readers, digests, colours[0 .. IMAGE_MAX_COLOURS - 1];
        loop variant t->subjects_count - i; */
    for (uint32_t i = 0; i < t->subjects_count; i++) {
        TRY(check_subject(t, i));
        TRY(check_monitor(t, i));
        TRY(check_colours(t, i, colours));
        if (t->subjects[i].digest != 0) ENSURE(t->subjects[i].digest == ++digests, SUBJECT_DIGEST, i);
        if ((t->subjects[i].privileges & IMAGE_MAY_READ_AUDIT) != 0) readers++;
        ENSURE(readers <= 1, SUBJECT_AUDIT, i);
    }
    ENSURE(digests == t->digests_count, SUBJECT_DIGEST, t->digests_count);
    return CHECK_PASSED;
}
