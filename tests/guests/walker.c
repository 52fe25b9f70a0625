/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `walker`: reads, writes and executes memory that is not its own: every page from the end of each of its regions to
 * 1 MiB past it, then one page in 2 MiB up to the first parameter, in GiB; from 2 GiB on one kind of access a page, each in its
 * turn; then what PC platforms have at fixed addresses, every register of the local APIC too. Its policy has each
 * violation lead to #GP. Says on COM2:
 *
 *   walk own ACCESS GPA                       what was not refused, in hexadecimal
 *   walk odd ACCESS GPA vector=V
 *   walk sweep tried=N refused=N
 *   walk edge NAME OUTCOME                    walker_edges.c: `own`, or the exception's vector
 *   walk done                                 and then, for ever, an exception whose delivery touches such memory
 */
#include "walker.h"
#include "attempt.h"
#include "guest/guest.h"

enum { PAGE = 0x1000, PAST_END = 0x100000, STRIDE = 0x200000, PROTECTION = 13, ACCESSES = 3 };
enum { GIB_SHIFT = 30, RETURN_CODE = 0xffcd };    /* INT 255: what is written can be executed, and comes back */
#define APIC 0xfee00000ull            /* where the local APIC is, which the kernel itself uses */
#define NOWHERE (1ull << 38)          /* far above all that any policy maps */

static const struct { const char *name, *code; uint32_t size; } accesses[ACCESSES] = {
    { "read", "\x48\x8b\x06", 3 }, { "write", "\x48\x89\x06", 3 }, { "execute", "\xff\xe6", 2 }     /* RAX, at RSI */
};
static struct serial serial;
static uint64_t tried, refused;

static void touch(uint64_t gpa, uint32_t access)
{
    struct attempt_registers r = { .rax = RETURN_CODE, .rsi = gpa };
    uint32_t outcome = attempt(ATTEMPT_64, ATTEMPT_PLAIN, accesses[access].code, accesses[access].size, &r);
    tried++;
    refused += outcome == PROTECTION;
    if (outcome == ATTEMPT_PASSED) {
        serial_print(&serial, "walk own %s %lx\n", accesses[access].name, gpa);
    } else if (outcome != PROTECTION) {
        serial_print(&serial, "walk odd %s %lx vector=%u\n", accesses[access].name, gpa, outcome);
    }
}

static void touch_all_ways(uint64_t gpa)
{
    for (uint32_t access = 0; access < ACCESSES; access++) touch(gpa, access);
}

static void walk_past(uint64_t end)
{
    for (uint64_t gpa = end; gpa < end + PAST_END; gpa += PAGE) touch_all_ways(gpa);
}

/* Of its own memory it does not use the pages at 0 and 2 MiB. */
static void walk_far(uint64_t gibs)
{
    for (uint64_t gpa = 0; gpa < gibs << GIB_SHIFT; gpa += STRIDE) {
        if (gpa % (1ull << GIB_SHIFT) == 0) attempt_start(gpa);
        if (gpa >> GIB_SHIFT < 2) touch_all_ways(gpa);
        else touch(gpa, (uint32_t)(gpa / STRIDE % ACCESSES));
    }
    attempt_start(0);
}

static void walk_devices(void)
{
    static const uint64_t devices[] = { APIC, 0xfec00000, 0xfed00000, 0xfed40000, 0xfffff000 };
    attempt_start(APIC);
    for (uint32_t i = 0; i < sizeof devices / sizeof *devices; i++) touch_all_ways(devices[i]);
    for (uint64_t offset = 0x10; offset < PAGE; offset += 0x10) touch_all_ways(APIC + offset);
    attempt_start(0);
}

void guest_main(const struct subject_info *info)
{
    serial_open(&serial, SERIAL_COM2);
    attempt_start(NOWHERE);
    walk_past(info->ram_size);
    walk_past((uintptr_t)info + PAGE);
    walk_far((uint64_t)info->params[0]);
    walk_devices();
    serial_print(&serial, "walk sweep tried=%lu refused=%lu\n", tried, refused);
    walker_try_edges(&serial, info->ram_size, info->call == INFO_CALL_VMCALL);
    serial_print(&serial, "walk done\n");
    attempt_break_delivery(NOWHERE);
}
