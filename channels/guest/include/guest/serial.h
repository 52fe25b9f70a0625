/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A serial port of the subject's own: 16550, polled, 115200 baud, 8 data bits, no parity. The port passes through to the
 * hardware; what comes in is untrusted.
 *
 * Owner: one thread of control a port, or its handler of interrupts, not both at once. A port that the policy does not give
 * this subject is a violation (`on violation`), as any other. Lengths are bytes. No memory is shared, and none ordered.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum serial_port { SERIAL_COM2 = 0x2f8, SERIAL_COM3 = 0x3e8, SERIAL_COM4 = 0x2e8 };

struct serial {
    uint16_t port;
    uint32_t overruns;                /* times the hardware lost input because nobody read it */
};

/*
 * Sets rate, form and FIFOs, and the port to interrupt nobody. Once in each life of the subject: what came in before and nobody
 * has read is kept. Nothing is asked of the hardware, so nothing fails.
 */
void serial_open(struct serial *serial, enum serial_port port);

/*
 * Has the port interrupt when something has come in, if the policy lets it (interrupt.h): an edge, so that whoever is
 * interrupted reads until nothing is left, or hears of nothing more.
 */
void serial_listen(struct serial *serial);

/* Takes what has come in, at most `size` bytes, without waiting. Returns the number of bytes. */
size_t serial_read(struct serial *serial, char *buffer, size_t size);

/* Writes all of it; waits while the port is busy, 87 us a byte, or for ever if the hardware never says that it is not. */
void serial_write(struct serial *serial, const char *data, size_t size);

/* Writes text of at most 1,023 bytes, formatted as text_print does. */
__attribute__((format(printf, 2, 3))) void serial_print(struct serial *serial, const char *format, ...);
