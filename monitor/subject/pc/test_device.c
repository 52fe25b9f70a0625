/* SPDX-License-Identifier: Apache-2.0 */
/* The lines are inputs of both the I/O APIC and, up to 15, the two 8259. */
#include "pc/test_device.h"
#include "pc/ioapic.h"
#include "pc/pic.h"

enum {
    REGISTER = 0xe0, REGISTER_AGAIN = 0xe8, REGISTER_SIZE = 4, LINES = 0x2000, LINES_COUNT = 24, PIC_LINES = 16, CASCADE = 2
};

static uint8_t bytes[REGISTER_SIZE];
static uint32_t high;                 /* lines, bit by number */

static bool is_register(uint64_t port)
{
    return port / REGISTER_SIZE == REGISTER / REGISTER_SIZE || port / REGISTER_SIZE == REGISTER_AGAIN / REGISTER_SIZE;
}

bool test_device_has_port(uint64_t port)
{
    return is_register(port) || (port >= LINES && port < LINES + LINES_COUNT);
}

uint8_t test_device_read(uint64_t port)
{
    return is_register(port) ? bytes[port % REGISTER_SIZE] : 0xff;
}

static void set_line(uint32_t line, bool to)
{
    bool rises = to && !(high >> line & 1);
    high = (high & ~(1u << line)) | (uint32_t)to << line;
    if (rises && line < PIC_LINES && line != CASCADE) pic_raise(line);
    ioapic_set_pin(line, to);
}

void test_device_write(uint64_t port, uint8_t value)
{
    if (is_register(port)) bytes[port % REGISTER_SIZE] = value;
    else set_line((uint32_t)(port - LINES), value);
}

bool test_device_has_memory(uint64_t gpa)
{
    return gpa / TEST_MEMORY_SIZE == TEST_MEMORY / TEST_MEMORY_SIZE;
}

void *test_device_memory(const struct exit *e, uint64_t gpa)
{
    return exit_memory(e, gpa - TEST_MEMORY + TEST_STAND_IN, 1);
}
