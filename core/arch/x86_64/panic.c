/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a kernel that has found itself wrong: say so, stop every CPU. No subject's act leads here. */
#include "core/compiler.h"
#include "core/console.h"
#include "core/status.h"
#include "x86/x86.h"

_Noreturn void trap_panic(uint64_t vector, uint64_t word0, uint64_t word1);
_Noreturn void __stack_chk_fail(void);

SEALED uint64_t __stack_chk_guard;    /* set by start-up */

/* What fails while it stops the others goes on to tell; what fails while it tells ends: never in a circle. */
static void stop_all(void)
{
    static enum { RUNNING, STOPPING, TELLING } stages[IMAGE_MAX_CPUS];
    uint32_t cpu = arch_cpu();
    if (stages[cpu] == TELLING) arch_halt();
    if (stages[cpu]++ == RUNNING) x86_stop_all();
    stages[cpu] = TELLING;
}

_Noreturn void core_panic(const char *what, const char *file, int line)
{
    stop_all();
    console_print("panic: %s at %s:%u", what, file, (uint32_t)line);
    arch_halt();
}

/* Called by the compiler's code, which finds the guard value behind a frame changed. */
_Noreturn void __stack_chk_fail(void)
{
    core_panic("stack smashed", __FILE_NAME__, __LINE__);
}

/* On the stack for double faults: whether what could not be reached lies in the page above, which ends the CPU's stack. */
static bool overflowed(void)
{
    return (x86_read_cr2() ^ (uint64_t)x86_cpu()) < STACK_SIZE;
}

/* Called by trap.S. Whether word0 is an error code or the instruction pointer depends on the vector: APM volume 2, 8.2. */
_Noreturn void trap_panic(uint64_t vector, uint64_t word0, uint64_t word1)
{
    stop_all();
    console_print("panic: %sexception %u in the kernel, stack %x %x", overflowed() ? "stack overflow: " : "", (uint32_t)vector,
                  word0, word1);
    arch_halt();
}
