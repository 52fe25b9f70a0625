/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A monitor's side of channels/monitor.h: what its subject did, in terms that SVM and VMX share, and the answers to it. Runs in
 * the monitor's own context; whatever the subject left in registers and memory is untrusted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "channels/info.h"
#include "channels/monitor.h"

enum exit_kind {
    EXIT_CPUID, EXIT_HLT,
    EXIT_IN, EXIT_OUT,                /* at: port; size: bytes, of one transfer */
    EXIT_RDMSR, EXIT_WRMSR,           /* at: number */
    EXIT_READ, EXIT_WRITE, EXIT_FETCH,        /* at: guest-physical address that is not mapped so */
    EXIT_REGISTER,                    /* a control or debug register */
    EXIT_TASK,                        /* a switch to another task, on VMX; at: its selector; size: enum exit_task */
    EXIT_EXCEPTION,                   /* at: vector; with a length: of the instruction that is done, and asked for it */
    EXIT_CACHE, EXIT_COUNTER,         /* INVD, WBINVD; RDPMC */
    EXIT_INSTRUCTION,                 /* another that it has not; at: the processor's reason */
    EXIT_INTERRUPTED,                 /* nothing of its own: the alarm, a window's end; on VMX, it can take an event now; on SVM
                                         IRET comes next, if the monitor wants to know */
    EXIT_OTHER                        /* at: the processor's reason */
};

/* What switches tasks; the last is a gate for interrupts and exceptions. */
enum exit_task { TASK_CALL, TASK_RETURN, TASK_JUMP, TASK_GATE };

/* Of an instruction that moves strings between memory and a port; on VMX by fields beyond the first few. */
struct exit_string {
    bool is, repeats;
    uint8_t address;                  /* size of its address, bytes; 0: SVM does not tell, nor the segment */
    uint8_t segment;                  /* of OUTS: ES CS SS DS FS GS */
};

struct exit {
    enum exit_kind kind;
    uint32_t size;
    uint64_t at;
    uint64_t rip;                     /* of the instruction */
    uint32_t length;                  /* of the instruction; 0: the processor does not say, and the reason does not */
    struct exit_string string;
    struct monitor_frame *frame;      /* general registers: what is written there is what the subject goes on with */
};

/* Answers exits for ever by `answer`, which returns what the monitor fails with, 0 if its subject is to go on. */
_Noreturn void exit_serve(const struct subject_info *info, uint64_t (*answer)(struct exit *e));

/* The subject goes on `length` bytes behind where it was. */
void exit_skip(struct exit *e, uint32_t length);
/* It finds this exception where it was. */
void exit_raise(struct exit *e, uint8_t vector);
void exit_raise_error(struct exit *e, uint8_t vector, uint32_t error);

/* The subject's memory from guest-physical `gpa` on; 0 if it has no `size` bytes there. */
void *exit_memory(const struct exit *e, uint64_t gpa, uint64_t size);
