/* SPDX-License-Identifier: Apache-2.0 */
/* Raising events: the only state of a subject that other CPUs write. */
#include "core/core.h"
#include "core/schedule.h"
#include "core/subject.h"

uint64_t event_words[IMAGE_MAX_SUBJECTS];

void core_event_raise(uint32_t subject, uint8_t event)
{
    uint64_t bit = 1ull << event;
    uint64_t before = __atomic_fetch_or(&event_words[subject], bit, __ATOMIC_SEQ_CST);
    /* Coalesced: whoever raised the bit first has made the receiver look, or it is not running and will look when it does. */
    if ((before & bit) == 0) schedule_nudge(subject, KICK_EVENT);
}
