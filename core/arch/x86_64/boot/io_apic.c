/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The I/O APIC: every pin is masked but those whose interrupts the policy gives to a subject (Intel 82093AA, 3.1 and 3.2).
 * Where it is the platform says; firmware is not asked. Nobody reaches it later: it is in no page tables but start-up's.
 */
#include "boot.h"

enum { SELECT = 0, WINDOW = 0x10, VERSION = 1, TABLE = 0x10, VERSION_FIRST = 0x10, VERSION_LAST = 0x2f };
enum { ENTRY_MASKED = 1 << 16, ENTRY_STATUS = 1 << 12 | 1 << 14, DESTINATION_SHIFT = 24 };

/* What a pin does with an edge: fixed delivery of a vector to one processor by its number; all other bits are zero. */
struct entry { uint32_t low, high; };

static volatile uint32_t *place(uint32_t offset)
{
    return (volatile uint32_t *)(core_policy()->header->io_apic + offset);
}

static uint32_t read(uint32_t reg)
{
    *place(SELECT) = reg;
    return *place(WINDOW);
}

static void write(uint32_t reg, uint32_t value)
{
    *place(SELECT) = reg;
    *place(WINDOW) = value;
}

/* Pins that there are; 0: what is there is no I/O APIC. */
static uint32_t count_pins(void)
{
    uint32_t version = read(VERSION);
    return (version & 0xff) >= VERSION_FIRST && (version & 0xff) <= VERSION_LAST ? (version >> 16 & 0xff) + 1 : 0;
}

/* image_check() saw to it that a line is one subject's. */
static struct entry entry_for(uint32_t pin)
{
    const struct policy_tables *policy = core_policy();
    for (uint32_t s = 0; pin < 32 && s < policy->subjects_count; s++) {
        const struct image_subject *subject = &policy->subjects[s];
        if (!(policy_lines(policy, subject) >> pin & 1)) continue;
        return (struct entry){ VECTOR_LINES + pin, policy->cpus[subject->cpu].apic_id << DESTINATION_SHIFT };
    }
    return (struct entry){ ENTRY_MASKED, 0 };
}

/* Masked while its halves do not belong together. */
static void program(uint32_t pin, struct entry e)
{
    write(TABLE + 2 * pin, ENTRY_MASKED);
    write(TABLE + 2 * pin + 1, e.high);
    write(TABLE + 2 * pin, e.low);
}

static bool holds(uint32_t pin, struct entry e)
{
    uint32_t low = read(TABLE + 2 * pin), high = read(TABLE + 2 * pin + 1);
    return (low & ~(uint32_t)ENTRY_STATUS) == e.low && high >> DESTINATION_SHIFT == e.high >> DESTINATION_SHIFT;
}

uint32_t io_apic_lines(void)
{
    const struct policy_tables *policy = core_policy();
    uint32_t lines = 0;
    for (uint32_t s = 0; s < policy->subjects_count; s++) lines |= policy_lines(policy, &policy->subjects[s]);
    return lines;
}

static status_t refuse(const char *why, uint32_t number)
{
    console_print("I/O APIC at %x refused: %s %u", core_policy()->header->io_apic, why, number);
    return (status_t){ BOOT_IO_APIC };
}

status_t io_apic_start(void)
{
    if (core_policy()->header->io_apic == 0) return STATUS_OK;
    uint32_t pins = count_pins(), lines = io_apic_lines();
    if (pins == 0) return refuse("no version that is known", read(VERSION));
    if (pins < 32 && lines >> pins != 0) return refuse("the policy uses lines that it has not; its pins are", pins);
    for (uint32_t pin = 0; pin < pins; pin++) program(pin, entry_for(pin));
    for (uint32_t pin = 0; pin < pins; pin++) {
        if (!holds(pin, entry_for(pin))) return refuse("it does not keep what is written to pin", pin);
    }
    console_print("I/O APIC at %x: %u pins, all masked but %x", core_policy()->header->io_apic, pins, (uint64_t)lines);
    return STATUS_OK;
}
