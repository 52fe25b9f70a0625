/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `vast`: writes the first and the last page of each GiB of its memory, then reads and executes them all; then touches
 * the pages past its memory and past its info page, and the first of each GiB behind. Its policy has each violation lead to
 * #GP. Says on COM2, in hexadecimal:
 *
 *   vast own GPA, vast odd GPA                whether the page of its memory is its own, in each way
 *   vast refused GPA, vast reached GPA        whether the page past it is not
 *   vast done
 */
#include <stdbool.h>
#include "attempt.h"
#include "guest/guest.h"
#include "guest/serial.h"

enum { PAGE = 0x1000, PROTECTION = 13, INT_255 = 0xffcd };         /* what is written can be executed, and comes back */
#define GIB (1ull << 30)
#define TOP (4 * GIB)

enum way { READ, WRITE, EXECUTE, WAYS };
static const struct { const char *code; uint32_t size; } ways[WAYS] = {
    { "\x48\x8b\x06", 3 }, { "\x48\x89\x06", 3 }, { "\xff\xe6", 2 }           /* RAX, at RSI */
};
static struct serial serial;

static uint32_t touch(uint64_t gpa, enum way way, uint64_t *value)
{
    struct attempt_registers r = { .rax = *value, .rsi = gpa };
    attempt_start(gpa);
    uint32_t outcome = attempt(ATTEMPT_64, ATTEMPT_PLAIN, ways[way].code, ways[way].size, &r);
    *value = r.rax;
    return outcome;
}

/* No two pages are given the same. */
static uint64_t content(uint64_t gpa)
{
    return gpa << 16 | INT_255;
}

static void fill(uint64_t gpa)
{
    uint64_t value = content(gpa);
    if (touch(gpa, WRITE, &value) != ATTEMPT_PASSED) serial_print(&serial, "vast odd %lx\n", gpa);
}

static void look(uint64_t gpa)
{
    uint64_t value = 0;
    bool own = touch(gpa, READ, &value) == ATTEMPT_PASSED && value == content(gpa) &&
               touch(gpa, EXECUTE, &value) == ATTEMPT_PASSED;
    serial_print(&serial, own ? "vast own %lx\n" : "vast odd %lx\n", gpa);
}

static void each_end(uint64_t size, void (*act)(uint64_t gpa))
{
    for (uint64_t gpa = 0; gpa < size; gpa += GIB) {
        act(gpa);
        act((size - gpa < GIB ? size : gpa + GIB) - PAGE);
    }
}

static void try_past(uint64_t gpa)
{
    bool refused = true;
    for (enum way way = READ; way < WAYS; way++) {
        uint64_t value = INT_255;
        refused &= touch(gpa, way, &value) == PROTECTION;
    }
    serial_print(&serial, refused ? "vast refused %lx\n" : "vast reached %lx\n", gpa);
}

void guest_main(const struct subject_info *info)
{
    const uint64_t size = info->ram_size, past = (uintptr_t)info + PAGE;
    serial_open(&serial, SERIAL_COM2);
    each_end(size, fill);
    each_end(size, look);
    try_past(size);
    try_past(past);
    for (uint64_t gpa = (past + GIB) / GIB * GIB; gpa < TOP; gpa += GIB) try_past(gpa);
    serial_print(&serial, "vast done\n");
}
