/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `bench`: counts the length of the ways into the kernel and back, in TSC ticks; under QEMU's -icount these are
 * instructions. Says on COM2 the shortest of many rounds, less what reading the counter costs:
 *
 *   bench null|notify|receive|send ticks=N
 *   bench record ticks=N                            the same message where each that passes leaves an audit record
 *   bench batch ticks=N                             32 of these in one call, each
 *   bench deny ticks=N                              two unknown types in turn: each denial makes an audit record
 *   bench deny-again ticks=N                        one unknown type: all denials but the first are counted, not written
 *   bench reflect ticks=N                           CPUID, which the monitor `counter` answers, less the time that it takes
 *   bench reflect-alarm|reflect-all|reflect-both ticks=N      the same where it sets an alarm, sees all fields, or both
 *   bench call ticks=N                              the window given to `server` and given back
 *   bench gap ticks=N                               the shortest time that another window took: two switches and that window
 *   bench done
 *
 * It needs a channel to send on whose type 0 allows zeros in all fields (its slot size gives the message's size), a second one
 * of the kind, whose messages are recorded, one to receive on, and COM2.
 */
#include "channels/abi.h"
#include "channels/message.h"
#include "count.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/serial.h"

enum {
    BENCH_ROUNDS = 64,
    BENCH_GAPS = 8,
    BENCH_CALL = 0,                   /* the privilege that gives the window away, the first by name */
    BENCH_GAP_TICKS = 1000            /* more than any step of the loop that looks for gaps */
};

static struct serial bench_serial;
static uint32_t bench_instruction;    /* enum info_call */

static void bench_tell(const char *name, uint64_t ticks)
{
    serial_print(&bench_serial, "bench %s ticks=%lu\n", name, ticks);
}

static uint64_t bench_min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Returns the ticks of one call, which must have this status. */
static uint64_t bench_call(uint64_t call, uint64_t a, uint64_t b, uint64_t c, uint64_t status)
{
    struct counted counted = count_call(bench_instruction, call, a, b, c);

    if (counted.status != status) guest_fail();
    return counted.after - counted.before;
}

/* Of a batch of `c` messages: each one's share. */
static void bench_repeat(const char *name, uint64_t call, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t best = UINT64_MAX, each = c > 1 ? c : 1;

    for (uint32_t i = 0; i < BENCH_ROUNDS; i++) {
        best = bench_min(best, bench_call(call, a, b, c, ABI_OK));
        if (i % 4 == 3 || c > 1) call_make(ABI_CALL_WAIT, 0, 0, 0);     /* the receiver empties its inbox, the audit its ring */
    }
    bench_tell(name, (best - count_overhead(BENCH_ROUNDS) + each - 1) / each);
}

/* Sends `types` unknown types in turn. */
static void bench_deny(const char *name, const struct info_channel *channel, struct message_header *header, uint32_t types)
{
    uint64_t best = UINT64_MAX;

    for (uint32_t i = 0; i < BENCH_ROUNDS; i++) {
        header->type = (uint16_t)(UINT16_MAX - i % types);
        best = bench_min(best, bench_call(ABI_CALL_SEND, channel->channel, 0, 1, ABI_DENIED));
        if (i % 8 == 7) call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
    bench_tell(name, best - count_overhead(BENCH_ROUNDS));
}

static void bench_reflect(const char *name, uint64_t wanted)
{
    uint64_t best = UINT64_MAX;

    for (uint32_t i = 0; i < BENCH_ROUNDS; i++) {
        uint64_t leaf = wanted, subleaf = 0, monitor, before = clock_now();
        __asm__ volatile("cpuid" : "+a"(leaf), "+c"(subleaf), "=d"(monitor) : : "rbx", "memory");
        uint64_t ticks = clock_now() - before - monitor;
        if (i > 0) best = bench_min(best, ticks);     /* the first still came as the leaf before had it */
    }
    bench_tell(name, best - count_overhead(BENCH_ROUNDS));
}

/* Reads the counter without a pause: it jumps where somebody else had the CPU. */
static void bench_gap(void)
{
    uint64_t best = UINT64_MAX, last = clock_now();

    for (uint32_t gaps = 0; gaps < BENCH_GAPS;) {
        uint64_t now = clock_now();
        if (now - last > BENCH_GAP_TICKS) {
            best = bench_min(best, now - last);
            gaps++;
        }
        last = now;
    }
    bench_tell("gap", best);
}

/* The channel of that direction behind `after`, or the first one. */
static const struct info_channel *bench_find(const struct subject_info *info, enum info_direction direction,
                                             const struct info_channel *after)
{
    const struct info_channel *channel = after != 0 ? after + 1 : info->channels;

    for (; channel < info->channels + info->channel_count; channel++) {
        if (channel->direction == direction) return channel;
    }
    guest_fail();
}

/* A message of zeros in the first slots. */
static void bench_fill(const struct info_channel *out)
{
    for (uint32_t i = 0; i < ABI_BATCH_MAX; i++) {
        *(struct message_header *)(out->gpa + (uint64_t)i * out->slot_size) =
            (struct message_header){ .version = 1, .length = out->slot_size - (uint32_t)sizeof(struct message_header) };
    }
}

void guest_main(const struct subject_info *info)
{
    const struct info_channel *out = bench_find(info, INFO_SENDS, 0), *in = bench_find(info, INFO_RECEIVES, 0);
    const struct info_channel *kept = bench_find(info, INFO_SENDS, out);
    struct message_header *header = (struct message_header *)out->gpa;

    bench_instruction = info->call;
    serial_open(&bench_serial, SERIAL_COM2);
    bench_fill(out);
    bench_fill(kept);
    bench_repeat("null", ABI_CALL_NULL, 0, 0, 0);
    bench_repeat("notify", ABI_CALL_NOTIFY, out->channel, 0, 0);
    bench_repeat("receive", ABI_CALL_RECEIVE, in->channel, 0, 0);
    bench_repeat("send", ABI_CALL_SEND, out->channel, 0, 1);
    bench_repeat("record", ABI_CALL_SEND, kept->channel, 0, 1);
    bench_repeat("batch", ABI_CALL_SEND, kept->channel, 0, ABI_BATCH_MAX);
    bench_deny("deny", out, header, 2);
    bench_deny("deny-again", out, header, 1);
    bench_reflect("reflect", 0);
    bench_repeat("call", ABI_CALL_OPERATE, BENCH_CALL, 0, 0);
    bench_gap();
    /* last: what a switch loads grows with the first alarm, for good */
    bench_reflect("reflect-all", COUNT_ALL);
    bench_reflect("reflect-alarm", COUNT_ALARM);
    bench_reflect("reflect-both", COUNT_ALL | COUNT_ALARM);
    serial_print(&bench_serial, "bench done\n");
}
