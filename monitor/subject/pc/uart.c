/* SPDX-License-Identifier: Apache-2.0 */
/* National Semiconductor PC16550D, 8.0. Loopback is there, since it is how a driver finds the port; interrupts are not. */
#include "pc/uart.h"
#include "guest/serial.h"

enum { PORTS = 0x3f8, DATA = 0, INTERRUPTS = 1, IDENTITY = 2, LINE = 3, MODEM = 4, STATUS = 5, MODEM_STATUS = 6, SCRATCH = 7 };
enum {
    LINE_DIVISOR = 0x80, FIFO_ON = 1, IDENTITY_NONE = 1, IDENTITY_FIFO = 0xc0, MODEM_LOOP = 0x10,
    STATUS_RECEIVED = 1, STATUS_EMPTY = 0x60, MODEM_STATUS_READY = 0xb0
};

static struct serial out;
static uint8_t interrupts, identity, line, modem, scratch, divisor[2], looped;
static bool has_looped;

void uart_reset(void)
{
    interrupts = modem = scratch = looped = 0;
    identity = IDENTITY_NONE;
    line = 3;
    divisor[0] = 1;                   /* 115200 baud */
    divisor[1] = 0;
    has_looped = false;
}

bool uart_has_port(uint64_t port)
{
    return port >= PORTS && port < PORTS + 8;
}

static uint8_t read_data(void)
{
    has_looped = false;
    return looped;
}

/* The outputs of the modem's lines come in as its inputs. */
static uint8_t modem_status(void)
{
    if (!(modem & MODEM_LOOP)) return MODEM_STATUS_READY;
    return (uint8_t)((modem & 12) << 4 | (modem & 2) << 3 | (modem & 1) << 5);
}

uint8_t uart_read(uint64_t port)
{
    uint32_t reg = port & 7;
    bool latch = line & LINE_DIVISOR;
    switch (reg) {
    case DATA: return latch ? divisor[0] : read_data();
    case INTERRUPTS: return latch ? divisor[1] : interrupts;
    case IDENTITY: return identity;
    case LINE: return line;
    case MODEM: return modem;
    case STATUS: return STATUS_EMPTY | (has_looped ? STATUS_RECEIVED : 0);
    case MODEM_STATUS: return modem_status();
    default: return scratch;
    }
}

/* The kernel has COM2 as well, and one that looks for ports there leaves it in any state: each time it is set up again. */
static void write_data(uint8_t value)
{
    char character = (char)value;
    if (modem & MODEM_LOOP) {
        looped = value;
        has_looped = true;
    } else {
        serial_open(&out, SERIAL_COM2);
        serial_write(&out, &character, 1);
    }
}

void uart_write(uint64_t port, uint8_t value)
{
    uint32_t reg = port & 7;
    if (reg < 2 && (line & LINE_DIVISOR)) {
        divisor[reg] = value;
        return;
    }
    switch (reg) {
    case DATA: write_data(value); break;
    case INTERRUPTS: interrupts = value & 15; break;
    case IDENTITY: identity = IDENTITY_NONE | (value & FIFO_ON ? IDENTITY_FIFO : 0); break;
    case LINE: line = value; break;
    case MODEM: modem = value & 31; break;
    case SCRATCH: scratch = value; break;
    default: break;
    }
}
