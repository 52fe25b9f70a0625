/* SPDX-License-Identifier: Apache-2.0 */
/* AMD64 APM volume 3, 1.1 to 1.4 (encoding) and appendix A (opcodes). */
#include "pc/decode.h"

enum { OPERAND_SIZE = 0x66, ADDRESS_SIZE = 0x67, TWO_BYTES = 0x0f, REX = 0x40, REX_W = 8, REX_R = 4, REX_X = 2,
       REX_B = 1, STACK_SEGMENT = 2, DATA_SEGMENT = 3, NO_SEGMENT = 8 };

/* What has been read of an instruction. */
struct reading {
    const uint8_t *code;
    uint32_t size, at, width;
    uint32_t operand, address;        /* bytes */
    uint8_t rex, modrm, segment;
    bool repeats, failed;
};

static uint8_t next(struct reading *r)
{
    if (r->at >= r->size || r->at >= DECODE_LONGEST) {
        r->failed = true;
        return 0;
    }
    return r->code[r->at++];
}

static uint64_t next_signed(struct reading *r, uint32_t bytes)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < bytes; i++) value |= (uint64_t)next(r) << 8 * i;
    uint64_t sign = 1ull << (8 * bytes - 1);
    return (value ^ sign) - sign;
}

/* A segment; REP; LOCK: nobody else reaches the device. */
static bool read_other_prefix(struct reading *r, uint8_t byte)
{
    if ((byte & 0xe7) == 0x26) r->segment = byte >> 3 & 3;
    else if (byte == 0x64 || byte == 0x65) r->segment = byte & 7;
    else if ((byte & 0xfe) == 0xf2) r->repeats = true;
    else return byte == 0xf0;
    return true;
}

/* Prefixes, of which REX counts if it stands right before the opcode; returns the opcode. */
static uint8_t read_prefixes(struct reading *r)
{
    bool small = r->width == 16;
    uint8_t byte;
    r->address = r->width / 8;
    for (;;) {
        byte = next(r);
        if (byte == OPERAND_SIZE) small = r->width != 16;
        else if (byte == ADDRESS_SIZE) r->address = r->width == 32 ? 2 : 4;
        else if (!read_other_prefix(r, byte)) break;
    }
    if (r->width == 64 && (byte & 0xf0) == REX) {
        r->rex = byte;
        byte = next(r);
    }
    r->operand = r->rex & REX_W ? 8 : small ? 2 : 4;
    return byte;
}

static void read_displacement(struct reading *r, struct decoded_address *a, uint32_t bytes)
{
    a->displacement = bytes > 0 ? next_signed(r, bytes) : 0;
}

/* Volume 3, table A-33. */
static void read_short_address(struct reading *r, struct decoded_address *a)
{
    enum { BX = 3, BP = 5, SI = 6, DI = 7 };
    static const uint8_t bases[] = { BX, BX, BP, BP, SI, DI, BP, BX };
    uint32_t mod = r->modrm >> 6, rm = r->modrm & 7;
    bool direct = mod == 0 && rm == 6;
    a->base = direct ? ADDRESS_NONE : bases[rm];
    if (rm < 4) a->index = rm % 2 ? DI : SI;
    if (a->base == BP) a->segment = STACK_SEGMENT;
    read_displacement(r, a, direct ? 2 : mod);
}

/* Tables. */
static void read_long_address(struct reading *r, struct decoded_address *a)
{
    uint32_t mod = r->modrm >> 6, rm = r->modrm & 7, index = 4;
    bool has_sib = rm == 4;
    if (has_sib) {
        uint8_t sib = next(r);
        rm = sib & 7;
        a->shift = sib >> 6;
        index = (sib >> 3 & 7) | (r->rex & REX_X ? 8 : 0);
    }
    bool no_base = mod == 0 && rm == 5;
    if (index != 4) a->index = (uint8_t)index;
    if (!no_base) a->base = (uint8_t)(rm | (r->rex & REX_B ? 8 : 0));
    else if (r->width == 64 && !has_sib) a->base = ADDRESS_NEXT;
    if (a->base == 4 || a->base == 5) a->segment = STACK_SEGMENT;
    read_displacement(r, a, mod == 2 || no_base ? 4 : mod);
}

static void read_address(struct reading *r, struct decoded_address *a)
{
    *a = (struct decoded_address){
        .is_memory = r->modrm >> 6 != 3, .segment = DATA_SEGMENT, .size = (uint8_t)r->address, .base = ADDRESS_NONE,
        .index = ADDRESS_NONE
    };
    if (!a->is_memory) return;
    if (r->address == 2) read_short_address(r, a);
    else read_long_address(r, a);
    if (r->segment != NO_SEGMENT) a->segment = r->segment;
}

static void read_modrm(struct reading *r, struct decoded *d)
{
    r->modrm = next(r);
    d->reg = (uint8_t)((r->modrm >> 3 & 7) | (r->rex & REX_R ? 8 : 0));
    d->rm = (uint8_t)((r->modrm & 7) | (r->rex & REX_B ? 8 : 0));
    read_address(r, &d->address);
}

static void set(struct decoded *d, enum decode_kind kind, uint32_t size)
{
    d->kind = kind;
    d->memory_size = d->register_size = (uint8_t)size;
}

static void read_immediate(struct reading *r, struct decoded *d, uint32_t bytes)
{
    d->has_immediate = true;
    d->immediate = next_signed(r, bytes < 8 ? bytes : 4);
}

/* 0x00 to 0x3f, but for those of the accumulator and an immediate: eight operations alike. */
static bool read_alu(struct reading *r, struct decoded *d, uint8_t opcode, uint32_t size)
{
    if ((opcode & 7) > 3) return false;
    read_modrm(r, d);
    d->alu = opcode >> 3;
    set(d, opcode & 2 ? DECODE_ALU_TO_REGISTER : DECODE_ALU_TO_MEMORY, size);
    return true;
}

/* MOV between the accumulator and an address that is given in full. */
static bool read_offset(struct reading *r, struct decoded *d, uint8_t opcode, uint32_t size)
{
    d->reg = 0;
    d->address = (struct decoded_address){
        .is_memory = true, .segment = r->segment != NO_SEGMENT ? r->segment : DATA_SEGMENT, .size = (uint8_t)r->address,
        .base = ADDRESS_NONE, .index = ADDRESS_NONE, .displacement = next_signed(r, r->address)
    };
    set(d, opcode & 2 ? DECODE_STORE : DECODE_LOAD, size);
    return true;
}

/* MOVZX, MOVSX */
static bool read_extension(struct reading *r, struct decoded *d, uint8_t opcode)
{
    read_modrm(r, d);
    set(d, DECODE_LOAD, r->operand);
    d->memory_size = opcode & 1 ? 2 : 1;
    d->is_signed = opcode & 8;
    return true;
}

static bool read_two_bytes(struct reading *r, struct decoded *d)
{
    uint8_t opcode = next(r);
    switch (opcode) {
    case 0x01:
        read_modrm(r, d);
        set(d, d->reg & 2 ? DECODE_LMSW : DECODE_SMSW, r->modrm >> 6 == 3 && !(d->reg & 2) ? r->operand : 2);
        return (r->modrm >> 3 & 5) == 4;
    case 0x06:
        d->kind = DECODE_CLTS;
        return true;
    case 0x20: case 0x21: case 0x22: case 0x23:
        r->modrm = next(r) | 0xc0;    /* both bits are ignored */
        d->reg = (uint8_t)((r->modrm >> 3 & 7) | (r->rex & REX_R ? 8 : 0));
        d->rm = (uint8_t)((r->modrm & 7) | (r->rex & REX_B ? 8 : 0));
        set(d, DECODE_CR_READ + (opcode >> 1 & 1) + 2 * (opcode & 1), r->width == 64 ? 8 : 4);
        return true;
    case 0xb6: case 0xb7: case 0xbe: case 0xbf:
        return read_extension(r, d, opcode) && r->modrm >> 6 != 3;
    default:
        return false;
    }
}

static bool read_one_byte(struct reading *r, struct decoded *d, uint8_t opcode)
{
    uint32_t size = opcode & 1 ? r->operand : 1;
    if (opcode < 0x40) return read_alu(r, d, opcode, size);
    if (opcode >= 0xa0 && opcode <= 0xa3) return read_offset(r, d, opcode, size);
    read_modrm(r, d);
    switch (opcode) {
    case 0x80: case 0x81: case 0x83:
        set(d, DECODE_ALU_TO_MEMORY, size);
        d->alu = r->modrm >> 3 & 7;
        read_immediate(r, d, opcode == 0x81 ? size : 1);
        return true;
    case 0x84: case 0x85: set(d, DECODE_TEST, size); return true;
    case 0x86: case 0x87: set(d, DECODE_EXCHANGE, size); return true;
    case 0x88: case 0x89: set(d, DECODE_STORE, size); return true;
    case 0x8a: case 0x8b: set(d, DECODE_LOAD, size); return true;
    case 0xc6: case 0xc7: case 0xf6: case 0xf7:
        set(d, opcode < 0xf0 ? DECODE_STORE : DECODE_TEST, size);
        read_immediate(r, d, size);
        return (r->modrm >> 3 & 7) == 0;
    default:
        return false;
    }
}

bool decode(struct decoded *d, const uint8_t *code, uint32_t size, uint32_t width)
{
    struct reading r = { .code = code, .size = size, .width = width, .segment = NO_SEGMENT };
    *d = (struct decoded){ .kind = DECODE_LOAD };
    uint8_t opcode = read_prefixes(&r);
    bool two = opcode == TWO_BYTES;
    bool known = two ? read_two_bytes(&r, d) : read_one_byte(&r, d, opcode) && ((opcode & 0xfc) == 0xa0 || r.modrm >> 6 != 3);
    d->length = (uint8_t)r.at;
    d->has_rex = r.rex != 0;
    return known && !r.repeats && !r.failed && r.at <= size && r.at <= DECODE_LONGEST;
}

bool decode_string(struct decoded_address *a, const uint8_t *code, uint32_t size, uint32_t width)
{
    struct reading r = { .code = code, .size = size, .width = width, .segment = NO_SEGMENT };
    uint8_t opcode = read_prefixes(&r);
    *a = (struct decoded_address){
        .is_memory = true, .segment = opcode & 2 ? DATA_SEGMENT : 0, .size = (uint8_t)r.address, .base = ADDRESS_NONE,
        .index = ADDRESS_NONE
    };
    if (opcode & 2 && r.segment != NO_SEGMENT) a->segment = r.segment;
    return !r.failed && (opcode & 0xfc) == 0x6c;
}
