/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is not there: the pages of the local and the I/O APIC, the test device's memory, and elsewhere nothing, which
 * reads as zero, as the emulator's does. Carries out the instruction that touched it.
 */
#include "pc/apic.h"
#include "pc/decode.h"
#include "pc/ioapic.h"
#include "pc/pc.h"
#include "pc/test_device.h"

#define FLAGS_ARITHMETIC 0x8d5ull     /* OF SF ZF AF PF CF */
enum { FLAG_CF = 1, FLAG_PF = 4, FLAG_AF = 16, FLAG_ZF = 64, FLAG_SF = 128, FLAG_OF = 2048 };
enum alu { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };

/* ---- the bus ---- */
static uint64_t mask(uint32_t size)
{
    return size == 8 ? UINT64_MAX : (1ull << 8 * size) - 1;
}

/* A register of the APIC is the lowest four of each 16 bytes: 16.3.1. Other accesses find nothing. */
static bool is_register(uint64_t gpa, uint32_t size)
{
    return apic_has_address(gpa) && gpa % 16 == 0 && size >= 4;
}

/* Bytes behind its end are nobody's. */
static uint8_t *memory_byte(const struct exit *e, uint64_t gpa)
{
    return test_device_has_memory(gpa) ? test_device_memory(e, gpa) : 0;
}

static uint64_t memory_read(const struct exit *e, uint64_t gpa, uint32_t size)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < size; i++) {
        const uint8_t *byte = memory_byte(e, gpa + i);
        if (byte) value |= (uint64_t)*byte << 8 * i;
    }
    return value;
}

static void memory_write(const struct exit *e, uint64_t gpa, uint32_t size, uint64_t value)
{
    for (uint32_t i = 0; i < size; i++) {
        uint8_t *byte = memory_byte(e, gpa + i);
        if (byte) *byte = (uint8_t)(value >> 8 * i);
    }
}

static uint64_t bus_read(const struct exit *e, uint64_t gpa, uint32_t size)
{
    if (test_device_has_memory(gpa)) return memory_read(e, gpa, size);
    if (gpa / 4096 == IOAPIC_PAGE / 4096 && size == 4) return ioapic_read((uint32_t)(gpa % 4096));
    if (is_register(gpa, size)) return apic_read((uint32_t)(gpa % 4096));
    return gpa / 4096 == APIC_PAGE / 4096 ? mask(size) : 0;
}

static void bus_write(const struct exit *e, uint64_t gpa, uint32_t size, uint64_t value)
{
    if (test_device_has_memory(gpa)) memory_write(e, gpa, size, value);
    if (gpa / 4096 == IOAPIC_PAGE / 4096 && size == 4) ioapic_write((uint32_t)(gpa % 4096), (uint32_t)value);
    if (is_register(gpa, size)) apic_write((uint32_t)(gpa % 4096), (uint32_t)value);
}

/* ---- operands ---- */
/* Without REX, the numbers 4 to 7 of one byte are AH, CH, DH, BH. */
static bool is_high_byte(const struct decoded *d, uint32_t size)
{
    return size == 1 && !d->has_rex && d->reg >= 4 && d->reg < 8;
}

static uint64_t read_register(const struct exit *e, const struct decoded *d, uint32_t size)
{
    if (is_high_byte(d, size)) return *pc_register(e, d->reg - 4) >> 8 & 0xff;
    return *pc_register(e, d->reg) & mask(size);
}

static void write_register(const struct exit *e, const struct decoded *d, uint32_t size, uint64_t value)
{
    uint64_t *high = pc_register(e, d->reg - 4u), *whole = pc_register(e, d->reg);
    if (is_high_byte(d, size)) *high = (*high & ~0xff00ull) | (value & 0xff) << 8;
    else *whole = size == 4 ? (uint32_t)value : (*whole & ~mask(size)) | (value & mask(size));
    if (d->reg == 4) pc_take_all(e);  /* RSP is a field */
}

static uint64_t other_operand(const struct exit *e, const struct decoded *d)
{
    return d->has_immediate ? d->immediate & mask(d->memory_size) : read_register(e, d, d->register_size);
}

/* ---- arithmetic: AMD64 APM volume 1, 3.1.4 ---- */
static uint64_t flags_of(uint64_t a, uint64_t b, uint64_t result, uint32_t size)
{
    bool negative = result >> (8 * size - 1) & 1;
    return (result == 0 ? FLAG_ZF : 0) | (negative ? FLAG_SF : 0) | ((a ^ b ^ result) & 16 ? FLAG_AF : 0) |
           (__builtin_parity((uint32_t)(result & 0xff)) ? 0 : FLAG_PF);
}

static uint64_t calculate(enum alu alu, uint64_t a, uint64_t b, uint32_t size, uint64_t *rflags)
{
    uint64_t carry = alu == ALU_ADC || alu == ALU_SBB ? *rflags & FLAG_CF : 0, result, flags = 0, sign = 1ull << (8 * size - 1);
    switch (alu) {
    case ALU_ADD: case ALU_ADC:
        result = (a + b + carry) & mask(size);
        flags = (result < a || (carry && result == a) ? FLAG_CF : 0) | ((a ^ result) & (b ^ result) & sign ? FLAG_OF : 0);
        break;
    case ALU_SUB: case ALU_SBB: case ALU_CMP:
        result = (a - b - carry) & mask(size);
        flags = (a < b || (carry && a == b) ? FLAG_CF : 0) | ((a ^ b) & (a ^ result) & sign ? FLAG_OF : 0);
        break;
    case ALU_OR: result = a | b; break;
    case ALU_AND: result = a & b; break;
    default: result = a ^ b; break;
    }
    *rflags = (*rflags & ~FLAGS_ARITHMETIC) | flags | flags_of(a, b, result, size);
    return result;
}

/* The flags are among the fields that every answer sets. */
static uint64_t combine(struct exit *e, enum alu alu, uint64_t a, uint64_t b, uint32_t size)
{
    return calculate(alu, a, b, size, pc_field(e, FIELD_RFLAGS));
}

static uint64_t extend(const struct decoded *d, uint64_t value)
{
    uint64_t sign = 1ull << (8 * d->memory_size - 1);
    return d->is_signed ? (value ^ sign) - sign : value;
}

static void carry_out(struct exit *e, const struct decoded *d)
{
    uint32_t size = d->memory_size;
    uint64_t value, other = d->kind == DECODE_LOAD ? 0 : other_operand(e, d);
    if (d->kind == DECODE_STORE) {
        bus_write(e, e->at, size, other);
        return;
    }
    value = bus_read(e, e->at, size);
    switch (d->kind) {
    case DECODE_LOAD: write_register(e, d, d->register_size, extend(d, value)); break;
    case DECODE_EXCHANGE:
        bus_write(e, e->at, size, other);
        write_register(e, d, size, value);
        break;
    case DECODE_ALU_TO_MEMORY:
        other = combine(e, (enum alu)d->alu, value, other, size);
        if (d->alu != ALU_CMP) bus_write(e, e->at, size, other);
        break;
    case DECODE_ALU_TO_REGISTER:
        value = combine(e, (enum alu)d->alu, other, value, size);
        if (d->alu != ALU_CMP) write_register(e, d, size, value);
        break;
    default: combine(e, ALU_AND, value, other, size); break;
    }
}

static bool writes(const struct decoded *d)
{
    return d->kind == DECODE_STORE || d->kind == DECODE_EXCHANGE || (d->kind == DECODE_ALU_TO_MEMORY && d->alu != ALU_CMP);
}

uint64_t device_answer(struct exit *e)
{
    uint8_t code[DECODE_LONGEST] = { 0 };
    struct decoded d;
    if (stand_in_begin(e)) return PC_GO_ON;
    uint32_t size = walk_code(e, code, sizeof code);
    if (e->kind == EXIT_FETCH || size == 0) return pc_end(PC_NO_MEMORY_TO_RUN, (uint32_t)e->rip);
    if (!decode(&d, code, size, pc_width(e)) || d.kind >= DECODE_CR_READ) return pc_end_unknown(e);
    uint64_t operand = control_operand(e, &d);    /* before its registers change */
    carry_out(e, &d);
    pc_touch(e, operand, d.memory_size, writes(&d));
    exit_skip(e, d.length);
    return PC_GO_ON;
}
