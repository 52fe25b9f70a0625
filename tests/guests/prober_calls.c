/* SPDX-License-Identifier: Apache-2.0 */
/* The part of `prober` that is about hypercalls: each with every number up to 255 and those around each power of two. */
#include <stdbool.h>
#include "prober.h"
#include "attempt.h"
#include "channels/abi.h"
#include "channels/info.h"

enum { SMALL = 256, AROUND = 3, NUMBERS = SMALL + AROUND * 64, STATUSES = 16 };

/* What the number is: that of the call, or its first argument. Of the call's own numbers none is tried. */
static const struct { const char *name; uint32_t call; } sweeps[] = {
    { "call", ABI_CALL_COUNT },           { "send", ABI_CALL_SEND },         { "receive", ABI_CALL_RECEIVE },
    { "notify", ABI_CALL_NOTIFY },        { "audit-ack", ABI_CALL_AUDIT_ACK }, { "shutdown", ABI_CALL_SHUTDOWN },
    { "operate", ABI_CALL_OPERATE },      { "resume", ABI_CALL_RESUME }
};

static uint64_t number(uint32_t index)
{
    if (index < SMALL) return index;
    index -= SMALL;
    return (1ull << index / AROUND) + index % AROUND - 1;
}

static uint64_t call_with(uint32_t instruction, uint64_t call, uint64_t argument)
{
    struct attempt_registers r = { .rax = call, .rdi = argument, .rdx = 1 };
    const char *code = instruction == INFO_CALL_VMCALL ? "\x0f\x01\xc1" : "\x0f\x01\xd9";
    uint32_t outcome = attempt(ATTEMPT_64, ATTEMPT_PLAIN, code, 3, &r);
    return outcome == ATTEMPT_PASSED ? r.rax : UINT64_MAX;
}

static void sweep(struct serial *serial, const char *name, uint32_t call, uint32_t instruction)
{
    struct { uint64_t status, count; } seen[STATUSES] = { 0 };
    uint32_t found = 0;
    for (uint32_t i = 0; i < NUMBERS; i++) {
        bool is_call = call == ABI_CALL_COUNT;
        if (is_call && number(i) < ABI_CALL_COUNT) continue;
        uint64_t status = call_with(instruction, is_call ? number(i) : call, is_call ? 0 : number(i));
        uint32_t at = 0;
        while (at < found && seen[at].status != status) at++;
        if (at == STATUSES) continue;
        found += at == found;
        seen[at].status = status;
        seen[at].count++;
    }
    for (uint32_t i = 0; i < found; i++) serial_print(serial, "probe call %s %lu %lu\n", name, seen[i].status, seen[i].count);
}

void prober_try_calls(struct serial *serial, uint32_t instruction)
{
    for (uint32_t i = 0; i < sizeof sweeps / sizeof *sweeps; i++) sweep(serial, sweeps[i].name, sweeps[i].call, instruction);
}
