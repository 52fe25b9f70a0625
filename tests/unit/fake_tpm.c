/* SPDX-License-Identifier: Apache-2.0 */
/* See fake_tpm.h. Register offsets and bits are written out once more here: a slip in the driver must not repeat itself. */
#include "fake_tpm.h"
#include <string.h>
#include "core/core.h"
#include "core/sha256.h"
#include "tpm_tis.h"

#define KHZ 1000u                     /* a TSC tick is a microsecond */

struct fake_tpm fake_tpm;

void fake_tpm_reset(void)
{
    fake_tpm = (struct fake_tpm){ .burst = 64, .family = 0x04, .expects_only = FAKE_NO_FAULT, .takes_only = FAKE_NO_FAULT,
                                  .gives_only = FAKE_NO_FAULT, .answers_only = FAKE_NO_FAULT, .fails_at = FAKE_NO_FAULT,
                                  .tick = 100 };
}

uint64_t arch_now(void)
{
    return fake_tpm.clock += fake_tpm.tick;
}

uint32_t core_tsc_khz(void)
{
    return KHZ;
}

static void put32(uint8_t *p, uint32_t x)
{
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(x >> (24 - 8 * i));
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void hash(const uint8_t *data, uint32_t size, uint8_t digest[32])
{
    struct sha256 s;
    sha256_start(&s);
    sha256_add(&s, data, size);
    sha256_digest(&s, digest);
}

uint32_t fake_tpm_event_answer(const uint8_t digest[32], uint8_t answer[FAKE_ROOM])
{
    static const uint8_t head[] = {
        0x80, 0x02, 0, 0, 0, 57, 0, 0, 0, 0,  0, 0, 0, 38,  0, 0, 0, 1,  0, 0x0b
    };
    memcpy(answer, head, sizeof head);
    hash(digest, 32, answer + sizeof head);
    memcpy(answer + sizeof head + 32, "\0\0\1\0\0", 5);
    return sizeof head + 32 + 5;
}

static void answer_plain(uint32_t rc)
{
    memcpy(fake_tpm.out, "\x80\x01", 2);
    put32(fake_tpm.out + 2, 10);
    put32(fake_tpm.out + 6, rc);
    fake_tpm.out_size = 10;
}

/* The command as the library's part 3 lays it out, byte for byte but for PCR and digest. */
static bool is_event(const uint8_t *in, uint32_t size)
{
    static const uint8_t head[] = { 0x80, 0x02, 0, 0, 0, 61, 0, 0, 0x01, 0x3c, 0, 0, 0 };
    static const uint8_t tail[] = { 0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0, 0, 32 };
    return size == 61 && memcmp(in, head, sizeof head) == 0 && memcmp(in + 14, tail, sizeof tail) == 0;
}

static void extend(uint32_t pcr, const uint8_t digest[32])
{
    uint8_t joined[64];
    memcpy(joined, fake_tpm.pcr[pcr], 32);
    hash(digest, 32, joined + 32);
    hash(joined, sizeof joined, fake_tpm.pcr[pcr]);
}

static void execute(void)
{
    static const uint8_t startup[12] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x44, 0, 0 };
    const uint8_t *in = fake_tpm.in;
    if (fake_tpm.in_size == sizeof startup && memcmp(in, startup, sizeof startup) == 0) {
        answer_plain(fake_tpm.startups++ > 0 || !fake_tpm.needs_startup ? 0x100 : 0);
        fake_tpm.needs_startup = false;
    } else if (!is_event(in, fake_tpm.in_size) || in[13] >= 24) {
        answer_plain(0x143);
    } else if (fake_tpm.busy > 0) {
        fake_tpm.busy--;
        answer_plain(0x922);
    } else if (fake_tpm.needs_startup) {
        answer_plain(0x100);
    } else if (fake_tpm.events++ == fake_tpm.fails_at) {
        answer_plain(0x101);
    } else if (fake_tpm.answer) {
        memcpy(fake_tpm.out, fake_tpm.answer, fake_tpm.answer_size);
        fake_tpm.out_size = fake_tpm.answer_size;
    } else {
        extend(in[13], in + 29);
        fake_tpm.out_size = fake_tpm_event_answer(in + 29, fake_tpm.out);
    }
}

static bool expects(void)
{
    if (fake_tpm.state != FAKE_RECEPTION) return false;
    if (fake_tpm.never_stops_expecting) return true;
    if (fake_tpm.in_size >= fake_tpm.expects_only) return false;
    return fake_tpm.in_size < 6 || fake_tpm.in_size < get32(fake_tpm.in + 2);
}

static uint32_t burst(void)
{
    if (fake_tpm.state == FAKE_COMPLETION) {
        uint32_t left = fake_tpm.out_size - fake_tpm.out_at;
        return fake_tpm.out_at >= fake_tpm.gives_only ? 0 : left < fake_tpm.burst ? left : fake_tpm.burst;
    }
    return fake_tpm.in_size >= fake_tpm.takes_only ? 0 : fake_tpm.burst;
}

static uint8_t status(void)
{
    uint8_t s = 0x80;
    if (fake_tpm.state == FAKE_READY) s |= 0x40;
    if (expects()) s |= 0x08;
    if (fake_tpm.state == FAKE_COMPLETION && fake_tpm.out_at < fake_tpm.out_size) s |= 0x10;
    return s;
}

static uint8_t access(void)
{
    if (fake_tpm.access_always != 0) return fake_tpm.access_always;
    return 0x81 | (fake_tpm.active ? 0x20 : 0);
}

uint8_t tis_read8(uint32_t reg)
{
    switch (reg) {
    case 0x00: return access();
    case 0x18: return fake_tpm.active ? status() : 0xff;
    case 0x19: return (uint8_t)burst();
    case 0x1a: return (uint8_t)(burst() >> 8);
    case 0x1b: return fake_tpm.family;
    case 0x30: return fake_tpm.interface;
    case 0x24:
        if (fake_tpm.state != FAKE_COMPLETION || fake_tpm.out_at >= fake_tpm.out_size) {
            fake_tpm.broken_protocol = true;
            return 0xff;
        }
        return fake_tpm.out[fake_tpm.out_at++];
    default: fake_tpm.broken_protocol = true; return 0xff;
    }
}

static void write_access(uint8_t value)
{
    if (value == 0x02) {
        fake_tpm.requests++;
        fake_tpm.active = !fake_tpm.never_grants;
    } else if (value == 0x20) {
        fake_tpm.releases++;
        fake_tpm.active = false;
    } else {
        fake_tpm.broken_protocol = true;
    }
}

static void write_status(uint8_t value)
{
    if (value == 0x40) {
        fake_tpm.state = fake_tpm.state == FAKE_IDLE && !fake_tpm.never_ready ? FAKE_READY : FAKE_IDLE;
        if (fake_tpm.state == FAKE_READY) fake_tpm.in_size = fake_tpm.out_size = fake_tpm.out_at = 0;
    } else if (value == 0x20 && fake_tpm.state == FAKE_RECEPTION && !expects()) {
        fake_tpm.state = FAKE_EXECUTION;
        if (fake_tpm.commands++ >= fake_tpm.answers_only) return;
        execute();
        fake_tpm.state = FAKE_COMPLETION;
    } else {
        fake_tpm.broken_protocol = true;
    }
}

static void write_fifo(uint8_t value)
{
    if (fake_tpm.state == FAKE_READY) fake_tpm.state = FAKE_RECEPTION;
    if (fake_tpm.state != FAKE_RECEPTION || fake_tpm.in_size >= FAKE_ROOM || burst() == 0) {
        fake_tpm.broken_protocol = true;
        return;
    }
    fake_tpm.in[fake_tpm.in_size++] = value;
}

void tis_write8(uint32_t reg, uint8_t value)
{
    if (reg != 0 && !fake_tpm.active) fake_tpm.broken_protocol = true;
    switch (reg) {
    case 0x00: write_access(value); break;
    case 0x18: write_status(value); break;
    case 0x24: write_fifo(value); break;
    default: fake_tpm.broken_protocol = true; break;
    }
}
