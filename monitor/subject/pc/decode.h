/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few instructions that a subject's monitor has to read itself: those with one operand in memory where a device is, and
 * those that move control and debug registers. The bytes are the subject's and untrusted: what is not known here is refused.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum decode_kind {
    DECODE_LOAD,                      /* register = memory, extended */
    DECODE_STORE,                     /* memory = register or immediate */
    DECODE_EXCHANGE,
    DECODE_ALU_TO_MEMORY,             /* memory = memory OP other */
    DECODE_ALU_TO_REGISTER,           /* register = register OP memory */
    DECODE_TEST,                      /* flags of memory AND other */
    DECODE_CR_READ, DECODE_CR_WRITE, DECODE_DR_READ, DECODE_DR_WRITE,      /* number in `reg`, the general register in `rm` */
    DECODE_LMSW, DECODE_SMSW, DECODE_CLTS
};

/* Where an operand is; a register that is none counts as 0. */
enum { ADDRESS_NONE = 16, ADDRESS_NEXT = 17 };        /* the instruction behind */
struct decoded_address {
    bool is_memory;
    uint8_t segment;                  /* ES CS SS DS FS GS */
    uint8_t size;                     /* bytes */
    uint8_t base, index, shift;
    uint64_t displacement;
};

struct decoded {
    enum decode_kind kind;
    uint8_t length;
    uint8_t memory_size, register_size;       /* bytes */
    bool is_signed;                   /* of a load that extends */
    bool has_immediate, has_rex;
    uint8_t alu;                      /* 0 to 7: ADD OR ADC SBB AND SUB XOR CMP */
    uint8_t reg, rm;                  /* 0 to 15 */
    uint64_t immediate;               /* extended to the operand's size */
    struct decoded_address address;
};

#define DECODE_LONGEST 15u

/* `width`: 16, 32 or 64, of the code segment; `size`: bytes of `code`. False: not known here, or not all of it is there. */
bool decode(struct decoded *d, const uint8_t *code, uint32_t size, uint32_t width);

/* INS or OUTS: of its memory, which is in `size` and `segment`, what its prefixes say. */
bool decode_string(struct decoded_address *a, const uint8_t *code, uint32_t size, uint32_t width);
