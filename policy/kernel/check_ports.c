/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the I/O ports that pass through, and the interrupts of the devices behind them.
 *
 * Ports are an allow list: COM2, COM3 and COM4 are all that a subject may have. A port is not memory; no page table and no
 * IOMMU stands behind it. Configuration space, DMA controllers, interrupt controllers, timers, CMOS, keyboard controller and
 * ACPI each let their holder reset the machine, read others' memory or starve the kernel; COM1 is the kernel's console. A
 * device is handed out whole: two subjects that share one (a scratch register, a FIFO) have a channel that the policy does not
 * name.
 *
 * Lines are an allow list too: those at which serial ports of a PC can interrupt. Timer, keyboard, clock, ACPI and disks have
 * others. An interrupt is its subject's alone: another one with a port at the line could tell it something so, and who runs in
 * windows of another, or shares the CPU with one that has interrupts, would take them in that one's time.
 */
#include "check.h"

#define PORTS_A_DEVICE 8u
static const uint16_t device_first[] = { 0x2f8, 0x3e8, 0x2e8 };       /* COM2 to COM4 */
#define DEVICES (sizeof device_first / sizeof *device_first)
#define LINES_ALLOWED (1u << 3 | 1u << 4 | 1u << 5 | 1u << 7 | 1u << 10 | 1u << 11)
#define LINES 32u

/* Who has what, as far as it has been looked at: the subject's number, from 1 on; 0: nobody. */
struct holders {
    uint32_t device[DEVICES], line[LINES];
    uint32_t shared;                  /* lines at which ports of two subjects are, one bit each */
};

/* Number of the device that ports [first, last] lie in; DEVICES if none. */
static uint32_t find_device(const struct image_ports *p)
{
    uint32_t d = 0;
    /*@ loop invariant 0 <= d <= 3;
        loop assigns d;
        loop variant 3 - d; */
    while (d < DEVICES && (p->first < device_first[d] || p->last >= device_first[d] + PORTS_A_DEVICE)) d++;
    return p->first <= p->last ? d : DEVICES;
}

static bool line_agrees(const struct policy_tables *t, const struct image_ports *p)
{
    //@ assert p->flags == 0 ==> (p->flags & IMAGE_PORTS_INTERRUPT) == 0;
    if ((p->flags & ~(uint32_t)IMAGE_PORTS_INTERRUPT) != 0) return false;
    if (p->line == IMAGE_NONE) return p->flags == 0;
    return p->line < LINES && (LINES_ALLOWED >> p->line & 1) != 0 && (p->flags == 0 || t->header->io_apic != 0);
}

/* Port range `i` of subject `s`. */
/*@ requires tables_open(t) && i < t->ports_count && \valid(has);
    terminates \true; assigns *has;
    ensures \result.code == 0 ==> \old(port_ok(t, i)); */
static struct image_check_result check_range(const struct policy_tables *t, uint32_t s, uint32_t i, struct holders *has)
{
    uint32_t device = find_device(&t->ports[i]), line = t->ports[i].line, holder = s + 1;
    ENSURE(device < DEVICES, PORT_ALLOWED, i);
    ENSURE(has->device[device] == 0 || has->device[device] == holder, PORT_SHARED, i);
    has->device[device] = holder;
    ENSURE(line_agrees(t, &t->ports[i]), PORT_LINE, i);
    if (line == IMAGE_NONE) return CHECK_PASSED;
    if (has->line[line] != 0 && has->line[line] != holder) has->shared |= 1u << line;
    has->line[line] = holder;
    return CHECK_PASSED;
}

/* Needs subjects. Who gives or is given time has no interrupts either: check_operations(). */
struct image_check_result check_ports(const struct policy_tables *t)
{
    struct holders has = { .shared = 0 };
    uint32_t taken = 0;
    bool interrupted[IMAGE_MAX_CPUS] = { false };
    /*@ loop invariant 0 <= i <= t->subjects_count && all_ports_pass(t, i);
        loop assigns i, has, taken;
        loop variant t->subjects_count - i; */
    for (uint32_t i = 0; i < t->subjects_count; i++) {
        const struct image_subject *s = &t->subjects[i];
        ENSURE(check_slice(&taken, s->first_port, s->port_count, t->ports_count), SUBJECT_PORTS, i);
        /*@ loop invariant 0 <= k <= s->port_count && ports_pass(t, s->first_port, s->first_port + k);
            loop assigns k, has;
            loop variant s->port_count - k; */
        for (uint32_t k = 0; k < s->port_count; k++) TRY(check_range(t, i, s->first_port + k, &has));
    }
    /*@ loop invariant 0 <= i <= t->subjects_count;
        loop assigns i, interrupted[0 .. IMAGE_MAX_CPUS - 1];
        loop variant t->subjects_count - i; */
    for (uint32_t i = 0; i < t->subjects_count; i++) {
        const struct image_subject *s = &t->subjects[i];
        uint32_t lines = policy_lines(t, s);
        if (lines == 0) continue;
        ENSURE((lines & has.shared) == 0, LINE_SHARED, i);
        ENSURE(s->monitor == IMAGE_NONE && !interrupted[s->cpu], SUBJECT_LINES, i);
        interrupted[s->cpu] = true;
    }
    return CHECK_PASSED;
}
