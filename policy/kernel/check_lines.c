/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the interrupts of devices. Lines are an allow list, as ports are: those at which serial ports of a PC can interrupt.
 * Timer, keyboard, clock, ACPI and disks have others. An interrupt is its subject's alone: another one with a port at the line
 * could tell it something so, and who runs in windows of another, or shares the CPU with one that has interrupts, would take
 * them in that one's time.
 */
#include "check.h"

#define LINES_ALLOWED (1u << 3 | 1u << 4 | 1u << 5 | 1u << 7 | 1u << 10 | 1u << 11)
#define LINES 32u

static bool line_agrees(const struct policy_tables *t, const struct image_ports *p)
{
    if ((p->flags & ~(uint32_t)IMAGE_PORTS_INTERRUPT) != 0) return false;
    if (p->line == IMAGE_NONE) return p->flags == 0;
    return p->line < LINES && (LINES_ALLOWED >> p->line & 1) != 0 && (p->flags == 0 || t->header->io_apic != 0);
}

/* Has each range's line judged, and finds those at which ports of two subjects are. */
static struct image_check_result find_shared(const struct policy_tables *t, uint32_t *shared)
{
    uint32_t holder[LINES];
    for (uint32_t n = 0; n < LINES; n++) holder[n] = IMAGE_NONE;
    for (uint32_t s = 0; s < t->subjects_count; s++) {
        uint32_t first = t->subjects[s].first_port, end = first + t->subjects[s].port_count;
        for (uint32_t i = first; i < end; i++) {
            ENSURE(line_agrees(t, &t->ports[i]), PORT_LINE, i);
            uint32_t line = t->ports[i].line;
            if (line == IMAGE_NONE) continue;
            if (holder[line] != IMAGE_NONE && holder[line] != s) *shared |= 1u << line;
            holder[line] = s;
        }
    }
    return CHECK_PASSED;
}

/* Needs ports. Who gives or is given time has none either: check_operations(). */
struct image_check_result check_lines(const struct policy_tables *t)
{
    uint32_t shared = 0;
    bool taken[IMAGE_MAX_CPUS] = { false };
    TRY(find_shared(t, &shared));
    for (uint32_t i = 0; i < t->subjects_count; i++) {
        const struct image_subject *s = &t->subjects[i];
        uint32_t lines = policy_lines(t, s);
        if (lines == 0) continue;
        ENSURE((lines & shared) == 0, LINE_SHARED, i);
        ENSURE(s->monitor == IMAGE_NONE && !taken[s->cpu], SUBJECT_LINES, i);
        taken[s->cpu] = true;
    }
    return CHECK_PASSED;
}
