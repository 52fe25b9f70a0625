/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of the subject's processor, where SVM and VMX show it each in its own way: processor_svm.c, processor_vmx.c. All of
 * it is shown at each exit. What the subject sees of a register stands in its field; where the processor has another value,
 * settle() derives that one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "monitor/exit.h"
#include "pc/decode.h"

enum field { FIELD_RFLAGS, FIELD_RSP, FIELD_CR0, FIELD_CR2, FIELD_CR3, FIELD_CR4, FIELD_EFER, FIELD_DR6, FIELD_DR7, FIELDS };

enum segment { SEGMENT_ES, SEGMENT_CS, SEGMENT_SS, SEGMENT_DS, SEGMENT_FS, SEGMENT_GS, SEGMENT_LDTR, SEGMENT_TR, SEGMENT_GDTR,
               SEGMENT_IDTR, SEGMENTS };
/* Attributes as SVM's control block has them: type, S, DPL, P in bits 7 to 0; AVL, L, D, G in bits 11 to 8. */
struct segment_state { uint16_t selector; uint32_t attributes, limit; uint64_t base; };
#define ATTRIBUTES_LONG 0x200u
#define ATTRIBUTES_32 0x400u

/* What is to interrupt the subject as soon as it lets it in. */
struct offer { bool interrupt, nmi; uint8_t vector, task_priority; };

struct processor {
    uint32_t all, usual;              /* fields: all of them; those that every answer sets */
    /* Null: the monitor has no way to it. */
    uint64_t *(*field)(const struct exit *e, enum field field);
    struct segment_state (*segment)(const struct exit *e, enum segment segment);
    /* One that is not present has no attributes. */
    void (*set_segment)(const struct exit *e, enum segment segment, struct segment_state to);
    /* Which register an exit is about, and what it moves where; false: the processor does not tell. */
    bool (*moves)(const struct exit *e, struct decoded *d);
    /* Whether the subject has taken the interrupt that offer() was told of last. */
    bool (*took)(const struct exit *e);
    /* Returns whether the NMI is on its way. */
    bool (*offer)(const struct exit *e, const struct offer *offer);
    /* The event whose delivery was an exit, which now is the monitor's to deliver; 0: none was. Null: none ever is. */
    uint32_t (*delivered)(const struct exit *e, uint32_t *error);
    /* First and last thing of a turn; the first may find that an exit was not the subject's. */
    void (*begin)(struct exit *e);
    void (*settle)(const struct exit *e);
};
extern const struct processor processor_svm, processor_vmx;
extern const struct processor *processor;         /* pc.c */

static inline uint64_t *pc_field(const struct exit *e, enum field field)
{
    return processor->field(e, field);
}

#define EVENT_VALID 0x80000000ull
#define EVENT_NMI 0x202ull            /* with its vector */
