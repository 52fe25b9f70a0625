/* SPDX-License-Identifier: Apache-2.0 */
/* COM1, polled: a 16550 at 0x3f8. */
#include <stdarg.h>
#include "core/console.h"
#include "x86/cpu.h"

enum { COM1 = 0x3f8, LINE_STATUS = COM1 + 5, TRANSMIT_EMPTY = 0x20, PATIENCE = 1000000 };

static uint32_t lock;

/* A port that never becomes ready costs the output, not the system. */
static void put(char c)
{
    for (uint32_t i = 0; i < PATIENCE && !(x86_inb(LINE_STATUS) & TRANSMIT_EMPTY); i++) {}
    x86_outb(COM1, (uint8_t)c);
}

static void put_string(const char *s)
{
    while (*s) put(*s++);
}

static void put_decimal(uint64_t v)
{
    char digits[20];
    uint32_t n = 0;
    do digits[n++] = (char)('0' + v % 10);
    while ((v /= 10) != 0);
    while (n > 0) put(digits[--n]);
}

static void put_hex(uint64_t v, uint32_t digits)
{
    while (digits-- > 0) put("0123456789abcdef"[v >> (4 * digits) & 15]);
}

static uint32_t hex_digits(uint64_t v)
{
    uint32_t n = 1;
    while ((v >>= 4) != 0) n++;
    return n;
}

static void put_bytes(const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) put_hex(bytes[i], 2);
}

void console_print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) x86_pause();
    for (const char *f = format; *f; f++) {
        if (*f != '%') {
            put(*f);
            continue;
        }
        switch (*++f) {
        case 's': put_string(va_arg(args, const char *)); break;
        case 'u': put_decimal(va_arg(args, uint32_t)); break;
        case 'U': put_decimal(va_arg(args, uint64_t)); break;
        case 'x': {
            uint64_t v = va_arg(args, uint64_t);
            put_hex(v, hex_digits(v));
            break;
        }
        case 'h': {
            const uint8_t *bytes = va_arg(args, const uint8_t *);
            put_bytes(bytes, va_arg(args, uint32_t));
            break;
        }
        default: put(*f); break;
        }
    }
    put_string("\r\n");
    __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
    va_end(args);
}
