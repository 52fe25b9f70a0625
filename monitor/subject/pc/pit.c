/* SPDX-License-Identifier: Apache-2.0 */
/* Intel 8254 data sheet. Modes 0, 2, 3 and 4, counted in binary; a mode that is not these counts as mode 0. */
#include "pc/pit.h"

enum {
    COUNTER_0 = 0x40, COUNTER_2 = 0x42, CONTROL = 0x43, SYSTEM = 0x61, COUNTERS = 3, FULL = 0x10000,
    ACCESS_LATCH = 0, ACCESS_LOW = 1, ACCESS_HIGH = 2, ACCESS_BOTH = 3, READ_BACK = 3,
    SYSTEM_GATE = 1, SYSTEM_SPEAKER = 2, SYSTEM_REFRESH = 0x10, SYSTEM_OUT = 0x20
};
#define FREQUENCY 1193182ull

struct counter {
    uint64_t start;                   /* TSC instant at which it began to count */
    uint32_t reload;                  /* 1 to FULL; 0: none was written yet */
    uint16_t latched;
    uint8_t mode, access, low;
    bool has_low, reads_high, is_latched, fired;
};

static struct counter counters[COUNTERS];
static uint64_t now, hertz;
static uint8_t gates;                 /* bits 1 and 0 of port 0x61 */

void pit_reset(uint32_t tsc_khz)
{
    for (uint32_t i = 0; i < COUNTERS; i++) counters[i] = (struct counter){ .access = ACCESS_BOTH };
    hertz = tsc_khz * 1000ull;
    gates = 0;
}

bool pit_has_port(uint64_t port)
{
    return (port >= COUNTER_0 && port <= CONTROL) || port == SYSTEM;
}

/* Without an overflow in any time that a machine runs. */
static uint64_t convert(uint64_t count, uint64_t to, uint64_t from)
{
    return count / from * to + count % from * to / from;
}

static uint64_t ticks(const struct counter *c)
{
    return convert(now - c->start, FREQUENCY, hertz);
}

static bool repeats(const struct counter *c)
{
    return (c->mode & 3) == 2 || (c->mode & 3) == 3;
}

static uint32_t value(const struct counter *c)
{
    uint64_t passed = ticks(c);
    if (c->reload == 0) return 0;
    if (!repeats(c)) return (c->reload - (uint32_t)passed) % FULL;
    uint32_t in_period = (uint32_t)(passed % c->reload);
    if ((c->mode & 3) == 3) in_period = 2 * in_period % c->reload;            /* square wave: by twos */
    return (c->reload - in_period) % FULL;
}

static bool output(const struct counter *c)
{
    uint64_t passed = ticks(c);
    if (c->reload == 0) return c->mode != 0;
    if ((c->mode & 3) == 3) return passed % c->reload < (c->reload + 1) / 2;
    if ((c->mode & 3) == 2) return passed % c->reload != c->reload - 1;
    return passed >= c->reload;
}

bool pit_run(uint64_t at)
{
    struct counter *c = &counters[0];
    now = at;
    if (c->reload == 0 || c->fired || ticks(c) < c->reload) return false;
    if (!repeats(c)) c->fired = true;
    else c->start += convert(ticks(c) / c->reload * c->reload, hertz, FREQUENCY);
    return true;
}

/* Rounded up: it is due once that many ticks have passed. */
uint64_t pit_due(void)
{
    const struct counter *c = &counters[0];
    if (c->reload == 0 || c->fired) return PIT_NEVER;
    return c->start + convert(c->reload, hertz, FREQUENCY) + hertz / FREQUENCY + 1;
}

static void load(struct counter *c, uint32_t reload)
{
    c->reload = reload == 0 ? FULL : reload;
    c->start = now;
    c->fired = false;
}

static void write_counter(struct counter *c, uint8_t byte)
{
    if (c->access == ACCESS_LOW) {
        load(c, byte);
    } else if (c->access == ACCESS_HIGH) {
        load(c, (uint32_t)byte << 8);
    } else if (!c->has_low) {
        c->low = byte;
        c->has_low = true;
    } else {
        c->has_low = false;
        load(c, c->low | (uint32_t)byte << 8);
    }
}

static void latch(struct counter *c)
{
    if (!c->is_latched) c->latched = (uint16_t)value(c);
    c->is_latched = true;
}

static uint8_t read_counter(struct counter *c)
{
    uint32_t shown = c->is_latched ? c->latched : value(c);
    bool high = c->access == ACCESS_HIGH || (c->access == ACCESS_BOTH && c->reads_high);
    if (c->access == ACCESS_BOTH) c->reads_high = !c->reads_high;
    if (c->access != ACCESS_BOTH || high) c->is_latched = false;
    return (uint8_t)(high ? shown >> 8 : shown);
}

/* Of a read-back the counts alone. */
static void write_control(uint8_t byte)
{
    uint32_t which = byte >> 6, access = byte >> 4 & 3;
    if (which == READ_BACK) {
        for (uint32_t i = 0; i < COUNTERS; i++) {
            if (!(byte & 0x20) && byte >> (i + 1) & 1) latch(&counters[i]);
        }
    } else if (access == ACCESS_LATCH) {
        latch(&counters[which]);
    } else {
        counters[which] = (struct counter){ .access = (uint8_t)access, .mode = byte >> 1 & 7 };
    }
}

uint8_t pit_read(uint64_t port)
{
    if (port == CONTROL) return 0xff;
    if (port != SYSTEM) return read_counter(&counters[port - COUNTER_0]);
    return (uint8_t)(gates | (ticks(&counters[COUNTER_2 - COUNTER_0]) & 1 ? SYSTEM_REFRESH : 0) |
                     (output(&counters[COUNTER_2 - COUNTER_0]) ? SYSTEM_OUT : 0));
}

/* A gate that rises has the third counter begin again. */
void pit_write(uint64_t port, uint8_t byte)
{
    if (port == CONTROL) {
        write_control(byte);
    } else if (port != SYSTEM) {
        write_counter(&counters[port - COUNTER_0], byte);
    } else {
        if (byte & ~gates & SYSTEM_GATE) counters[COUNTER_2 - COUNTER_0].start = now;
        gates = byte & (SYSTEM_GATE | SYSTEM_SPEAKER);
    }
}
