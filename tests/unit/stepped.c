/* SPDX-License-Identifier: Apache-2.0 */
/* See stepped.h. */
#include "stepped.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#define TRAP_FLAG 0x100
#define BREAKPOINT 0xcc
#define PAGE 4096u
#define INSTRUCTIONS 4096u

/* Pushes beyond what may be in use below the stack pointer (System V ABI, 3.2.2). */
#define SET_FLAGS(act, bits)                                                                                               \
    __asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; " act " %0, (%%rsp); popfq; lea 128(%%rsp), %%rsp"                  \
                     : : "i"(bits) : "memory", "cc")

static uint8_t *path[INSTRUCTIONS];   /* each once */
static uint32_t path_length;
static uint8_t *broken, was;          /* where a breakpoint is; what it stands for */
static void (*other_cpu)(void);
static bool done;
static struct sigaction before;

static void patch(uint8_t *at, uint8_t byte)
{
    void *page = (void *)((uintptr_t)at & ~(uintptr_t)(PAGE - 1));
    if (mprotect(page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) abort();
    *(volatile uint8_t *)at = byte;
    if (mprotect(page, PAGE, PROT_READ | PROT_EXEC) != 0) abort();
}

static void note(uint8_t *at)
{
    for (uint32_t i = 0; i < path_length; i++)
        if (path[i] == at) return;
    if (path_length == INSTRUCTIONS) abort();
    path[path_length++] = at;
}

static void trapped(int signal, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    (void)signal, (void)info;
    if (broken == 0) {
        note((uint8_t *)(uintptr_t)registers[REG_RIP]);
        return;
    }
    patch(broken, was);
    registers[REG_RIP] = (greg_t)(uintptr_t)broken;       /* it stands behind the breakpoint: goes back to what was there */
    broken = 0;
    done = true;
    other_cpu();
}

void stepped_begin(uint32_t instant, void (*other)(void))
{
    struct sigaction action = { .sa_sigaction = trapped, .sa_flags = SA_SIGINFO };
    done = false;
    other_cpu = other;
    if (sigaction(SIGTRAP, &action, &before) != 0) abort();
    if (instant == 0) {
        path_length = 0;
        SET_FLAGS("orq", TRAP_FLAG);
    } else {
        broken = path[instant - 1];
        was = *broken;
        patch(broken, BREAKPOINT);
    }
}

bool stepped_end(void)
{
    SET_FLAGS("andq", ~TRAP_FLAG);
    if (broken != 0) patch(broken, was);
    broken = 0;
    if (sigaction(SIGTRAP, &before, 0) != 0) abort();
    return done;
}

uint32_t stepped_last(void)
{
    return path_length;
}
