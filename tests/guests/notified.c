/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `notified`: has a CPU of its own, and `notifier` on another one raises its event, an interrupt while it runs. Says
 * on COM2 how many ticks that takes, less what reading the counter costs; on an emulator that has its CPUs take turns (Bochs)
 * these are instructions:
 *
 *   notify call ticks=N                         from the hypercall there, which kicks this CPU, to the next instruction there
 *   notify running ticks=N exits=E              from the kick's exit until `notified`, which was running, has had the interrupt
 *                                               and goes on; in E parts
 *   notify waiting ticks=N                      from the hypercall there to the first instruction here, where it waited
 *   notify done
 *
 * The call is the mean of many rounds (count.h), the others are the least and right to one step of the counter.
 */
#include "channels/abi.h"
#include "count.h"
#include "guest/call.h"
#include "guest/direct.h"
#include "guest/guest.h"
#include "guest/interrupt.h"
#include "guest/serial.h"

enum {
    NOTIFIED_TYPE = 0,
    NOTIFIED_ROUNDS = 200,
    NOTIFIED_LOOKS = 2000,            /* in a row, before it looks for a message */
    NOTIFIED_LOOKS_AFTER = 100,       /* behind the first kick: what else comes of it */
    NOTIFIED_GAP = 40,                /* ticks: more than a look takes, less than any exit */
    NOTIFIED_READY = 1000             /* ticks that it must have waited, to count */
};

struct instant { uint64_t began, ended; };           /* `notifier`, its call */
struct gaps { uint64_t ticks, count; };

static struct direct_receiver notified_instants;
static uint64_t notified_calls[NOTIFIED_ROUNDS], notified_nothings[NOTIFIED_ROUNDS];
static uint32_t notified_instruction; /* enum info_call */

static bool notified_take(struct instant *instant)
{
    return direct_pop(&notified_instants, NOTIFIED_TYPE, instant, sizeof *instant) == DIRECT_TAKEN;
}

/* The handler: that the kernel gave the event is all. */
extern const uint8_t notified_return[];
__asm__(".text\n"
        ".globl notified_return\n"
        "notified_return: iretq");

/* Reads the counter without a pause: it jumps where the kernel had the CPU. Adds up by how much, and what a look takes else. */
static void notified_look(uint32_t looks, bool until_first, struct gaps *gaps, uint64_t *least)
{
    uint64_t last = clock_now();

    for (uint32_t i = 0; i < looks && !(until_first && gaps->count > 0); i++) {
        uint64_t now = clock_now();
        if (now - last > NOTIFIED_GAP) {
            gaps->ticks += now - last;
            gaps->count++;
        } else if (now - last < *least) {
            *least = now - last;
        }
        last = now;
    }
}

/* One round in which it runs. False unless it was looking when the kick came. */
static bool notified_run(struct gaps *gaps, uint64_t *least, struct instant *instant)
{
    bool seen;

    *gaps = (struct gaps){ 0 };
    notified_look(NOTIFIED_LOOKS, true, gaps, least);
    seen = gaps->count > 0;
    if (!seen && !notified_take(instant)) return false;
    if (seen) {
        notified_look(NOTIFIED_LOOKS_AFTER, false, gaps, least);
        while (!notified_take(instant)) __builtin_ia32_pause();
    }
    return seen;
}

static void notified_tell_running(struct serial *serial)
{
    struct gaps best = { UINT64_MAX, 0 }, gaps;
    uint64_t least = UINT64_MAX;

    interrupt_enable();
    for (uint32_t rounds = 0; rounds < NOTIFIED_ROUNDS;) {
        struct instant instant;
        if (!notified_run(&gaps, &least, &instant)) continue;
        if (gaps.ticks < best.ticks) best = gaps;
        notified_calls[rounds++] = instant.ended - instant.began;
    }
    interrupt_disable();
    for (uint32_t i = 0; i < NOTIFIED_ROUNDS; i++) {
        count_spend(i % COUNT_STEP);
        notified_nothings[i] = count_nothing();
    }
    serial_print(serial, "notify call ticks=%lu\n", count_mean(notified_calls, NOTIFIED_ROUNDS) -
                 count_mean(notified_nothings, NOTIFIED_ROUNDS));
    serial_print(serial, "notify running ticks=%lu exits=%lu\n", best.ticks - best.count * least, best.count);
}

static void notified_tell_waiting(struct serial *serial)
{
    uint64_t best = UINT64_MAX;
    struct instant instant;

    for (uint32_t rounds = 0; rounds < NOTIFIED_ROUNDS;) {
        struct counted wait = count_call(notified_instruction, ABI_CALL_WAIT, 0, 0, 0);
        do {
            while (!notified_take(&instant)) __builtin_ia32_pause();
        } while (instant.began < wait.before);       /* of events before */
        if (instant.began > wait.after) {            /* it did not wait: the message's own event is still there */
            call_make(ABI_CALL_WAIT, 0, 0, 0);
        } else if (instant.began - wait.before > NOTIFIED_READY) {
            if (wait.after - instant.began < best) best = wait.after - instant.began;
            rounds++;
        }
    }
    serial_print(serial, "notify waiting ticks=%lu\n", best - count_overhead(NOTIFIED_ROUNDS));
}

void guest_main(const struct subject_info *info)
{
    struct serial serial;

    notified_instruction = info->call;
    serial_open(&serial, SERIAL_COM2);
    interrupt_start();
    for (uint32_t i = 0; i < INTERRUPT_COUNT; i++) interrupt_set((uint8_t)(INTERRUPT_FIRST + i), notified_return);
    if (!direct_receiver_open(&notified_instants, info, "instants")) guest_fail();
    notified_tell_running(&serial);
    notified_tell_waiting(&serial);
    serial_print(&serial, "notify done\n");
    for (;;) call_make(ABI_CALL_WAIT, 0, 0, 0);
}
