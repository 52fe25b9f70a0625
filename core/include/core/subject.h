/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subjects at run time. A subject's state is written on its own CPU alone, except its event word, which any CPU may raise.
 * What the subject asks for and does is untrusted.
 */
#pragma once

#include <stdbool.h>
#include "policy/image.h"

/* Runs a subject until core_time_up() or until it has stopped; sleeps while it waits. */
void subject_run(uint32_t subject);

/* What keeps a subject from being entered, one word: 0 if nothing does. */
union subject_gate {
    struct {
        uint32_t state;               /* of its own CPU: it waits, is rebuilt, has stopped */
        uint32_t order;               /* rule * 2 + whether to stop; 0: none. Any CPU may set it */
    };
    uint64_t all;
};
extern union subject_gate subject_gates[IMAGE_MAX_SUBJECTS];
static inline bool subject_runs(uint32_t subject)
{
    return __atomic_load_n(&subject_gates[subject].all, __ATOMIC_SEQ_CST) == 0;
}

/* Ends a wait: the subject, or its monitor if that has its time, has been given time. */
void subject_wake(uint32_t subject);

/* Whether it has stopped, and no order has it start again. */
bool subject_stopped(uint32_t subject);

/* Start-up: every subject begins with its memory as restart_begin() leaves it. */
void subject_start_all(void);

/*
 * What the policy says of a subject that cannot go on: start again, stop, or stop the system. Records both. Whether to enter it
 * again at once: false.
 */
bool subject_fault(uint32_t subject, uint32_t rule, uint64_t value, uint64_t other);

/*
 * Event words: one a subject, one bit a channel. Any CPU may raise; the subject's own takes all, or clears what it offers as a
 * virtual interrupt and returns what was not taken.
 */
extern uint64_t event_words[IMAGE_MAX_SUBJECTS];
static inline uint64_t event_peek(uint32_t subject)
{
    return __atomic_load_n(&event_words[subject], __ATOMIC_SEQ_CST);
}
static inline uint64_t event_take(uint32_t subject)
{
    return __atomic_exchange_n(&event_words[subject], 0, __ATOMIC_SEQ_CST);
}
static inline void event_clear(uint32_t subject, uint64_t offered)
{
    __atomic_fetch_and(&event_words[subject], ~offered, __ATOMIC_SEQ_CST);
}
static inline void event_return(uint32_t subject, uint64_t offered)
{
    __atomic_fetch_or(&event_words[subject], offered, __ATOMIC_SEQ_CST);
}

/*
 * Memory of a restarted subject: scrub, then copy from the measured image, then hash where the policy asks, in slices. It is
 * spoiled if it is not what the image says, and stays so.
 */
enum restart { RESTART_GOES_ON, RESTART_DONE, RESTART_SPOILED };
void restart_start(void);                  /* start-up, before all else */
void restart_begin(uint32_t subject);
enum restart restart_continue(uint32_t subject);

/* A hypercall; whether to enter the subject again at once. */
bool subject_call(uint32_t subject, uint64_t call, uint64_t a0, uint64_t a1, uint64_t a2);

/* A hypercall from the subject's user mode: whether it may be served. If not, it has been answered and is on record. */
bool subject_admits_user_call(uint32_t subject, uint64_t call);

/* Goes on with a send; false if time is up before it is finished: then the subject waits for that. */
bool hypercall_continue(uint32_t subject);

/* Has a subject stop, or start again, at its next exit or window; `rule` goes on record. The last such order counts. */
void subject_order(uint32_t subject, uint32_t rule, bool stop);

/*
 * It is not entered again before a send that ran out of time is finished; before an event or the next window; or, HLT being
 * skipped, before an interrupt. The hypercall's answer comes then. Or before its monitor has answered what it did. Whether to
 * enter it again at once: false.
 */
enum subject_wait { WAIT_FOR_NOTHING, WAIT_FOR_CALL, WAIT_FOR_EVENT, WAIT_FOR_INTERRUPT, WAIT_FOR_MONITOR };
bool subject_wait(uint32_t subject, enum subject_wait what);
