/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Monitor `traitor`: fails its subject in the way that its parameter says, and tries to harm others: by its end, by never
 * answering, by state that no processor runs, by what only subjects may ask for, by memory that is no one's.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "monitor/exit.h"

enum way { CRASH, LOOP, NONSENSE, FAIL, TRESPASS, STARE, SLEEP, HURRY };
enum { CALLS = 12, ARGUMENTS = 4, FAILS_WITH = 7, LSTAR = 0xc0000082 };
#define WINDOWS (1ull << 2 | 1ull << 22)          /* of VMX's controls: interrupts, NMIs */

static uint64_t random_state;

/* xorshift64*, by the life's number: each life answers other nonsense. */
static uint64_t random_word(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 0x2545f4914f6cdd1dull;
}

/* All of the state, or a part of it, with all bits at random or a few of them wrong. */
static void answer_nonsense(struct monitor_frame *f)
{
    uint64_t *general = &f->rax;
    uint32_t wild = (uint32_t)random_word() % 4;
    for (uint32_t i = 0; i < 15; i++) general[i] = random_word();
    for (uint32_t i = 0; i < MONITOR_FIELDS_MAX; i++) {
        uint64_t word = random_word();
        if (wild == 0) f->fields[i] = word;
        else if (word % 16 == 0) f->fields[i] ^= wild == 1 ? 1ull << word / 16 % 64 : word;
    }
    f->counts[MONITOR_TAKE] = wild == 3 ? UINT32_MAX : (uint32_t)random_word() % (MONITOR_FIELDS_MAX + 1);
}

static void ask_for_everything(void)
{
    static const uint64_t arguments[ARGUMENTS] = { 0, 1, 1ull << 32, UINT64_MAX };
    for (uint32_t call = 0; call < CALLS; call++) {
        if (call == ABI_CALL_RESUME || call == ABI_CALL_WAIT) continue;
        for (uint32_t i = 0; i < ARGUMENTS; i++) {
            if (call_make(call, arguments[i], arguments[ARGUMENTS - 1 - i], 1).status == ABI_OK && call != ABI_CALL_NULL) {
                guest_fail();
            }
        }
    }
}

/* Its own page tables are its own: behind them is what the kernel shows it. */
static void trespass(const struct subject_info *info)
{
    static uint64_t tables[3][512] __attribute__((aligned(4096)));
    volatile uint64_t *beyond = (volatile uint64_t *)(uintptr_t)(info->ram_size + ((uint64_t)info->epoch << 21));
    ask_for_everything();
    for (uint32_t i = 0; i < 512; i++) {
        tables[0][i] = (uintptr_t)tables[1] | 3;
        tables[1][i] = (uintptr_t)tables[2] | 3;
        tables[2][i] = (uint64_t)i << 21 | 0x83;
    }
    __asm__ volatile("mov %0, %%cr3" : : "r"(tables) : "memory");
    *beyond = 0;
    for (;;) {}
}

static _Noreturn void answer_badly(const struct subject_info *info, struct monitor_frame *f)
{
    random_state = 0x9e3779b97f4a7c15ull * (info->epoch + 1ull);
    f->counts[MONITOR_SHOW] = UINT32_MAX;
    for (;;) {
        call_make(ABI_CALL_RESUME, 0, 0, 0);
        answer_nonsense(f);
    }
}

/* Wants its turn at an instant that is always past; on VMX, every other time, as soon as its subject can take an event. */
static _Noreturn void hurry(const struct subject_info *info, struct monitor_frame *f)
{
    bool has_windows = info->call == INFO_CALL_VMCALL;
    if (has_windows) f->counts[MONITOR_SHOW] = MONITOR_VMX_CONTROLS + 1;
    for (f->alarm = 1;; f->alarm ^= has_windows) {
        call_make(ABI_CALL_RESUME, 0, 0, 0);
        if (!has_windows) continue;
        f->fields[MONITOR_VMX_CONTROLS] |= WINDOWS;
        f->counts[MONITOR_TAKE] = MONITOR_VMX_CONTROLS + 1;
    }
}

void guest_main(const struct subject_info *info)
{
    struct monitor_frame *f = (struct monitor_frame *)MONITOR_FRAME;
    switch ((enum way)info->params[0]) {
    case CRASH:
        if (info->epoch == 1) __asm__ volatile("rdmsr" : : "c"(LSTAR) : "rax", "rdx");    /* on VMX its subject's */
        guest_fail();
    case LOOP: for (;;) {}
    case NONSENSE: answer_badly(info, f);
    case FAIL: call_make(ABI_CALL_RESUME, FAILS_WITH, 0, 0); break;
    case TRESPASS: trespass(info); break;
    case HURRY: hurry(info, f);
    case STARE: for (;;) call_make(ABI_CALL_RESUME, 0, 0, 0);
    default: for (;;) __asm__ volatile("sti; hlt");
    }
}
