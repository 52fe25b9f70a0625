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
#define KEPT 0xff0000000001afffull    /* destination, mask, trigger, polarity, destination and delivery mode, vector */

static uint64_t table[PINS];
static uint32_t selected, id;

void ioapic_reset(void)
{
    for (uint32_t i = 0; i < PINS; i++) table[i] = MASKED;
    selected = id = 0;
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

void ioapic_write(uint32_t reg, uint32_t value)
{
    uint32_t entry = (selected - TABLE) / 2;
    if (reg == SELECT) selected = value & 0xff;
    if (reg != WINDOW) return;
    if (selected == ID) id = value & 0x0f000000;
    if (selected < TABLE || entry >= PINS) return;
    if (selected % 2) table[entry] = (uint32_t)table[entry] | (uint64_t)value << 32;
    else table[entry] = (table[entry] & ~(uint64_t)UINT32_MAX) | value;
    table[entry] &= KEPT;
}

bool ioapic_listens(uint32_t pin)
{
    return !(table[pin] & MASKED) && (table[pin] & MODE) <= LOWEST_PRIORITY;
}

void ioapic_raise(uint32_t pin)
{
    if (ioapic_listens(pin)) apic_receive((uint8_t)(table[pin] >> 56), table[pin] & LOGICAL, (uint8_t)table[pin]);
}

bool ioapic_passes_pic(void)
{
    return (table[0] & (MASKED | MODE)) == EXTERNAL;
}
