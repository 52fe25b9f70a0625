/* SPDX-License-Identifier: Apache-2.0 */
/* The subject's processor as the control block of AMD SVM shows it: AMD64 APM volume 2, 15.5, 15.20, 15.21, appendix B. */
#include "pc/processor.h"

#define INTERRUPT_PENDING (1ull << 8)
#define INTERRUPT_ANY_PRIORITY (0x1full << 16)        /* the highest; the task priority is counted here */

static uint64_t *field(const struct exit *e, enum field field)
{
    static const uint8_t places[FIELDS] = {
        MONITOR_SVM_RFLAGS, MONITOR_SVM_RSP, MONITOR_SVM_CR0, MONITOR_SVM_CR2, MONITOR_SVM_CR3, MONITOR_SVM_CR4,
        MONITOR_SVM_EFER, MONITOR_SVM_DR6
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

/* What the processor no longer shows as offered it has taken. */
static bool took(const struct exit *e)
{
    return !(e->frame->fields[MONITOR_SVM_INTERRUPT] & INTERRUPT_PENDING);
}

static bool offer(const struct exit *e, const struct offer *o)
{
    uint64_t *interrupt = &e->frame->fields[MONITOR_SVM_INTERRUPT], *event = &e->frame->fields[MONITOR_SVM_EVENT];
    bool nmi = o->nmi && !(*event & EVENT_VALID);
    *interrupt = o->task_priority >> 4;
    if (o->interrupt) *interrupt |= INTERRUPT_PENDING | INTERRUPT_ANY_PRIORITY | (uint64_t)o->vector << 32;
    if (nmi) *event = EVENT_VALID | EVENT_NMI;
    return nmi;
}

static void nothing(const struct exit *e)
{
    (void)e;
}

const struct processor processor_svm = {
    MONITOR_SVM_FIELDS, MONITOR_SVM_RFLAGS + 1, field, segment, set_segment, moves, took, offer, nothing, nothing
};
