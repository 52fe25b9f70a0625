/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subjects at run time. A subject's state is written on its own CPU alone, except its event word, which any CPU may raise.
 * What the subject asks for and does is untrusted.
 */
#ifndef CORE_SUBJECT_H
#define CORE_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

/* Runs a subject until TSC `deadline` or until it has stopped; sleeps while it waits. */
void subject_run(uint16_t subject, uint64_t deadline);

/* Whether it has stopped for good. */
bool subject_stopped(uint16_t subject);

/* Start-up: every subject begins with its memory as restart_begin() leaves it. */
void subject_start_all(void);

/* What the policy says of a subject that cannot go on: start again, stop, or stop the system. Records both. */
void subject_fault(uint16_t subject, uint32_t rule, uint64_t value, uint64_t other);

/* Event words. */
uint64_t event_take(uint16_t subject);
uint64_t event_peek(uint16_t subject);
void event_clear(uint16_t subject, uint64_t taken);

/* Memory of a restarted subject: scrub, then copy from the measured image, in slices. */
void restart_begin(uint16_t subject);
bool restart_continue(uint16_t subject);   /* true once all is in place */

/* Serves one hypercall; false if it is not finished and must be continued in a later window. */
struct arch_exit;
bool hypercall_serve(uint16_t subject, const struct arch_exit *exit);
bool hypercall_continue(uint16_t subject);

/* Records an act of a subject that the policy refuses. */
void subject_refuse(uint16_t subject, uint32_t rule, uint64_t value, uint64_t other);

/* Waits until an event is raised or the window ends; the answer is the event word. */
void subject_wait_for_event(uint16_t subject);

#endif
