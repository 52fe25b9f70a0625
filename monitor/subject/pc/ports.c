/* SPDX-License-Identifier: Apache-2.0 */
/*
 * I/O ports of a small PC: serial port, interrupt controllers, timer, clock, the emulator's configuration device (QEMU,
 * docs/specs/fw_cfg) and what ends a run. All others are a bus without a device: they read as ones, and writes go nowhere.
 */
#include "guest/memory.h"
#include "pc/decode.h"
#include "pc/pc.h"
#include "pc/pic.h"
#include "pc/pit.h"
#include "pc/test_device.h"
#include "pc/uart.h"

enum {
    KEYBOARD = 0x64, KEYBOARD_RESET = 0xfe, CLOCK_INDEX = 0x70, CLOCK_DATA = 0x71, SYSTEM_A = 0x92, SYSTEM_A_RESET = 1,
    SYSTEM_A_GATE = 2, END = 0xf4, CONFIGURATION = 0x510, CONFIGURATION_DATA = 0x511, POWER = 0x604, POWER_OFF = 0x2000,
    RESET = 0xcf9, RESET_NOW = 4, EMULATOR_END = 0x8900
};
enum { KEY_SIGNATURE = 0, KEY_ID = 1, KEY_RAM_SIZE = 3, KEY_CPUS = 5, KEY_CPUS_MAX = 15 };
static uint64_t ram_size, clock_start, hertz;
static uint32_t configuration_at;
static uint16_t configuration;
static uint8_t clock_index, end_text;

void ports_reset(const struct subject_info *info)
{
    ram_size = info->served_size;
    hertz = info->tsc_khz * 1000ull;
    clock_start = __builtin_ia32_rdtsc();
    pic_reset();
    pit_reset(info->tsc_khz);
    uart_reset();
}

/* ---- what small devices say ---- */
static uint8_t decimal(uint64_t value)
{
    return (uint8_t)(value / 10 % 10 << 4 | value % 10);
}

/* The clock (MC146818A) starts on 2020-01-01, a Wednesday, and has no interrupts; firmware's bytes tell the memory's size. */
static uint8_t read_clock(void)
{
    uint64_t seconds = (__builtin_ia32_rdtsc() - clock_start) / hertz, kib = (ram_size >> 10) - 1024;
    uint64_t blocks = ram_size > 16u << 20 ? (ram_size >> 16) - 256 : 0;
    if (kib > UINT16_MAX) kib = UINT16_MAX;
    switch (clock_index) {
    case 0x00: return decimal(seconds % 60);
    case 0x02: return decimal(seconds / 60 % 60);
    case 0x04: return decimal(seconds / 3600 % 24);
    case 0x06: return 4;
    case 0x07: case 0x08: return 1;
    case 0x09: case 0x32: return 0x20;
    case 0x0a: return 0x26;
    case 0x0b: return 2;
    case 0x0d: return 0x80;
    case 0x15: return 0x80;           /* 640 KiB */
    case 0x16: return 2;
    case 0x17: case 0x30: return (uint8_t)kib;
    case 0x18: case 0x31: return (uint8_t)(kib >> 8);
    case 0x34: return (uint8_t)blocks;
    case 0x35: return (uint8_t)(blocks >> 8);
    default: return 0;
    }
}

static uint8_t read_configuration(void)
{
    uint64_t value = 0;
    switch (configuration) {
    case KEY_SIGNATURE: memcpy(&value, "QEMU", 4); break;
    case KEY_ID: case KEY_CPUS: case KEY_CPUS_MAX: value = 1; break;
    case KEY_RAM_SIZE: value = ram_size; break;
    default: break;
    }
    return configuration_at < sizeof value ? (uint8_t)(value >> 8 * configuration_at++) : 0;
}

static uint8_t read_byte(uint64_t port)
{
    if (uart_has_port(port)) return uart_read(port);
    if (pic_has_port(port)) return pic_read(port);
    if (pit_has_port(port)) return pit_read(port);
    if (test_device_has_port(port)) return test_device_read(port);
    switch (port) {
    case CLOCK_DATA: return read_clock();
    case CONFIGURATION_DATA: return read_configuration();
    case KEYBOARD: return 0;
    case SYSTEM_A: return SYSTEM_A_GATE;
    default: return 0xff;
    }
}

/* Returns what ends the subject, 0: nothing. */
static uint64_t write_byte(uint64_t port, uint8_t value)
{
    if (uart_has_port(port)) uart_write(port, value);
    else if (pic_has_port(port)) pic_write(port, value);
    else if (pit_has_port(port)) pit_write(port, value);
    else if (test_device_has_port(port)) test_device_write(port, value);
    switch (port) {
    case CLOCK_INDEX: clock_index = value & 0x7f; break;
    case KEYBOARD: return value == KEYBOARD_RESET ? pc_end(PC_RESET, 0) : PC_GO_ON;
    case SYSTEM_A: return value & SYSTEM_A_RESET ? pc_end(PC_RESET, 0) : PC_GO_ON;
    case RESET: return value & RESET_NOW ? pc_end(PC_RESET, 0) : PC_GO_ON;
    case EMULATOR_END:
        end_text = value == (uint8_t)"Shutdown"[end_text] ? end_text + 1 : 0;
        return end_text == 8 ? pc_end(PC_POWERED_OFF, 0) : PC_GO_ON;
    default: break;
    }
    return PC_GO_ON;
}

/* ---- accesses of any size ---- */
static uint32_t read_port(uint64_t port, uint32_t size)
{
    uint32_t value = 0;
    bool is_data = port == CONFIGURATION_DATA;        /* of which each byte comes from the same port */
    for (uint32_t i = 0; i < size; i++) value |= (uint32_t)read_byte(is_data ? port : port + i) << 8 * i;
    return value;
}

static uint64_t write_port(uint64_t port, uint32_t size, uint32_t value)
{
    uint64_t end = PC_GO_ON;
    if (port == END) return pc_end(PC_ENDED, value);
    if (port == POWER && size == 2 && value & POWER_OFF) return pc_end(PC_POWERED_OFF, 0);
    if (port == CONFIGURATION && size == 2) {
        configuration = (uint16_t)value;
        configuration_at = 0;
        return PC_GO_ON;
    }
    for (uint32_t i = 0; i < size && end == PC_GO_ON; i++) end = write_byte(port + i, (uint8_t)(value >> 8 * i));
    return end;
}

static uint64_t size_mask(uint32_t bytes)
{
    return bytes >= 8 ? UINT64_MAX : (1ull << 8 * bytes) - 1;
}

/* ---- string instructions: one transfer an exit, so that each is a step by itself ---- */
static void advance(uint64_t *general, uint64_t by, uint64_t mask)
{
    uint64_t value = (*general + by) & mask;
    *general = mask == UINT32_MAX ? value : (*general & ~mask) | value;
}

/* What the exit did not tell the instruction's prefixes do. */
static bool read_string(struct exit *e)
{
    struct decoded_address a;
    uint8_t code[DECODE_LONGEST] = { 0 };
    if (e->string.address != 0) return true;
    if (!decode_string(&a, code, walk_code(e, code, sizeof code), pc_width(e))) return false;
    e->string.address = a.size;
    e->string.segment = a.segment;
    return true;
}

/* In 64-bit mode FS and GS alone have a base. */
static uint64_t string_base(const struct exit *e, bool in)
{
    enum segment segment = in ? SEGMENT_ES : (enum segment)e->string.segment;
    return pc_width(e) == 64 && segment < SEGMENT_FS ? 0 : pc_base(e, segment);
}

static uint64_t answer_string(struct exit *e, uint64_t mask)
{
    struct monitor_frame *f = e->frame;
    bool in = e->kind == EXIT_IN, repeats = e->string.repeats;
    uint64_t *index = in ? &f->rdi : &f->rsi, base = string_base(e, in);
    uint64_t linear = base + (*index & mask), end = PC_GO_ON;
    uint32_t value = in ? read_port(e->at, e->size) : 0;
    if (!repeats || (f->rcx & mask) != 0) {
        bool there = in ? walk_write(e, linear, &value, e->size) : walk_read(e, linear, &value, e->size);
        if (!there) return pc_page_fault(e, linear, in);
        if (!in) end = write_port(e->at, e->size, value);
        advance(index, *pc_field(e, FIELD_RFLAGS) & RFLAGS_DIRECTION ? -(uint64_t)e->size : e->size, mask);
        if (repeats) advance(&f->rcx, UINT64_MAX, mask);
        pc_touch(e, linear, e->size, in);
        pc_touch_port(e, e->at, e->size);
    }
    if (!repeats || (f->rcx & mask) == 0) exit_skip(e, e->length);
    return end;
}

uint64_t ports_answer(struct exit *e)
{
    uint64_t end = PC_GO_ON, *rax = &e->frame->rax, mask = size_mask(e->size);
    if (e->string.is) return read_string(e) ? answer_string(e, size_mask(e->string.address)) : pc_end_unknown(e);
    if (e->kind == EXIT_OUT) end = write_port(e->at, e->size, (uint32_t)(*rax & mask));
    else *rax = e->size == 4 ? read_port(e->at, 4) : (*rax & ~mask) | read_port(e->at, e->size);
    pc_touch_port(e, e->at, e->size);
    exit_skip(e, e->length);
    return end;
}
