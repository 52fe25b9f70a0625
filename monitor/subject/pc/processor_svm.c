/* SPDX-License-Identifier: Apache-2.0 */
/* The subject's processor as the control block of AMD SVM shows it: AMD64 APM volume 2, 15.5, 15.20, 15.21, appendix B. */
#include "pc/breakpoint.h"
#include "pc/pc.h"

#define REASON_IRET 0x74u
#define INTERCEPT_IRET (1ull << 20)
#define READS_CR0_CR4 0x11u
#define RFLAGS_NESTED (1ull << 14)
#define CR0_KERNEL (CR0_NE | CR0_NW | CR0_CD)         /* what stays as the kernel has it */
#define CR4_KERNEL CR4_MCE
#define INTERRUPT_PENDING (1ull << 8)
#define INTERRUPT_ANY_PRIORITY (0x1full << 16)        /* the highest; the task priority is counted here */

static uint64_t cr0, cr4;             /* of what stays so, what the subject has set */
static bool nmi_masked, stepping, steps_itself;
static uint64_t debug_before;         /* DR6 */

static uint64_t *field(const struct exit *e, enum field field)
{
    static const uint8_t places[FIELDS] = {
        MONITOR_SVM_RFLAGS, MONITOR_SVM_RSP, MONITOR_SVM_CR0, MONITOR_SVM_CR2, MONITOR_SVM_CR3, MONITOR_SVM_CR4,
        MONITOR_SVM_EFER, MONITOR_SVM_DR6, MONITOR_SVM_DR7
    };
    return &e->frame->fields[places[field]];
}

/* Selector, attributes in bits 31 to 16, limit; then the base. */
static uint64_t *place(const struct exit *e, enum segment segment)
{
    static const uint8_t places[SEGMENTS] = { 0, 1, 2, 3, 4, 5, 7, 9, 6, 8 };
    return &e->frame->fields[MONITOR_SVM_SEGMENTS + 2 * places[segment]];
}

static struct segment_state segment(const struct exit *e, enum segment segment)
{
    const uint64_t *s = place(e, segment);
    return (struct segment_state){ (uint16_t)s[0], (uint32_t)(s[0] >> 16 & 0xfff), (uint32_t)(s[0] >> 32), s[1] };
}

static void set_segment(const struct exit *e, enum segment segment, struct segment_state to)
{
    uint64_t *s = place(e, segment);
    s[0] = to.selector | (uint64_t)to.attributes << 16 | (uint64_t)to.limit << 32;
    s[1] = to.base;
}

static bool moves(const struct exit *e, struct decoded *d)
{
    (void)e;
    (void)d;
    return false;
}

/*
 * 15.21.1: what is injected as NMI masks no other one. So IRET is asked for, which ends that, and as it is still to come then,
 * a step over it. Not one that goes to another task: the step would stay with the one that it leaves.
 */
static void watch_return(const struct exit *e)
{
    e->frame->fields[MONITOR_SVM_INTERCEPTS] |= INTERCEPT_IRET;
    pc_take_all(e);
}

static void step(const struct exit *e)
{
    uint64_t *f = e->frame->fields, *rflags = &f[MONITOR_SVM_RFLAGS];
    stepping = !(*rflags & RFLAGS_NESTED) || pc_width(e) == 64;
    nmi_masked = stepping;
    if (!stepping) return;
    steps_itself = *rflags & RFLAGS_STEP;
    debug_before = f[MONITOR_SVM_DR6];
    *rflags |= RFLAGS_STEP;
}

/* The step's #DB is the subject's own as well if that makes steps, or IRET has met a breakpoint. */
static void end_step(struct exit *e)
{
    stepping = nmi_masked = false;
    if (steps_itself) return;
    uint64_t *dr6 = &e->frame->fields[MONITOR_SVM_DR6];
    if (*dr6 & breakpoint_enabled(e->frame->fields[MONITOR_SVM_DR7])) {
        *dr6 &= debug_before | ~DR6_STEP;
        return;
    }
    *dr6 = debug_before;
    e->kind = EXIT_INTERRUPTED;
}

/* What the processor no longer shows as offered it has taken. */
static bool took(const struct exit *e)
{
    return !(e->frame->fields[MONITOR_SVM_INTERRUPT] & INTERRUPT_PENDING);
}

static bool offer(const struct exit *e, const struct offer *o)
{
    uint64_t *interrupt = &e->frame->fields[MONITOR_SVM_INTERRUPT], *event = &e->frame->fields[MONITOR_SVM_EVENT];
    bool nmi = o->nmi && !nmi_masked && !(*event & EVENT_VALID);
    *interrupt = o->task_priority >> 4;
    if (o->interrupt) *interrupt |= INTERRUPT_PENDING | INTERRUPT_ANY_PRIORITY | (uint64_t)o->vector << 32;
    if (nmi) {
        *event = EVENT_VALID | EVENT_NMI;
        nmi_masked = true;
    }
    /* One that an exception goes before comes in its handler, at the latest at the end. */
    if (o->nmi && !stepping) watch_return(e);
    return nmi;
}

/* ---- turns ---- */
static void begin(struct exit *e)
{
    uint64_t *f = e->frame->fields;
    f[MONITOR_SVM_CR0] = (f[MONITOR_SVM_CR0] & ~CR0_KERNEL) | cr0;
    f[MONITOR_SVM_CR4] = (f[MONITOR_SVM_CR4] & ~CR4_KERNEL) | cr4;
    if (f[MONITOR_SVM_REASON] == REASON_IRET) {
        f[MONITOR_SVM_INTERCEPTS] &= ~INTERCEPT_IRET;
        if (nmi_masked) step(e);
    } else if (e->kind == EXIT_EXCEPTION && e->at == VECTOR_DEBUG && stepping) {
        end_step(e);
    } else {
        return;
    }
    pc_take_all(e);
}

/* What the kernel keeps of both registers it does not take from here; so their reads are answered. */
static void settle(const struct exit *e)
{
    uint64_t *f = e->frame->fields;
    cr0 = f[MONITOR_SVM_CR0] & CR0_KERNEL;
    cr4 = f[MONITOR_SVM_CR4] & CR4_KERNEL;
    f[MONITOR_SVM_READS] |= READS_CR0_CR4;
}

const struct processor processor_svm = {
    MONITOR_SVM_FIELDS, MONITOR_SVM_RFLAGS + 1, field, segment, set_segment, moves, took, offer, 0, begin, settle
};
