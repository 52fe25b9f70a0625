/* SPDX-License-Identifier: Apache-2.0 */
/* Intel 82093AA data sheet, 3.0: two registers, by which all others are reached. */
#include "pc/ioapic.h"
#include "pc/apic.h"

enum { SELECT = 0, WINDOW = 0x10, ID = 0, VERSION = 1, ARBITRATION = 2, TABLE = 16, PINS = 24 };
#define VERSION_AND_LAST 0x170020u    /* as the emulator's */
#define MASKED 0x10000ull
#define LOGICAL 0x800ull
#define MODE 0x700ull
#define LOWEST_PRIORITY 0x100ull
#define EXTERNAL 0x700ull
#define WAITS 0x4000ull                /* remote IRR: the level has been passed on, and its end has not come */
#define LEVEL 0x8000ull
#define KEPT 0xff0000000001afffull    /* destination, mask, trigger, polarity, destination and delivery mode, vector */

static uint64_t table[PINS];
static uint32_t selected, id, high;   /* pins, bit by number */

void ioapic_reset(void)
{
    for (uint32_t i = 0; i < PINS; i++) table[i] = MASKED;
    selected = id = high = 0;
}

bool ioapic_listens(uint32_t pin)
{
    return !(table[pin] & MASKED) && (table[pin] & MODE) <= LOWEST_PRIORITY;
}

static void pass_on(uint32_t pin)
{
    if (!ioapic_listens(pin) || (table[pin] & WAITS)) return;
    apic_receive((uint8_t)(table[pin] >> 56), table[pin] & LOGICAL, (uint8_t)table[pin], table[pin] & LEVEL);
    if (table[pin] & LEVEL) table[pin] |= WAITS;
}

static void pass_on_level(uint32_t pin)
{
    if ((table[pin] & LEVEL) && (high >> pin & 1)) pass_on(pin);
}

uint32_t ioapic_read(uint32_t reg)
{
    uint32_t entry = (selected - TABLE) / 2;
    if (reg == SELECT) return selected;
    if (reg != WINDOW) return 0;
    if (selected == VERSION) return VERSION_AND_LAST;
    if (selected == ID || selected == ARBITRATION) return id;
    return selected >= TABLE && entry < PINS ? (uint32_t)(table[entry] >> (selected % 2 ? 32 : 0)) : 0;
}

/* One that becomes an edge's no longer waits. */
static void write_entry(uint32_t pin, uint32_t value)
{
    uint64_t before = table[pin];
    if (selected % 2) table[pin] = (uint32_t)before | (uint64_t)value << 32;
    else table[pin] = (before & ~(uint64_t)UINT32_MAX) | value;
    table[pin] = (table[pin] & KEPT) | (table[pin] & LEVEL ? before & WAITS : 0);
    pass_on_level(pin);
}

void ioapic_write(uint32_t reg, uint32_t value)
{
    uint32_t entry = (selected - TABLE) / 2;
    if (reg == SELECT) selected = value & 0xff;
    if (reg != WINDOW) return;
    if (selected == ID) id = value & 0x0f000000;
    if (selected < TABLE || entry >= PINS) return;
    write_entry(entry, value);
}

void ioapic_set_pin(uint32_t pin, bool to)
{
    bool rises = to && !(high >> pin & 1);
    high = (high & ~(1u << pin)) | (uint32_t)to << pin;
    if (table[pin] & LEVEL) pass_on_level(pin);
    else if (rises) pass_on(pin);
}

void ioapic_raise(uint32_t pin)
{
    ioapic_set_pin(pin, true);
    ioapic_set_pin(pin, false);
}

void ioapic_end(uint8_t vector)
{
    for (uint32_t pin = 0; pin < PINS; pin++) {
        if (!(table[pin] & WAITS) || (uint8_t)table[pin] != vector) continue;
        table[pin] &= ~WAITS;
        pass_on_level(pin);
    }
}

bool ioapic_passes_pic(void)
{
    return (table[0] & (MASKED | MODE)) == EXTERNAL;
}
