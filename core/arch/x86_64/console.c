/* SPDX-License-Identifier: Apache-2.0 */
/* COM1, polled: a 16550 at 0x3f8. */
#include <stdarg.h>
#include "core/compiler.h"
#include "core/console.h"
#include "x86/cpu.h"

enum { COM1 = 0x3f8, LINE_STATUS = COM1 + 5, TRANSMIT_EMPTY = 0x20, PATIENCE = 1000000, DIGEST_SIZE = 32 };

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

static APART void put_number(uint64_t v, uint32_t base, uint32_t least_digits)
{
    char digits[20];
    uint32_t n = 0;
    for (; v != 0 || n < least_digits; v /= base) digits[n++] = "0123456789abcdef"[v % base];
    while (n > 0) put(digits[--n]);
}

static void put_digest(const uint8_t *bytes)
{
    for (uint32_t i = 0; i < DIGEST_SIZE; i++) put_number(bytes[i], 16, 2);
}

/* Each argument, of whatever type here, takes one slot of eight bytes: System V ABI, 3.5.7. */
static void put_argument(char kind, va_list *args)
{
    uint64_t v = va_arg(*args, uint64_t);
    if (kind == 's') put_string((const char *)v);
    else if (kind == 'h') put_digest((const uint8_t *)v);
    else put_number(kind == 'u' ? (uint32_t)v : v, kind == 'x' ? 16 : 10, 1);
}

void console_print(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) x86_pause();
    for (const char *f = format; *f; f++) {
        if (*f == '%') put_argument(*++f, &args);
        else put(*f);
    }
    put_string("\r\n");
    __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
    va_end(args);
}
