/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `heir`: looks in each life for what an earlier one left in registers that entering a subject does not switch, leaves
 * something itself and fails. Says on COM2 `heir epoch=E left=N` (N registers that are not as at start), in its third life
 * `heir done` and goes on.
 */
#include "guest/guest.h"
#include "guest/serial.h"

enum { HEIR_LIVES = 2, HEIR_FCW = 0x37f, HEIR_MXCSR = 0x1f80 };

/* STAR, LSTAR, CSTAR, SFMASK; bases of FS, GS and kernel GS; SYSENTER. */
static const uint32_t heir_msrs[] = { 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102,
                                      0x174, 0x175, 0x176 };

static uint64_t heir_read(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return low | (uint64_t)high << 32;
}

static uint32_t heir_count_left(void)
{
    uint64_t xmm[2] = { 0 };
    uint16_t fcw = 0;
    uint32_t mxcsr = 0, left = 0;

    __asm__ volatile("movups %%xmm7, %0; fnstcw %1; stmxcsr %2" : "=m"(xmm), "=m"(fcw), "=m"(mxcsr));
    left += (xmm[0] | xmm[1]) != 0;
    left += fcw != HEIR_FCW;
    left += mxcsr != HEIR_MXCSR;
    for (uint32_t i = 0; i < sizeof heir_msrs / sizeof heir_msrs[0]; i++) left += heir_read(heir_msrs[i]) != 0;
    return left;
}

static void heir_leave_something(void)
{
    static const uint64_t secret[2] = { 0x5345435245540001, 0x5345435245540002 };
    static const uint16_t fcw = 0x27f;
    static const uint32_t mxcsr = 0x9f80;

    for (uint32_t i = 0; i < sizeof heir_msrs / sizeof heir_msrs[0]; i++) {
        __asm__ volatile("wrmsr" : : "c"(heir_msrs[i]), "a"(0x1000 * (i + 1)), "d"(0));
    }
    __asm__ volatile("movups %0, %%xmm7; fldcw %1; ldmxcsr %2" : : "m"(secret), "m"(fcw), "m"(mxcsr));
}

void guest_main(const struct subject_info *info)
{
    struct serial serial;
    uint32_t left = heir_count_left();

    serial_open(&serial, SERIAL_COM2);
    serial_print(&serial, "heir epoch=%u left=%u\n", info->epoch, left);
    if (info->epoch == HEIR_LIVES) {
        serial_print(&serial, "heir done\n");
        for (;;) continue;
    }
    heir_leave_something();
    guest_fail();
}
