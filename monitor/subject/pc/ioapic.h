/* SPDX-License-Identifier: Apache-2.0 */
/* The I/O APIC of a PC (Intel 82093AA) in front of the local one: 24 pins. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define IOAPIC_PAGE 0xfec00000ull

void ioapic_reset(void);
uint32_t ioapic_read(uint32_t reg);
void ioapic_write(uint32_t reg, uint32_t value);

/* What a pin is at; an edge on it, up and down. */
void ioapic_set_pin(uint32_t pin, bool high);
void ioapic_raise(uint32_t pin);
/* The processor is done with an interrupt that a level was the cause of. */
void ioapic_end(uint8_t vector);
/* Whether an edge on it would lead to an interrupt. */
bool ioapic_listens(uint32_t pin);
/* Whether the PIC's interrupts, on pin 0, go on to the processor. */
bool ioapic_passes_pic(void);
