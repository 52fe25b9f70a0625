/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a subject says to the kernel: call numbers, results, the status it gets back.
 *
 * RAX holds the number; RDI, RSI, RDX the arguments. RAX returns the status, RDX the result; every other register is
 * preserved. The instruction is VMMCALL or VMCALL, as the info page says. From a subject's user mode every call is denied
 * unless the policy says otherwise.
 */
#pragma once

#include <stdint.h>

#define ABI_VERSION 1u
#define ABI_BATCH_MAX 32u             /* messages in one send */
#define ABI_AUDIT_ACK_MAX 64u        /* records that one audit_ack may consume */
#define ABI_AUDIT_SLICE 32u           /* records that one audit_ack seals at most */

enum abi_call {
    ABI_CALL_NULL,                    /* (): result ABI_VERSION */
    ABI_CALL_SEND,                    /* (channel, first slot, count 1..32, no more than the outbox has): judges so many
                                         consecutive outbox slots, wrapping;
                                         result: rule of the first denial | bit set of the accepted messages << 32 */
    ABI_CALL_RECEIVE,                 /* (channel, sequence): all messages below `sequence` are consumed; frees their slots */
    ABI_CALL_NOTIFY,                  /* (channel): raises the channel's event at the receiver, judged and paced like a message
                                         of a rule without `where`, protocol, release of labels or record; denied where
                                         the channel has no such rule, or no `notify`, or all that is allowed is recorded.
                                         Result: 0, whatever denied it */
    ABI_CALL_WAIT,                    /* (): takes and clears the subject's events; result: the event word. With none raised,
                                         gives up the CPU until one is or the next window begins */
    ABI_CALL_AUDIT_ACK,               /* (cpu, sequence): records below `sequence` are consumed: sealed ones only, so many a
                                         call; then seals a slice; result: the ring's sealed index */
    ABI_CALL_SHUTDOWN,                /* (): seals, prints heads and counts on COM1, powers off. Privileged */
    ABI_CALL_OPERATE,                 /* (privilege): does what the privilege gives: switches plans at the end of a frame,
                                         restarts or stops a subject, or gives it the rest of the window and returns once the
                                         caller has time again. Judged like a message; denied, the result is the rule */
    ABI_CALL_RESUME,                  /* (why): a monitor's answer, channels/monitor.h: its subject goes on, or, if `why` is
                                         not 0, has a fault that is on record with it */
    ABI_CALL_COUNT
};

/* Status: module << 16 | check. */
#define ABI_STATUS(module, check) ((uint32_t)(module) << 16 | (uint32_t)(check))
enum abi_module { ABI_MODULE_CORE = 1, ABI_MODULE_MONITOR = 2, ABI_MODULE_AUDIT = 3 };

enum abi_status {
    ABI_OK = 0,                                       /* done */
    ABI_NO_CALL = ABI_STATUS(ABI_MODULE_CORE, 1),     /* no such call */
    ABI_FROM_USER = ABI_STATUS(ABI_MODULE_CORE, 2),   /* called from the subject's user mode */
    ABI_PRIVILEGE = ABI_STATUS(ABI_MODULE_CORE, 3),   /* the policy does not give this operation */
    ABI_DENIED = ABI_STATUS(ABI_MODULE_MONITOR, 1),   /* a rule denied it; the result names the rule, but for NOTIFY */
    ABI_CHANNEL = ABI_STATUS(ABI_MODULE_MONITOR, 2),  /* no such channel for this subject */
    ABI_SLOT = ABI_STATUS(ABI_MODULE_MONITOR, 3),     /* slot or count out of range */
    ABI_SEQUENCE = ABI_STATUS(ABI_MODULE_MONITOR, 4), /* sequence below the last one given or above what was published */
    ABI_RING = ABI_STATUS(ABI_MODULE_AUDIT, 1),       /* no such audit ring */
    ABI_ACK = ABI_STATUS(ABI_MODULE_AUDIT, 2)         /* sequence below the last, above the sealed index, or too far at once */
};
