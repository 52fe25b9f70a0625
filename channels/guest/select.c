/* SPDX-License-Identifier: Apache-2.0 */
/* Round robin over receiving ends. */
#include "guest/select.h"
#include "channels/abi.h"
#include "guest/call.h"

void select_start(struct select *select)
{
    select->count = select->next = 0;
    select->events = 0;
}

static uint32_t select_add_end(struct select *select, struct select_end end)
{
    if (select->count == SELECT_MOST) return SELECT_NONE;
    select->ends[select->count] = end;
    return select->count++;
}

uint32_t select_add(struct select *select, struct receiver *receiver)
{
    return select_add_end(select, (struct select_end){ .receiver = receiver });
}

uint32_t select_add_direct(struct select *select, struct direct_receiver *receiver)
{
    return select_add_end(select, (struct select_end){ .direct = receiver });
}

static bool select_is_ready(const struct select_end *end)
{
    return end->direct != 0 ? direct_is_ready(end->direct) : receiver_is_ready(end->receiver);
}

uint32_t select_poll(struct select *select)
{
    uint32_t at = select->next;

    for (uint32_t looks = 0; looks < select->count; looks++) {
        uint32_t behind = at + 1 < select->count ? at + 1 : 0;
        if (select_is_ready(&select->ends[at])) {
            select->next = behind;
            return at;
        }
        at = behind;
    }
    return SELECT_NONE;
}

uint32_t select_wait(struct select *select)
{
    uint32_t found = select_poll(select);

    if (found != SELECT_NONE) return found;
    select->events |= call_make(ABI_CALL_WAIT, 0, 0, 0).result;
    return select_poll(select);
}

uint64_t select_take_events(struct select *select)
{
    uint64_t events = select->events;

    select->events = 0;
    return events;
}
