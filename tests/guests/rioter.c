/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `rioter`: acts at random, from a seed: hypercalls with any arguments, messages of any content, ports, model-specific
 * registers, CPUID, privileged instructions in any width, and now and then what ends its life. Keeps account over its lives in
 * the last slot of its outbox, which a restart leaves alone. Says on COM2 before each death, and in between:
 *
 *   riot epoch=E acts=N refused=N deaths=N
 *
 * and at last `riot done acts=N refused=N deaths=N`. `refused` is what the kernel must have on record. Parameters: seed, acts.
 */
#include <stdbool.h>
#include "acts.h"
#include "channels/abi.h"
#include "channels/message.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/serial.h"
#include "random.h"

enum { PORTS = 0x10000, PROTECTION = 13, TELL_EACH = 8192, DEATH_EACH = 16384, REST_EACH = 8192, CPUID_LEAVES = 64 };
enum { OWN_FIRST = 0x2f8, OWN_LAST = 0x2ff, WIDEST = 4 };
#define NOWHERE (1ull << 38)          /* far above all that any policy maps */

struct account { uint64_t acts, refused, deaths, random; };

static struct serial serial;
static const struct info_channel *channel;
static struct account *account;

static uint64_t next(void)
{
    return random_next(&account->random);
}

static uint64_t below(uint64_t bound)
{
    return next() % bound;
}

/* A number that is small, at an edge, or anything. */
static uint64_t argument(void)
{
    static const uint64_t edges[] = {
        0, 1, 0x7f, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 1ull << 39, 1ull << 63, UINT64_MAX
    };
    switch (below(4)) {
    case 0: return below(8);
    case 1: return edges[below(sizeof edges / sizeof *edges)];
    case 2: return channel->channel;
    default: return next();
    }
}

static void count_exception(uint32_t outcome)
{
    account->refused += outcome == PROTECTION || outcome == ACTS_DENIED;
}

/* ---- hypercalls ---- */
/* The answer's upper half tells which messages passed: the channel's feedback is full. */
static void send(void)
{
    uint64_t first = below(4) == 0 ? argument() : below(channel->slots), count = below(4) == 0 ? argument() : 1 + below(8);
    struct call_answer answer = call_make(ABI_CALL_SEND, channel->channel, first, count);
    if (answer.status != ABI_OK && answer.status != ABI_DENIED) count = 1;        /* the call itself */
    else for (uint64_t passed = answer.result >> 32; passed != 0; passed &= passed - 1) count--;
    account->refused += count;
}

/* Half of the messages are well-formed; the last slot holds the account. */
static void write_message(void)
{
    struct message_header *header = (struct message_header *)(channel->gpa + below(channel->slots - 1) * channel->slot_size);
    uint64_t *payload = (uint64_t *)(header + 1);
    bool good = below(2) == 0;
    header->type = (uint16_t)(good ? 0 : argument());
    header->version = (uint16_t)(good ? 1 : argument());
    header->length = good ? 8 : (uint32_t)argument();
    header->sequence = next();
    *payload = good ? below(16) : next();
}

/* Not those that give the rest of the window up, which rest() makes. */
static void call(void)
{
    uint64_t number = below(2) == 0 ? below(ABI_CALL_COUNT + 2) : argument();
    if (number == ABI_CALL_SEND || number == ABI_CALL_WAIT) {
        write_message();
        send();
    } else {
        account->refused += call_make((uint32_t)number, argument(), argument(), argument()).status != ABI_OK;
    }
}

/* ---- the processor ---- */
static void touch_port(void)
{
    static const struct { const char *code; uint32_t size; } accesses[] = {
        { "\xec", 1 }, { "\xed", 1 }, { "\x66\xed", 2 }, { "\xee", 1 }, { "\xef", 1 }, { "\x66\xef", 2 }, { "\xf3\x6c", 2 },
        { "\xf3\x6e", 2 }, { "\x6d", 1 }, { "\x6f", 1 }
    };
    static uint64_t buffer[2];
    uint32_t access = (uint32_t)below(sizeof accesses / sizeof *accesses), port = (uint32_t)below(PORTS);
    struct attempt_registers r = { next(), next(), 1, port, (uint64_t)buffer, (uint64_t)buffer };
    if (port >= OWN_FIRST - WIDEST && port <= OWN_LAST) return;       /* it would not hear itself any more */
    count_exception(attempt((enum attempt_mode)below(3), ATTEMPT_PLAIN, accesses[access].code, accesses[access].size, &r));
}

static void touch_msr(void)
{
    static const uint32_t bases[] = { 0, 0x40000000, 0xc0000000, 0xc0010000 };
    uint32_t msr = below(4) == 0 ? (uint32_t)next() : bases[below(4)] + (uint32_t)below(0x2000);
    struct attempt_registers r = { .rcx = msr };
    uint32_t outcome = attempt(ATTEMPT_64, ATTEMPT_PLAIN, "\x0f\x32", 2, &r);
    count_exception(outcome);
    if (outcome != ATTEMPT_PASSED) r = (struct attempt_registers){ next(), next(), msr, next(), 0, 0 };
    count_exception(attempt(ATTEMPT_64, ATTEMPT_PLAIN, "\x0f\x30", 2, &r));
}

static void ask_cpuid(void)
{
    struct attempt_registers r = { .rax = below(4) << 30 | below(CPUID_LEAVES), .rcx = below(8) };
    attempt((enum attempt_mode)below(ATTEMPT_MODES), ATTEMPT_PLAIN, "\x0f\xa2", 2, &r);
}

/* Leaves something in what entering a subject does not switch by itself: others must not find it. */
static void litter(void)
{
    uint64_t noise = next(), base = next() >> 17;
    __asm__ volatile("wrmsr" : : "c"(0xc0000100 + (uint32_t)below(3)), "a"((uint32_t)base), "d"((uint32_t)(base >> 32)));
    __asm__ volatile("movq %0, %%xmm0\n\tmovq %0, %%xmm7\n\tmovq %0, %%xmm15\n\tfninit\n\tfldpi\n\tfldpi\n\tfldz\n\t"
                     "mov %0, %%cr2" : : "r"(noise));
}

static uint32_t count_acts(void)
{
    uint32_t count = 0;
    while (acts_name(count) != 0) count++;
    return count;
}

/* Seldom what gives the rest of the window up. In system mode every #GP is the kernel's: core/isolation.md. */
static void act(void)
{
    uint32_t number = (uint32_t)below(count_acts());
    if (acts_rests(number) && below(REST_EACH / 64) != 0) return;
    count_exception(acts_try(number, (enum attempt_mode)below(ATTEMPT_USER)));
}

/* ---- lives ---- */
static void tell(uint32_t epoch)
{
    serial_print(&serial, "riot epoch=%u acts=%lu refused=%lu deaths=%lu\n", epoch, account->acts, account->refused,
                 account->deaths);
}

static void die(uint32_t epoch)
{
    struct attempt_registers r = { .rax = next(), .rsi = NOWHERE };
    account->deaths++;
    account->refused++;
    tell(epoch);
    switch (below(5)) {
    case 0: attempt(ATTEMPT_64, ATTEMPT_STEP, "\x90\x90", 2, &r); break;
    case 1: attempt(ATTEMPT_64, ATTEMPT_PLAIN, "\x48\x8b\x06", 3, &r); break;         /* mov (%rsi), %rax */
    case 2: attempt(ATTEMPT_64, ATTEMPT_PLAIN, "\x48\x89\x06", 3, &r); break;         /* mov %rax, (%rsi) */
    case 3: attempt(ATTEMPT_64, ATTEMPT_PLAIN, "\xff\xe6", 2, &r); break;             /* jmp *%rsi */
    default: guest_fail();
    }
    serial_print(&serial, "riot alive epoch=%u\n", epoch);
}

static void step(uint32_t epoch)
{
    account->acts++;
    if (account->acts % TELL_EACH == 0) tell(epoch);
    if (below(DEATH_EACH) == 0) die(epoch);
    if (below(REST_EACH) == 0) call_make(ABI_CALL_WAIT, 0, 0, 0);
    switch (below(8)) {
    case 0 ... 2: call(); break;
    case 3: touch_port(); break;
    case 4: touch_msr(); break;
    case 5: ask_cpuid(); break;
    case 6: litter(); break;
    default: act(); break;
    }
}

void guest_main(const struct subject_info *info)
{
    uint64_t limit = (uint64_t)info->params[1];
    channel = &info->channels[0];
    account = (struct account *)(channel->gpa + (uint64_t)(channel->slots - 1) * channel->slot_size);
    serial_open(&serial, SERIAL_COM2);
    attempt_start(NOWHERE);
    if (info->epoch == 0) *account = (struct account){ .random = (uint64_t)info->params[0] };
    while (account->acts < limit) step(info->epoch);
    serial_print(&serial, "riot done acts=%lu refused=%lu deaths=%lu\n", account->acts, account->refused, account->deaths);
}
