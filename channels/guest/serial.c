/* SPDX-License-Identifier: Apache-2.0 */
/* The 16550 (National Semiconductor PC16550D, 8.0): registers, and 16 bytes of FIFO each way. */
#include "guest/serial.h"
#include <stdarg.h>
#include "guest/text.h"

enum {
    SERIAL_DATA = 0, SERIAL_INTERRUPTS = 1, SERIAL_FIFO = 2, SERIAL_LINE = 3, SERIAL_MODEM = 4, SERIAL_STATUS = 5,
    SERIAL_FIFO_ON = 0xc1,            /* on, trigger level 14: QEMU passes no more than that on at a time */
    SERIAL_LINE_8N1 = 3, SERIAL_LINE_DIVISOR = 0x80,
    SERIAL_MODEM_DTR_RTS = 3, SERIAL_MODEM_OUT2 = 8,       /* which on PCs lets the interrupt out */
    SERIAL_INTERRUPTS_RECEIVED = 1,
    SERIAL_STATUS_RECEIVED = 1, SERIAL_STATUS_OVERRUN = 2, SERIAL_STATUS_SENT = 0x20,
    SERIAL_FIFO_BYTES = 16
};

static void serial_out(const struct serial *serial, uint16_t reg, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"((uint16_t)(serial->port + reg)));
}

static uint8_t serial_in(const struct serial *serial, uint16_t reg)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"((uint16_t)(serial->port + reg)));
    return value;
}

/* A restarted subject opens its port again: the FIFOs are switched on but not cleared, so that input survives. */
void serial_open(struct serial *serial, enum serial_port port)
{
    *serial = (struct serial){ .port = (uint16_t)port };
    serial_out(serial, SERIAL_INTERRUPTS, 0);
    serial_out(serial, SERIAL_LINE, SERIAL_LINE_DIVISOR);
    serial_out(serial, SERIAL_DATA, 1);
    serial_out(serial, SERIAL_INTERRUPTS, 0);
    serial_out(serial, SERIAL_LINE, SERIAL_LINE_8N1);
    serial_out(serial, SERIAL_FIFO, SERIAL_FIFO_ON);
    serial_out(serial, SERIAL_MODEM, SERIAL_MODEM_DTR_RTS);
}

void serial_listen(struct serial *serial)
{
    serial_out(serial, SERIAL_MODEM, SERIAL_MODEM_DTR_RTS | SERIAL_MODEM_OUT2);
    serial_out(serial, SERIAL_INTERRUPTS, SERIAL_INTERRUPTS_RECEIVED);
}

size_t serial_read(struct serial *serial, char *buffer, size_t size)
{
    size_t count = 0;

    while (count < size) {
        uint8_t status = serial_in(serial, SERIAL_STATUS);
        if (status & SERIAL_STATUS_OVERRUN) serial->overruns++;
        if (!(status & SERIAL_STATUS_RECEIVED)) break;
        buffer[count++] = (char)serial_in(serial, SERIAL_DATA);
    }
    return count;
}

void serial_write(struct serial *serial, const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (i % SERIAL_FIFO_BYTES == 0) {
            while (!(serial_in(serial, SERIAL_STATUS) & SERIAL_STATUS_SENT)) __builtin_ia32_pause();
        }
        serial_out(serial, SERIAL_DATA, (uint8_t)data[i]);
    }
}

void serial_print(struct serial *serial, const char *format, ...)
{
    char buffer[1024];
    struct text text;
    va_list arguments;

    text_start(&text, buffer, sizeof buffer);
    va_start(arguments, format);
    text_print_list(&text, format, arguments);
    va_end(arguments);
    serial_write(serial, buffer, text.length);
}
