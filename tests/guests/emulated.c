/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `emulated`: does what its processor cannot, and says on COM2 what it found, as its monitor `emulator` answers it:
 *
 *   emulated NAME rax=VALUE rdx=VALUE       or, if an exception came: emulated NAME vector=V
 *
 * Last it asks for a port that its monitor gives up at. Its second life says `emulated done`.
 */
#include "attempt.h"
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/serial.h"

#define DEVICE_PAGE 0xfed00000ull

struct act { const char *name, *code; uint32_t size; struct attempt_registers with; };

static const struct act acts[] = {
    { "cpuid", "\x0f\xa2", 2, { .rax = 0x40000000, .rcx = 7 } },
    { "out", "\xef", 1, { .rax = 0x12345678, .rdx = 0x503 } },
    { "in", "\xed", 1, { .rdx = 0x503 } },
    { "in-byte", "\xec", 1, { .rax = 0xaabbccdd, .rdx = 0x503 } },
    { "in-unknown", "\xec", 1, { .rdx = 0x70 } },
    { "wrmsr", "\x0f\x30", 2, { .rax = 0x89abcdef, .rcx = 0x4b564d01, .rdx = 0x01234567 } },
    { "rdmsr", "\x0f\x32", 2, { .rcx = 0x4b564d01 } },
    { "rdmsr-unknown", "\x0f\x32", 2, { .rcx = 0x10 } },
    { "hlt", "\xf4", 1, { .rax = 1 } },
    { "store", "\x48\x89\x06", 3, { .rax = 0x100000021, .rsi = DEVICE_PAGE + 8 } },
    { "load", "\x48\x8b\x06", 3, { .rsi = DEVICE_PAGE + 16 } },
    { "load-half", "\x8b\x06", 2, { .rsi = DEVICE_PAGE } },
    { "load-elsewhere", "\x8b\x06", 2, { .rsi = DEVICE_PAGE + 4096 } },
    { "wbinvd", "\x0f\x09", 2, { .rax = 2 } },
    { "lift", "\x0f\xa2", 2, { .rax = 0x50000001, .rdx = 3 } },
    { "cr0-read", "\x0f\x20\xc0", 3, { .rax = 0 } },
    { "cr4-read", "\x0f\x20\xe0", 3, { .rax = 0 } },
    { "cr4-write", "\x0f\x22\xe0", 3, { .rax = 0x668 } },
};
#define ACTS (sizeof acts / sizeof *acts)

static void try(struct serial *serial, const struct act *act)
{
    struct attempt_registers r = act->with;
    uint32_t vector = attempt(ATTEMPT_64, ATTEMPT_PLAIN, act->code, act->size, &r);
    if (vector != ATTEMPT_PASSED) serial_print(serial, "emulated %s vector=%u\n", act->name, vector);
    else serial_print(serial, "emulated %s rax=%lx rdx=%lx\n", act->name, r.rax, r.rdx);
}

/* All general registers but RSP: each comes back greater by one. */
static const char *count_up(void)
{
    static uint64_t all[15] = { 0x50000000, 11, 22, 33, 44, 55, 66, 77, 88, 99, 110, 121, 132, 143, 154 }, seen[15];
    __asm__ volatile("push %%rbp\n\tpush %%rbx\n\tpush %1\n\tmov %0, %%rax\n\t"
                     "mov 8(%%rax), %%rbx\n\tmov 16(%%rax), %%rcx\n\tmov 24(%%rax), %%rdx\n\tmov 32(%%rax), %%rsi\n\t"
                     "mov 40(%%rax), %%rdi\n\tmov 48(%%rax), %%rbp\n\tmov 56(%%rax), %%r8\n\tmov 64(%%rax), %%r9\n\t"
                     "mov 72(%%rax), %%r10\n\tmov 80(%%rax), %%r11\n\tmov 88(%%rax), %%r12\n\tmov 96(%%rax), %%r13\n\t"
                     "mov 104(%%rax), %%r14\n\tmov 112(%%rax), %%r15\n\tmov (%%rax), %%rax\n\tcpuid\n\t"
                     "push %%rax\n\tmov 8(%%rsp), %%rax\n\tmov %%rbx, 8(%%rax)\n\tmov %%rcx, 16(%%rax)\n\t"
                     "mov %%rdx, 24(%%rax)\n\tmov %%rsi, 32(%%rax)\n\tmov %%rdi, 40(%%rax)\n\tmov %%rbp, 48(%%rax)\n\t"
                     "mov %%r8, 56(%%rax)\n\tmov %%r9, 64(%%rax)\n\tmov %%r10, 72(%%rax)\n\tmov %%r11, 80(%%rax)\n\t"
                     "mov %%r12, 88(%%rax)\n\tmov %%r13, 96(%%rax)\n\tmov %%r14, 104(%%rax)\n\tmov %%r15, 112(%%rax)\n\t"
                     "pop (%%rax)\n\tpop %%rax\n\tpop %%rbx\n\tpop %%rbp"
                     : : "i"(all), "i"(seen)
                     : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory");
    for (uint32_t i = 0; i < 15; i++) {
        if (seen[i] != all[i] + 1) return "lost";
    }
    return "kept";
}

void guest_main(const struct subject_info *info)
{
    struct serial serial;
    serial_open(&serial, SERIAL_COM2);
    if (info->epoch != 0) {
        serial_print(&serial, "emulated done\n");
        return;
    }
    attempt_start(DEVICE_PAGE + 2 * 4096);
    for (uint32_t i = 0; i < ACTS; i++) try(&serial, &acts[i]);
    serial_print(&serial, "emulated registers %s\n", count_up());
    serial_print(&serial, "emulated resume status=%lu\n", call_make(ABI_CALL_RESUME, 0, 0, 0).status);
    serial_print(&serial, "emulated gives up\n");
    struct attempt_registers r = { .rdx = 0x5ff };
    attempt(ATTEMPT_64, ATTEMPT_PLAIN, "\xec", 1, &r);
    serial_print(&serial, "emulated went on\n");
    guest_fail();
}
