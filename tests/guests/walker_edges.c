/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of `walker` that is about where an instruction lies: across the border of two pages or of the subject's memory,
 * at the end of the address space, or where another instruction has just written. A kernel that reads a subject's code, or adds
 * lengths to where it stood, goes wrong here.
 */
#include "walker.h"
#include "attempt.h"
#include "guest/pages.h"

enum { PAGE = 0x1000, PROTECTION = 13 };
#define TOP 0x100000000ull            /* of what 32-bit code reaches */
#define LARGE 0x200000ull

static void tell(struct serial *serial, const char *name, uint32_t outcome)
{
    if (outcome == ATTEMPT_PASSED) serial_print(serial, "walk edge %s own\n", name);
    else if (outcome == PROTECTION) serial_print(serial, "walk edge %s #GP\n", name);
    else serial_print(serial, "walk edge %s vector-%u\n", name, outcome);
}

/* Memory's last pages held the page tables that the subject began with. */
static void put(uint64_t where, const void *bytes, uint64_t size)
{
    __asm__ volatile("rep movsb" : "+D"(where), "+S"(bytes), "+c"(size) : : "memory");
}

static void try_border(struct serial *serial, const char *name, uint64_t border, uint64_t before)
{
    struct attempt_registers r = { 0 };
    put(border - before, "\x0f\xa2" ATTEMPT_RETURN, border % LARGE == 0 ? before : 2 + sizeof ATTEMPT_RETURN);
    tell(serial, name, attempt_at(ATTEMPT_64, border - before, &r));
}

/* RAX at RSI, which begins in the subject's memory and ends behind it. */
static void try_data(struct serial *serial, const char *name, const char *code, uint64_t end)
{
    struct attempt_registers r = { .rsi = end - 4 };
    tell(serial, name, attempt(ATTEMPT_64, ATTEMPT_PLAIN, code, 3, &r));
}

/* MOV to the second byte of the next instruction, of which there is another when it is executed. */
static void try_rewritten(struct serial *serial, const char *name, const char *code)
{
    struct attempt_registers r = { .rcx = 0x1b };                     /* the APIC's base */
    tell(serial, name, attempt(ATTEMPT_64, ATTEMPT_PLAIN, code, 9, &r));
}

/* Of 32-bit code the instruction after the last one is that at 0. */
static void try_top(struct serial *serial, const char *name, const char *code, uint32_t size, uint64_t end)
{
    struct attempt_registers r = { 0 };
    put(end - size, code, size);
    put(0, ATTEMPT_RETURN, sizeof ATTEMPT_RETURN);
    pages_show(TOP - LARGE, end - LARGE);
    tell(serial, name, attempt_at(ATTEMPT_32, TOP - size, &r));
    attempt_start(0);
}

void walker_try_edges(struct serial *serial, uint64_t ram_size, bool vmcall)
{
    try_border(serial, "across-pages", ram_size - PAGE, 1);
    try_border(serial, "across-the-end", ram_size, 1);
    try_data(serial, "read-across-the-end", "\x48\x8b\x06", ram_size);
    try_data(serial, "write-across-the-end", "\x48\x89\x06", ram_size);
    try_rewritten(serial, "rewritten-to-cpuid", "\xc6\x05\x01\x00\x00\x00\xa2\x0f\x0b");
    try_rewritten(serial, "rewritten-to-wrmsr", "\xc6\x05\x01\x00\x00\x00\x30\x0f\xa2");
    try_top(serial, "cpuid-at-the-top", "\x0f\xa2", 2, ram_size);
    try_top(serial, "out-at-the-top", "\xe6\x80", 2, ram_size);
    try_top(serial, "call-at-the-top", vmcall ? "\x0f\x01\xc1" : "\x0f\x01\xd9", 3, ram_size);
}
