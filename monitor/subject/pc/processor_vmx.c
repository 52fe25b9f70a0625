/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subject's processor as the control structure of Intel VMX shows it: SDM volume 3, 25.4, 25.6, 25.8, 27.3, 28.2. Of CR0
 * and CR4 the subject sees the shadows; what the processor has follows from them, and the kernel keeps the bits that VMX needs.
 * CR2 is not among the fields, nor DR6, which is kept here: only the subject's own acts raise debug exceptions, and those exit.
 */
#include "guest/memory.h"
#include "pc/pc.h"

#define DR6_RESET 0xffff0ff0ull
#define DR6_CAUSES 0x600full          /* BS, BD, and the breakpoints: table 28-1 */
#define SHADOW_STI_MOVSS 3u
#define SHADOW_MOVSS 2u
#define SHADOW_NMI 8u
#define EVENT_WHAT (EVENT_VALID | 0x7ffull)           /* type and vector */
#define CONTROLS_WINDOW (1ull << 2)
#define CONTROLS_NMI_WINDOW (1ull << 22)
#define ENTRY_LONG_MODE (1ull << 9)
#define RIGHTS_UNUSABLE 0x10000u
#define CR4_PGE (1ull << 7)
#define CR4_SMEP (1ull << 20)
enum { POINTERS = 4, REASON_DR = 29 };

static uint64_t dr6 = DR6_RESET, cr3; /* at the turn's beginning */
static bool injected, nmi_masked;

static uint64_t *field(const struct exit *e, enum field field)
{
    static const uint8_t places[FIELDS] = {
        MONITOR_VMX_RFLAGS, MONITOR_VMX_RSP, MONITOR_VMX_CR0_SHADOW, 0, MONITOR_VMX_CR3, MONITOR_VMX_CR4_SHADOW,
        MONITOR_VMX_EFER, 0, MONITOR_VMX_DR7
    };
    if (field == FIELD_DR6) return &dr6;
    return field == FIELD_CR2 ? 0 : &e->frame->fields[places[field]];
}

/* ---- segments: rights have AVL, L, D, G in bits 15 to 12; those of GDTR and IDTR there are none ---- */
static struct segment_state segment(const struct exit *e, enum segment segment)
{
    const uint64_t *f = e->frame->fields;
    struct segment_state s = { .limit = (uint32_t)f[MONITOR_VMX_LIMITS + segment], .base = f[MONITOR_VMX_BASES + segment] };
    if (segment >= SEGMENT_GDTR) return s;
    uint64_t rights = f[MONITOR_VMX_RIGHTS + segment];
    s.selector = (uint16_t)f[MONITOR_VMX_SELECTORS + segment];
    s.attributes = rights & RIGHTS_UNUSABLE ? 0 : (uint32_t)((rights & 0xff) | (rights >> 4 & 0xf00));
    return s;
}

static void set_segment(const struct exit *e, enum segment segment, struct segment_state to)
{
    uint64_t *f = e->frame->fields;
    f[MONITOR_VMX_LIMITS + segment] = to.limit;
    f[MONITOR_VMX_BASES + segment] = to.base;
    if (segment >= SEGMENT_GDTR) return;
    f[MONITOR_VMX_SELECTORS + segment] = to.selector;
    f[MONITOR_VMX_RIGHTS + segment] = (to.attributes & 0xff) | (to.attributes & 0xf00) << 4;
    if (to.attributes == 0) f[MONITOR_VMX_RIGHTS + segment] = RIGHTS_UNUSABLE;
}

/* ---- control and debug registers ---- */
/* Table 28-4: number in bits 2 to 0, bit 4: read, general register in bits 11 to 8. */
static void read_debug_move(struct decoded *d, uint64_t q)
{
    d->kind = q & 16 ? DECODE_DR_READ : DECODE_DR_WRITE;
    d->reg = q & 7;
}

/* Table 28-3: number in bits 3 to 0, what in bits 5 and 4, what LMSW loads in bits 31 to 16. */
static void read_control_move(struct decoded *d, uint64_t q)
{
    static const enum decode_kind kinds[] = { DECODE_CR_WRITE, DECODE_CR_READ, DECODE_CLTS, DECODE_LMSW };
    d->kind = kinds[q >> 4 & 3];
    d->reg = q & 15;
    d->has_immediate = d->kind == DECODE_LMSW;
    d->immediate = q >> 16 & 0xffff;
}

static bool moves(const struct exit *e, struct decoded *d)
{
    uint64_t q = e->frame->fields[MONITOR_VMX_QUALIFICATION];
    *d = (struct decoded){ .rm = q >> 8 & 15, .length = (uint8_t)e->length, .register_size = pc_width(e) == 64 ? 8 : 4 };
    if (e->at == REASON_DR) read_debug_move(d, q);
    else read_control_move(d, q);
    return true;
}

/* ---- interrupts: an event is taken at the entry that follows, if it may be injected at all; 27.3.1.4, 27.3.1.5 ---- */
static bool took(const struct exit *e)
{
    (void)e;
    return injected;
}

static void set_window(uint64_t *controls, uint64_t window, bool open)
{
    *controls = (*controls & ~window) | (open ? window : 0);
}

static bool offer(const struct exit *e, const struct offer *o)
{
    uint64_t *f = e->frame->fields, *event = &f[MONITOR_VMX_EVENT], shadow = f[MONITOR_VMX_SHADOW];
    bool nmi = o->nmi && !(*event & EVENT_VALID) && !(shadow & (SHADOW_MOVSS | SHADOW_NMI));
    if (nmi) *event = EVENT_VALID | EVENT_NMI;
    nmi_masked = nmi_masked || nmi;
    injected = o->interrupt && !(*event & EVENT_VALID) && (f[MONITOR_VMX_RFLAGS] & RFLAGS_INTERRUPTS) &&
               !(shadow & SHADOW_STI_MOVSS);
    if (injected) *event = EVENT_VALID | o->vector;
    set_window(&f[MONITOR_VMX_CONTROLS], CONTROLS_WINDOW, o->interrupt && !injected);
    set_window(&f[MONITOR_VMX_CONTROLS], CONTROLS_NMI_WINDOW, (o->nmi && !nmi) || nmi_masked);
    return nmi;
}

/* The kernel has what was being delivered delivered once more, 28.2.4: events that software asks for are none. */
static uint32_t delivered(const struct exit *e, uint32_t *error)
{
    uint64_t *f = e->frame->fields, event = f[MONITOR_VMX_EVENT];
    if (!(event & EVENT_VALID)) return 0;
    *error = (uint32_t)f[MONITOR_VMX_ERROR];
    f[MONITOR_VMX_EVENT] = 0;
    if ((event & EVENT_WHAT) == (EVENT_VALID | EVENT_NMI)) f[MONITOR_VMX_SHADOW] |= SHADOW_NMI;
    return (uint32_t)event;
}

/* ---- turns ---- */
/*
 * A handler for NMIs ends with IRET, and the monitor's turn comes then: a mask that is shown later is none of the subject's. So
 * does Bochs (2.7) with all other VMs once one has been left in such a handler. An NMI that is to be delivered again has no
 * handler yet, 27.3.1.5, and an IRET to another task ends the mask as any.
 */
static void watch_nmi(const struct exit *e)
{
    uint64_t *f = e->frame->fields, *shadow = &f[MONITOR_VMX_SHADOW];
    bool again = (f[MONITOR_VMX_EVENT] & EVENT_WHAT) == (EVENT_VALID | EVENT_NMI);
    bool returns = e->kind == EXIT_TASK && e->size == TASK_RETURN;
    nmi_masked = again || (nmi_masked && *shadow & SHADOW_NMI && !returns);
    if (again || !nmi_masked) *shadow &= ~(uint64_t)SHADOW_NMI;
}

/* What the exception handler finds in DR6 the exit tells: table 28-1. INT1 leaves it alone. */
static void begin(struct exit *e)
{
    watch_nmi(e);
    cr3 = e->frame->fields[MONITOR_VMX_CR3];
    if (e->kind != EXIT_EXCEPTION || e->at != VECTOR_DEBUG || e->length > 0) return;
    dr6 = (dr6 & ~DR6_BREAKPOINTS) | (e->frame->fields[MONITOR_VMX_QUALIFICATION] & DR6_CAUSES);
}

/* 4.4.1: with PAE paging the processor has four entries in registers, and loads them when such bits change. */
static void load_pointers(const struct exit *e)
{
    uint64_t *f = e->frame->fields;
    const void *table = exit_memory(e, f[MONITOR_VMX_CR3] & 0xffffffe0, POINTERS * sizeof *f);
    if (table) memcpy(&f[MONITOR_VMX_PDPTES], table, POINTERS * sizeof *f);
    else memset(&f[MONITOR_VMX_PDPTES], 0, POINTERS * sizeof *f);
}

static void settle(const struct exit *e)
{
    uint64_t *f = e->frame->fields, cr0 = f[MONITOR_VMX_CR0_SHADOW], cr4 = f[MONITOR_VMX_CR4_SHADOW];
    bool is_long = f[MONITOR_VMX_EFER] & EFER_LMA, has_pointers = cr0 & CR0_PG && cr4 & CR4_PAE && !is_long;
    bool changes = (cr0 ^ f[MONITOR_VMX_CR0]) & CR0_PG || (cr4 ^ f[MONITOR_VMX_CR4]) & (CR4_PSE | CR4_PAE | CR4_PGE | CR4_SMEP);
    changes = changes || cr3 != f[MONITOR_VMX_CR3];
    if (has_pointers && changes) load_pointers(e);
    f[MONITOR_VMX_CR0] = cr0;
    f[MONITOR_VMX_CR4] = cr4;
    f[MONITOR_VMX_ENTRY_CONTROLS] = (f[MONITOR_VMX_ENTRY_CONTROLS] & ~ENTRY_LONG_MODE) | (is_long ? ENTRY_LONG_MODE : 0);
}

const struct processor processor_vmx = {
    MONITOR_VMX_FIELDS, MONITOR_VMX_CONTROLS + 1, field, segment, set_segment, moves, took, offer, delivered, begin, settle
};
