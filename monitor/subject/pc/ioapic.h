/* SPDX-License-Identifier: Apache-2.0 */
/* The I/O APIC of a PC (Intel 82093AA) in front of the local one: 24 pins, whose interrupts are edges. */
#ifndef PC_IOAPIC_H
#define PC_IOAPIC_H

#include <stdbool.h>
#include <stdint.h>

#define IOAPIC_PAGE 0xfec00000ull

void ioapic_reset(void);
uint32_t ioapic_read(uint32_t reg);
void ioapic_write(uint32_t reg, uint32_t value);

/* An edge on a pin. */
void ioapic_raise(uint32_t pin);
/* Whether an edge on it would lead to an interrupt. */
bool ioapic_listens(uint32_t pin);
/* Whether the PIC's interrupts, on pin 0, go on to the processor. */
bool ioapic_passes_pic(void);

#endif
