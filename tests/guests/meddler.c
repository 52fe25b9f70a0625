/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `meddler`: has a secret, and behaves by it as differently as it can. It says `meddler ready` on COM2 and takes the
 * secret from there, sixteen hexadecimal digits and a newline; then, in stretches of random length, it floods the kernel with
 * calls or with exits, fills its share of the audit or another's inbox, writes the secret to memory and registers,
 * sleeps, loops, dies and starts again or, if it has a parameter, gives its window away. The last slot of its outbox keeps what
 * it needs for its next life.
 */
#include "channels/abi.h"
#include "channels/message.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/serial.h"
#include "random.h"

enum { MEDDLER_WORDS = 4096, MEDDLER_STRETCH = 3000, MEDDLER_DIGITS = 16, MEDDLER_PORTS = 0x400, MEDDLER_LIVES = 200 };

struct meddler_state { uint64_t random, secret, lives; };

static struct meddler_state *meddler;
static const struct info_channel *meddler_out;
static uint64_t meddler_memory[MEDDLER_WORDS];

static uint64_t meddler_next(void)
{
    return random_next(&meddler->random);
}

static uint64_t meddler_below(uint64_t bound)
{
    return meddler_next() % bound;
}

/* ---- what it does, one step each ---- */
static void meddler_call(void)
{
    call_make(ABI_CALL_NULL, meddler->secret, 0, 0);
}

static void meddler_exit(void)
{
    uint32_t eax = (uint32_t)meddler->secret, ebx, ecx = 0, edx;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
}

/* Each on another ground, so that each is a record by itself. */
static void meddler_refused(void)
{
    call_make(ABI_CALL_COUNT + (uint32_t)meddler_below(MEDDLER_PORTS), meddler_next(), 0, 0);
}

static void meddler_send(void)
{
    uint32_t slot = (uint32_t)meddler_below(meddler_out->slots - 1u);
    struct message_header *header = (struct message_header *)(meddler_out->gpa + (uint64_t)slot * meddler_out->slot_size);
    *header = (struct message_header){ .type = (uint16_t)meddler_below(3), .version = 1, .length = 16 };
    ((uint64_t *)(header + 1))[0] = meddler_next();
    call_make(ABI_CALL_SEND, meddler_out->channel, slot, 1);
}

static void meddler_write(uint32_t msr, uint32_t low, uint32_t high)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"(low), "d"(high));
}

/* All registers of the model that it has: SYSENTER, PAT (write-through where noise has it so), SYSCALL, bases of FS and GS. */
static void meddler_write_all(uint32_t noise)
{
    for (uint32_t msr = 0x174; msr <= 0x176; msr++) meddler_write(msr, noise, 0);
    meddler_write(0x277, noise & 0x04040404, 0x00070406);
    for (uint32_t msr = 0xc0000081; msr <= 0xc0000084; msr++) meddler_write(msr, noise, 0);
    meddler_write(0xc0000100 + (uint32_t)meddler_below(3), noise, 0);
}

static void meddler_spread(void)
{
    uint64_t noise = meddler_next();
    uint32_t mxcsr = 0x1f80 | (uint32_t)(noise & 3) << 13;
    for (uint32_t i = 0; i < MEDDLER_WORDS; i += 8) meddler_memory[i] ^= noise;
    meddler_write_all((uint32_t)noise);
    __asm__ volatile("ldmxcsr %1\n\tmovq %0, %%xmm0\n\tmovq %0, %%xmm15\n\tfninit\n\tfldpi\n\tfldpi\n\tmov %0, %%cr2"
                     : : "r"(noise), "m"(mxcsr));
}

static void meddler_sleep(void)
{
    call_make(ABI_CALL_WAIT, 0, 0, 0);
}

static void meddler_loop(void)
{
    for (uint64_t i = meddler_below(MEDDLER_STRETCH); i > 0; i--) __asm__ volatile("");
}

/* To `keeper`, which gives it back once it has slept; its registers hold what the secret makes of them. */
static void meddler_give(void)
{
    meddler_spread();
    call_make(ABI_CALL_OPERATE, 0, 0, 0);
}

static void meddler_die(void)
{
    if (meddler->lives++ < MEDDLER_LIVES) guest_fail();
}

/* What a stretch consists of; the fewer steps the longer each of them takes. */
static const struct { void (*step)(void); uint32_t most; } meddler_acts[] = {
    { meddler_call, MEDDLER_STRETCH }, { meddler_exit, MEDDLER_STRETCH }, { meddler_refused, MEDDLER_STRETCH },
    { meddler_send, MEDDLER_STRETCH }, { meddler_spread, 40 }, { meddler_sleep, 3 },
    { meddler_loop, 60 }, { meddler_die, 1 }, { meddler_give, 20 }
};

/* ---- its secret ---- */
static uint64_t meddler_digit(char c)
{
    return c >= 'a' ? (uint64_t)(c - 'a') + 10 : (uint64_t)(c - '0');
}

static void meddler_learn(struct serial *serial)
{
    uint64_t secret = 0;
    char c;

    serial_print(serial, "meddler ready\n");
    for (uint32_t digits = 0; digits < MEDDLER_DIGITS;) {
        if (serial_read(serial, &c, 1) == 0) continue;
        secret = secret << 4 | meddler_digit(c);
        digits++;
    }
    *meddler = (struct meddler_state){ .random = secret, .secret = secret };
    serial_print(serial, "meddler knows %lx\n", secret);
}

void guest_main(const struct subject_info *info)
{
    static struct serial serial;

    meddler_out = guest_find_channel(info, "out", INFO_SENDS);
    if (meddler_out == NULL) guest_fail();
    meddler = (struct meddler_state *)(meddler_out->gpa + (uint64_t)(meddler_out->slots - 1u) * meddler_out->slot_size);
    serial_open(&serial, SERIAL_COM2);
    if (info->epoch == 0) meddler_learn(&serial);
    for (;;) {
        uint64_t act = meddler_below(sizeof meddler_acts / sizeof *meddler_acts - (info->param_count == 0));
        for (uint64_t i = 1 + meddler_below(meddler_acts[act].most); i > 0; i--) meddler_acts[act].step();
    }
}
