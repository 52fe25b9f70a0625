/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Model-specific registers that are not the processor's own for a subject: AMD64 APM volume 2, appendix A. A register that is
 * not here raises #GP.
 */
#include "pc/apic.h"
#include "pc/pc.h"

enum {
    MSR_TSC = 0x10, MSR_APIC_BASE = 0x1b, MSR_REVISION = 0x8b, MSR_TYPES = 0xfe, MSR_CHECKS = 0x179, MSR_CHECK_STATUS = 0x17a,
    MSR_CHECK_CONTROL = 0x17b, MSR_MISCELLANEOUS = 0x1a0, MSR_TYPES_VARIABLE = 0x200, MSR_TYPES_FIXED = 0x250,
    MSR_TYPES_FIXED_LAST = 0x26f, MSR_TYPES_DEFAULT = 0x2ff, MSR_BANKS = 0x400, MSR_EFER = 0xc0000080,
    MSR_CONFIGURATION = 0xc0010000, MSR_CONFIGURATION_LAST = 0xc0011fff
};
enum { VARIABLE = 16, FIXED = 11, BANKS = 10, BANK = 4, BANK_CONTROL = 0, BANK_STATUS = 1 };
#define CHECKS_AND_BANKS (0x100ull | BANKS)           /* with a control register for all */
#define TYPES_EIGHT_AND_FIXED 0x508ull
#define TYPES_DEFAULT 0xc06ull        /* as firmware leaves it: on, write-back */

/* Types of memory, 7.7: kept for the subject, which sees them; what its memory is the nested page tables say. */
static uint64_t variable[VARIABLE], fixed[FIXED], default_type = TYPES_DEFAULT;

/* Machine checks, 9.3: kept for the subject, which is told of none. And what kernels for Intel's processors look at. */
static uint64_t bank[BANKS * BANK], check_control, check_status, miscellaneous = 1;

static uint64_t *check_register(uint32_t number)
{
    if (number >= MSR_BANKS && number < MSR_BANKS + BANKS * BANK) return &bank[number - MSR_BANKS];
    switch (number) {
    case MSR_CHECK_STATUS: return &check_status;
    case MSR_CHECK_CONTROL: return &check_control;
    case MSR_MISCELLANEOUS: return &miscellaneous;
    default: return 0;
    }
}

/* Of a bank's control all bits are set or none, and its status can only be cleared. */
static bool is_for_bank(uint32_t number, uint64_t value)
{
    uint32_t at = (number - MSR_BANKS) % BANK;
    if (number < MSR_BANKS || number >= MSR_BANKS + BANKS * BANK) return true;
    return value == 0 || at > BANK_STATUS || (at == BANK_CONTROL && value == UINT64_MAX);
}

/* Where a register of memory types is kept; null: it is none. */
static uint64_t *type_register(uint32_t number)
{
    static const uint8_t fixed_numbers[FIXED] = { 0x50, 0x58, 0x59, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f };
    if (number == MSR_TYPES_DEFAULT) return &default_type;
    if (number >= MSR_TYPES_VARIABLE && number < MSR_TYPES_VARIABLE + VARIABLE) return &variable[number - MSR_TYPES_VARIABLE];
    if (number < MSR_TYPES_FIXED || number > MSR_TYPES_FIXED_LAST) return 0;
    for (uint32_t i = 0; i < FIXED; i++) {
        if (number % 256 == fixed_numbers[i]) return &fixed[i];
    }
    return 0;
}

/* AMD's own, which kernels look at by the processor's family: they read as zero, and what is written to them is gone. */
static bool is_configuration(uint32_t number)
{
    return number >= MSR_CONFIGURATION && number <= MSR_CONFIGURATION_LAST;
}

static uint64_t *kept(uint32_t number)
{
    uint64_t *type = type_register(number);
    return type ? type : check_register(number);
}

static bool read(const struct exit *e, uint32_t number, uint64_t *value)
{
    const uint64_t *here = kept(number);
    *value = here ? *here : 0;
    switch (number) {
    case MSR_TSC: *value = __builtin_ia32_rdtsc(); return true;
    case MSR_APIC_BASE: *value = apic_base(); return true;
    case MSR_REVISION: return true;
    case MSR_CHECKS: *value = CHECKS_AND_BANKS; return true;
    case MSR_TYPES: *value = TYPES_EIGHT_AND_FIXED; return true;
    case MSR_EFER: *value = control_efer(e); return true;
    default: return here || is_configuration(number);
    }
}

static bool write(struct exit *e, uint32_t number, uint64_t value)
{
    uint64_t *here = kept(number);
    if (!is_for_bank(number, value)) return false;
    if (here) *here = value;
    switch (number) {
    case MSR_TSC: return true;        /* it goes on as it is, as the emulator's does */
    case MSR_APIC_BASE: return apic_set_base(value);
    case MSR_EFER: return control_set_efer(e, value);
    default: return here || is_configuration(number);
    }
}

void msr_answer(struct exit *e)
{
    struct monitor_frame *f = e->frame;
    uint64_t value = (uint32_t)f->rax | f->rdx << 32;
    bool reads = e->kind == EXIT_RDMSR;
    if (reads ? !read(e, (uint32_t)e->at, &value) : !write(e, (uint32_t)e->at, value)) {
        pc_protection(e);
        return;
    }
    if (reads) {
        f->rax = (uint32_t)value;
        f->rdx = value >> 32;
    }
    exit_skip(e, e->length);
}
