/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `prober`: tries everything that there is of one kind, whole. Its first life reads and writes every I/O port and every
 * model-specific register, asks for every CPUID leaf, tries every privileged instruction and every hypercall; the lives after
 * it end themselves, each by another act. Says on COM2:
 *
 *   probe cpuid LEAF SUBLEAF EAX EBX ECX EDX      what is not zero, in hexadecimal
 *   probe own SWEEP FIRST LAST                    what was not refused, in hexadecimal
 *   probe odd SWEEP WHERE vector=V                neither passed nor refused by #GP
 *   probe sweep SWEEP tried=N refused=N
 *   probe act NAME MODE=OUTCOME...                `own`: works; `denied`: the kernel answers so; else the exception
 *   probe call NAME STATUS N                      so many of these were answered so: channels/abi.h
 *   probe end NAME epoch=E                        before an act that should end the life
 *   probe done
 *
 * What each should be stands in core/isolation.md.
 */
#include "prober.h"
#include "attempt.h"
#include "guest/guest.h"

enum { PORTS = 0x10000, WIDE_PORTS = 0x400, MSRS = 0x2000, PROTECTION = 13, SUBLEAVES = 16, LEAVES = 0x41 };

static struct serial serial;

static void tell_own(const struct prober_sweep *sweep)
{
    if (sweep->open) serial_print(&serial, "probe own %s %lx %lx\n", sweep->name, sweep->own.first, sweep->own.last);
}

void prober_count(struct prober_sweep *sweep, uint64_t where, uint32_t outcome)
{
    sweep->tried++;
    if (outcome == PROTECTION) {
        sweep->refused++;
    } else if (outcome != ATTEMPT_PASSED) {
        serial_print(&serial, "probe odd %s %lx vector=%u\n", sweep->name, where, outcome);
    } else if (sweep->open && sweep->own.last + 1 == where) {
        sweep->own.last = where;
    } else {
        tell_own(sweep);
        sweep->own = (struct prober_range){ where, where };
        sweep->open = 1;
    }
}

void prober_finish(struct prober_sweep *sweep)
{
    tell_own(sweep);
    serial_print(&serial, "probe sweep %s tried=%lu refused=%lu\n", sweep->name, sweep->tried, sweep->refused);
}

/* ---- ports ---- */
struct port_access { const char *name, *code; uint32_t size, width; };

/* Ends of the port space, where a wide access would wrap, are in. What it writes, its own serial port survives. */
static void sweep_ports(const struct port_access *access)
{
    struct prober_sweep sweep = { .serial = &serial, .name = access->name };
    uint32_t low = access->width == 1 ? PORTS : WIDE_PORTS;
    for (uint32_t port = 0; port < PORTS; port++) {
        if (port >= low && port < PORTS - 8) continue;
        struct attempt_registers r = { .rax = '\n', .rdx = port };
        prober_count(&sweep, port, attempt(ATTEMPT_64, ATTEMPT_PLAIN, access->code, access->size, &r));
    }
    serial_open(&serial, SERIAL_COM2);
    prober_finish(&sweep);
}

static void sweep_all_ports(void)
{
    static const struct port_access accesses[] = {
        { "port-in-8", "\xec", 1, 1 },          { "port-out-8", "\xee", 1, 1 },
        { "port-in-16", "\x66\xed", 2, 2 },     { "port-out-16", "\x66\xef", 2, 2 },
        { "port-in-32", "\xed", 1, 4 },         { "port-out-32", "\xef", 1, 4 }
    };
    for (uint32_t i = 0; i < sizeof accesses / sizeof *accesses; i++) sweep_ports(&accesses[i]);
}

/* ---- model-specific registers ---- */
/* Both vendors' ranges, AMD's third one, and the first of what belongs to hypervisors. */
static const struct prober_range msrs[] = {
    { 0, MSRS - 1 }, { 0x40000000, 0x400000ff }, { 0xc0000000, 0xc0000000 + MSRS - 1 }, { 0xc0010000, 0xc0010000 + MSRS - 1 }
};

/* Its own are written as they are. */
static uint32_t try_msr(uint32_t msr, uint32_t write)
{
    struct attempt_registers r = { .rcx = msr };
    uint32_t outcome = attempt(ATTEMPT_64, ATTEMPT_PLAIN, "\x0f\x32", 2, &r);
    if (!write) return outcome;
    if (outcome != ATTEMPT_PASSED) r = (struct attempt_registers){ .rcx = msr };
    return attempt(ATTEMPT_64, ATTEMPT_PLAIN, "\x0f\x30", 2, &r);
}

static void sweep_msrs(const char *name, uint32_t write)
{
    struct prober_sweep sweep = { .serial = &serial, .name = name };
    for (uint32_t i = 0; i < sizeof msrs / sizeof *msrs; i++) {
        for (uint64_t msr = msrs[i].first; msr <= msrs[i].last; msr++) {
            prober_count(&sweep, msr, try_msr((uint32_t)msr, write));
        }
    }
    prober_finish(&sweep);
}

/* ---- CPUID ---- */
static void ask(uint32_t leaf, uint32_t subleaf)
{
    struct attempt_registers r = { .rax = leaf, .rbx = UINT32_MAX, .rcx = subleaf, .rdx = UINT32_MAX };
    attempt(ATTEMPT_64, ATTEMPT_PLAIN, "\x0f\xa2", 2, &r);
    if ((r.rax | r.rbx | r.rcx | r.rdx) == 0) return;
    serial_print(&serial, "probe cpuid %x %x %lx %lx %lx %lx\n", leaf, subleaf, r.rax, r.rbx, r.rcx, r.rdx);
}

static void sweep_cpuid(void)
{
    static const uint32_t bases[] = { 0, 0x40000000, 0x80000000, 0x8fffffff, 0xc0000000, 0xffffff00 };
    for (uint32_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        for (uint32_t leaf = 0; leaf < LEAVES; leaf++) {
            for (uint32_t subleaf = 0; subleaf < SUBLEAVES; subleaf++) ask(bases[i] + leaf, subleaf);
        }
    }
}

void guest_main(const struct subject_info *info)
{
    serial_open(&serial, SERIAL_COM2);
    attempt_start((uintptr_t)info);
    if (info->epoch == 0) {
        sweep_cpuid();
        sweep_all_ports();
        sweep_msrs("msr-read", 0);
        sweep_msrs("msr-write", 1);
        prober_try_acts(&serial);
        prober_try_calls(&serial, info->call);
    }
    if (!prober_end_life(&serial, info->epoch)) serial_print(&serial, "probe done\n");
}
