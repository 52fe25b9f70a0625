/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control registers and what else decides the processor's mode: AMD64 APM volume 2, 3.1 and 14.6. The subject has what the
 * kernel lets it have of them; what is asked for beyond that raises the exception that a processor without it raises.
 */
#include "pc/apic.h"
#include "pc/breakpoint.h"
#include "pc/decode.h"
#include "pc/pc.h"

enum { LEAF_FEATURES = 1, LEAF_MORE = 7, FEATURE_APIC = 1 << 9, FEATURE_MTRR = 1 << 12,  FEATURE_LINE_8 = 8 << 8,
       FEATURE_ONE_PROCESSOR = 1 << 16 };
#define FEATURE_VIRTUAL (1u << 31)
#define CR0_MAY (CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | CR0_PG)
#define CR4_ALWAYS 0x7ffull           /* VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT */
#define EFER_MAY (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)
#define DR7_RESET 0x400ull
#define DR7_MAY 0xffff03ffull         /* GD is kept here: the exit comes before the processor would look at it */
#define ATTRIBUTES_DPL 0x60u
#define DR6_RESET 0xffff0ff0ull
#define ATTRIBUTES_CODE_32 0xc9bu     /* 4 GiB, accessed */
#define ATTRIBUTES_DATA_32 0xc93u
#define ATTRIBUTES_LDT 0x82u
#define ATTRIBUTES_TSS 0x8bu
#define REAL_MODE_VECTORS 0x3ffu
#define BOOTED_BY_MULTIBOOT 0x2badb002u

static bool detects;                  /* DR7.GD */

struct leaf { uint32_t eax, ebx, ecx, edx; };

/* The monitor's own: what the policy shows of the processor. */
static struct leaf cpuid(uint32_t leaf, uint32_t ecx)
{
    struct leaf l;
    __asm__ volatile("cpuid" : "=a"(l.eax), "=b"(l.ebx), "=c"(l.ecx), "=d"(l.edx) : "a"(leaf), "c"(ecx));
    return l;
}

/* ECX means something of these alone: AMD64 APM volume 3, appendix E; the policy's table knows 0 for the others. */
static uint32_t subleaf(uint32_t leaf, uint32_t ecx)
{
    return leaf == 4 || leaf == 7 || leaf == 11 || leaf == 13 || leaf == 0x8000001d ? ecx : 0;
}

/* And what is here: the local APIC, memory types. */
void control_cpuid(struct exit *e)
{
    struct monitor_frame *f = e->frame;
    uint32_t leaf = (uint32_t)f->rax;
    struct leaf l = cpuid(leaf, subleaf(leaf, (uint32_t)f->rcx));
    if (leaf == LEAF_FEATURES) {
        l.ebx |= FEATURE_LINE_8 | FEATURE_ONE_PROCESSOR;
        l.ecx |= FEATURE_VIRTUAL;
        l.edx |= FEATURE_MTRR | (apic_is_on() ? FEATURE_APIC : 0);
    }
    f->rax = l.eax;
    f->rbx = l.ebx;
    f->rcx = l.ecx;
    f->rdx = l.edx;
    exit_skip(e, e->length);
}

/* ---- registers and modes ---- */
uint64_t *pc_register(const struct exit *e, uint32_t number)
{
    struct monitor_frame *f = e->frame;
    uint64_t *const low[] = { &f->rax, &f->rcx, &f->rdx, &f->rbx, pc_field(e, FIELD_RSP), &f->rbp, &f->rsi, &f->rdi };
    return number < 8 ? low[number] : &f->r8 + (number - 8) % 8;
}

uint32_t pc_width(const struct exit *e)
{
    uint32_t attributes = processor->segment(e, SEGMENT_CS).attributes;
    if ((*pc_field(e, FIELD_EFER) & EFER_LMA) && (attributes & ATTRIBUTES_LONG)) return 64;
    return attributes & ATTRIBUTES_32 ? 32 : 16;
}

void pc_take_all(const struct exit *e)
{
    e->frame->counts[MONITOR_TAKE] = processor->all;
}

/* SDM volume 3, 18.3.1.1: where a fault's handler returns to has RF, which a processor itself sets of its own faults alone. */
void pc_fault(struct exit *e, uint8_t vector)
{
    *pc_field(e, FIELD_RFLAGS) |= RFLAGS_RESUME;
    exit_raise(e, vector);
}

void pc_fault_error(struct exit *e, uint8_t vector, uint32_t error)
{
    *pc_field(e, FIELD_RFLAGS) |= RFLAGS_RESUME;
    exit_raise_error(e, vector, error);
}

void pc_protection(struct exit *e)
{
    pc_fault_error(e, VECTOR_PROTECTION, 0);
}

/* 14.6.1, 14.6.2: paging with EFER.LME set is long mode. */
static bool set_cr0(struct exit *e, uint64_t value)
{
    uint64_t *cr0 = pc_field(e, FIELD_CR0), *efer = pc_field(e, FIELD_EFER);
    bool pages = value & CR0_PG, paged = *cr0 & CR0_PG;
    if (value & ~CR0_MAY || ((value & CR0_NW) && !(value & CR0_CD)) || (pages && !(value & CR0_PE))) return false;
    if (pages && !paged && (*efer & EFER_LME)) {
        if (!(*pc_field(e, FIELD_CR4) & CR4_PAE)) return false;
        *efer |= EFER_LMA;
    }
    if (!pages && paged && (*efer & EFER_LMA)) {
        if (pc_width(e) == 64 || (*pc_field(e, FIELD_CR4) & CR4_PCIDE)) return false;
        *efer &= ~EFER_LMA;
    }
    *cr0 = value | CR0_ET;
    pc_take_all(e);
    return true;
}

/* What needs a feature that the subject does not see is reserved. */
static uint64_t cr4_may(void)
{
    struct leaf one = cpuid(LEAF_FEATURES, 0), seven = cpuid(LEAF_MORE, 0);
    return CR4_ALWAYS | (one.ecx >> 17 & 1) << 17 |               /* PCIDE */
           (seven.ebx & 1) << 16 | (seven.ebx >> 7 & 1) << 20 | (seven.ebx >> 20 & 1) << 21 |   /* FSGSBASE, SMEP, SMAP */
           (seven.ecx >> 2 & 1) << 11;                            /* UMIP */
}

/* 3.1.3, 5.5.1: identifiers of address spaces are for long mode, and begin with that of CR3 clear. */
static bool set_cr4(struct exit *e, uint64_t value)
{
    uint64_t *cr4 = pc_field(e, FIELD_CR4);
    bool is_long = *pc_field(e, FIELD_EFER) & EFER_LMA, identifies = value & ~*cr4 & CR4_PCIDE;
    if (value & ~cr4_may() || (is_long && !(value & CR4_PAE)) || (!is_long && (value & CR4_PCIDE))) return false;
    if (identifies && *pc_field(e, FIELD_CR3) & 0xfff) return false;
    *cr4 = value;
    pc_take_all(e);
    return true;
}

static bool set_cr8(uint64_t value)
{
    if (value > 15) return false;
    apic_set_task_priority((uint8_t)(value << 4));
    return true;
}

uint64_t control_efer(const struct exit *e)
{
    return *pc_field(e, FIELD_EFER) & EFER_MAY;
}

bool control_set_efer(struct exit *e, uint64_t value)
{
    uint64_t *efer = pc_field(e, FIELD_EFER), changes = (*efer ^ value) & EFER_LME;
    if (value & ~EFER_MAY || (changes && (*pc_field(e, FIELD_CR0) & CR0_PG))) return false;
    *efer = (*efer & ~(EFER_MAY & ~EFER_LMA)) | (value & ~EFER_LMA);
    pc_take_all(e);
    return true;
}

/* LMSW cannot clear PE. */
static bool load_status(struct exit *e, uint64_t value)
{
    uint64_t cr0 = *pc_field(e, FIELD_CR0);
    return set_cr0(e, (cr0 & ~(CR0_MP | CR0_EM | CR0_TS)) | (value & (CR0_PE | CR0_MP | CR0_EM | CR0_TS)));
}

static bool set_control(struct exit *e, uint32_t number, uint64_t value)
{
    switch (number) {
    case 0: return set_cr0(e, value);
    case 4: return set_cr4(e, value);
    case 8: return set_cr8(value);
    default: return false;
    }
}

/* ---- debug registers: AMD64 APM volume 2, 13.1 ---- */
/* GD holds until a debug exception comes. */
void control_debug_raised(void)
{
    detects = false;
}

void control_raise_debug(struct exit *e, uint64_t causes)
{
    uint64_t *dr6 = pc_field(e, FIELD_DR6);
    *dr6 = (*dr6 & ~DR6_BREAKPOINTS) | causes;
    exit_raise(e, VECTOR_DEBUG);
    pc_take_all(e);
    control_debug_raised();
}

static void write_debug(const struct exit *e, uint32_t number, uint64_t value)
{
    if (number < BREAKPOINTS) {
        e->frame->debug[number] = value;
        return;
    }
    if (number == 6) {
        *pc_field(e, FIELD_DR6) = (value & 0xe00f) | DR6_RESET;
    } else {
        *pc_field(e, FIELD_DR7) = (value & DR7_MAY) | DR7_RESET;
        detects = value & DR7_DETECT;
    }
    pc_take_all(e);
}

/* DR4 and DR5 are other names of DR6 and DR7, or none: 13.1.1.2. */
static bool move_debug(struct exit *e, const struct decoded *d)
{
    uint64_t *general = pc_register(e, d->rm);
    uint32_t number = d->reg == 4 || d->reg == 5 ? d->reg + 2 : d->reg & 7;
    uint64_t value = d->register_size == 8 ? *general : (uint32_t)*general;
    if (d->kind == DECODE_DR_WRITE) {
        if (number >= 6 && value >> 32) return false;
        write_debug(e, number, value);
        return true;
    }
    if (number < BREAKPOINTS) *general = e->frame->debug[number];
    else *general = *pc_field(e, number == 6 ? FIELD_DR6 : FIELD_DR7) | (number == 7 && detects ? DR7_DETECT : 0);
    if (d->rm == 4) pc_take_all(e);   /* RSP is a field */
    return true;
}

static bool is_debug(const struct decoded *d)
{
    return d->kind == DECODE_DR_READ || d->kind == DECODE_DR_WRITE;
}

/* What VMX leaves to be looked at after the exit: the privilege level, which is that of SS, and GD. SDM volume 3, 26.1.3. */
static bool refuse_debug(struct exit *e, const struct decoded *d)
{
    if ((d->reg == 4 || d->reg == 5) && *pc_field(e, FIELD_CR4) & CR4_DE) pc_fault(e, VECTOR_UNDEFINED);
    else if (processor->segment(e, SEGMENT_SS).attributes & ATTRIBUTES_DPL) pc_protection(e);
    else if (detects) control_raise_debug(e, DR6_DETECTED);
    else return false;
    return true;
}

/* SVM shows CR8 without an exit, VMX the shadows of CR0 and CR4. */
static bool read_control(const struct exit *e, const struct decoded *d)
{
    uint64_t *to = pc_register(e, d->rm);
    if (d->rm == 4) pc_take_all(e);   /* RSP is a field */
    switch (d->reg) {
    case 0: *to = *pc_field(e, FIELD_CR0); return true;
    case 4: *to = *pc_field(e, FIELD_CR4); return true;
    case 8: *to = apic_task_priority() >> 4; return true;
    default: return false;
    }
}

/* Linear, of an operand in memory: AMD64 APM volume 1, 2.2. In 64-bit mode FS and GS alone have a base. */
uint64_t control_operand(const struct exit *e, const struct decoded *d)
{
    const struct decoded_address *a = &d->address;
    uint64_t base = a->base == ADDRESS_NEXT ? e->rip + d->length : a->base == ADDRESS_NONE ? 0 : *pc_register(e, a->base);
    uint64_t offset = base + (a->index == ADDRESS_NONE ? 0 : *pc_register(e, a->index) << a->shift) + a->displacement;
    if (a->size < 8) offset &= (1ull << 8 * a->size) - 1;
    return pc_width(e) == 64 && a->segment < SEGMENT_FS ? offset : pc_base(e, (enum segment)a->segment) + offset;
}

/* LMSW, SMSW: 16 bits of CR0, of which a general register has more. */
static uint64_t move_status(struct exit *e, const struct decoded *d)
{
    uint64_t cr0 = *pc_field(e, FIELD_CR0), value = 0, *general = pc_register(e, d->rm), linear = control_operand(e, d);
    if (d->kind == DECODE_LMSW) {
        if (!d->address.is_memory) value = *general;
        else if (!walk_read(e, linear, &value, 2)) return pc_page_fault(e, linear, false);
        if (!load_status(e, d->has_immediate ? d->immediate : value)) {
            pc_protection(e);
            return PC_GO_ON;
        }
    } else if (d->address.is_memory) {
        if (!walk_write(e, linear, &cr0, 2)) return pc_page_fault(e, linear, true);
    } else {
        *general = d->memory_size == 2 ? (*general & ~0xffffull) | (cr0 & 0xffff) : cr0;
        if (d->rm == 4) pc_take_all(e);
    }
    if (d->address.is_memory) pc_touch(e, linear, 2, d->kind == DECODE_SMSW);
    exit_skip(e, d->length);
    return PC_GO_ON;
}

static bool act(struct exit *e, const struct decoded *d)
{
    uint64_t value = *pc_register(e, d->rm);
    if (d->kind == DECODE_CR_READ) return read_control(e, d);
    if (is_debug(d)) return move_debug(e, d);
    if (d->kind == DECODE_CLTS) return set_cr0(e, *pc_field(e, FIELD_CR0) & ~CR0_TS);
    return set_control(e, d->reg, d->register_size == 8 ? value : (uint32_t)value);
}

/* False: not known here. */
static bool read_move(const struct exit *e, struct decoded *d)
{
    uint8_t code[DECODE_LONGEST];
    return decode(d, code, walk_code(e, code, sizeof code), pc_width(e)) && d->kind >= DECODE_CR_READ;
}

uint64_t control_answer(struct exit *e)
{
    struct decoded d;
    if (!processor->moves(e, &d) && !read_move(e, &d)) return pc_end_unknown(e);
    if (d.kind == DECODE_LMSW || d.kind == DECODE_SMSW) return move_status(e, &d);
    if (is_debug(&d) && refuse_debug(e, &d)) return PC_GO_ON;
    if (act(e, &d)) exit_skip(e, d.length);
    else pc_protection(e);
    return PC_GO_ON;
}

/* ---- the beginning ---- */
static void set_segment(struct exit *e, enum segment segment, uint16_t selector, uint32_t attributes, uint32_t limit)
{
    processor->set_segment(e, segment, (struct segment_state){ selector, attributes, limit, 0 });
}

/* Multiboot specification 0.6.96, 3.2; the vectors are firmware's, for who goes back to real mode. */
void control_start(struct exit *e, uint32_t entry, uint32_t info)
{
    struct monitor_frame *f = e->frame;
    for (uint64_t *general = &f->rax; general <= &f->r15; general++) *general = 0;
    f->rax = BOOTED_BY_MULTIBOOT;
    f->rbx = info;
    for (enum segment s = SEGMENT_ES; s <= SEGMENT_GS; s++) set_segment(e, s, 16, ATTRIBUTES_DATA_32, UINT32_MAX);
    set_segment(e, SEGMENT_CS, 8, ATTRIBUTES_CODE_32, UINT32_MAX);
    set_segment(e, SEGMENT_GDTR, 0, 0, 0);
    set_segment(e, SEGMENT_IDTR, 0, 0, REAL_MODE_VECTORS);
    set_segment(e, SEGMENT_LDTR, 0, ATTRIBUTES_LDT, 0xffff);
    set_segment(e, SEGMENT_TR, 0, ATTRIBUTES_TSS, 0xffff);
    *pc_field(e, FIELD_CR0) = CR0_PE | CR0_ET;
    *pc_field(e, FIELD_CR3) = *pc_field(e, FIELD_CR4) = *pc_field(e, FIELD_EFER) = 0;
    *pc_field(e, FIELD_RFLAGS) = 2;
    *pc_field(e, FIELD_RSP) = 0;
    e->rip = entry;
    exit_skip(e, 0);
    pc_take_all(e);
}
