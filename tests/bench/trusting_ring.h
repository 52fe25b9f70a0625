/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The direct channel's trusting twin: same memory, same order of stores, same acknowledgements, and nothing is checked. What a
 * stamp says is taken for the message's length and type, what an acknowledgement says is believed, slots are never too small.
 */
#pragma once

#include "guest/direct_ring.h"

SHARED_ALWAYS bool trusting_push(struct direct_sender *sender, uint32_t type, const void *message, uint32_t length)
{
    uint64_t next = sender->ring.next;
    uint8_t *stamp = sender->ring.stamp, *payload = sender->ring.payload;

    if (DIRECT_UNLIKELY(--sender->credit < 0)) {
        uint64_t said = shared_load(&sender->acknowledgement->acknowledged);
        sender->credit = (int64_t)(direct_slot_count(&sender->ring) - (next - said) / DIRECT_ONE) - 1;
        if (sender->credit < 0) {
            sender->credit = 0;
            return false;
        }
    }
    direct_step(&sender->ring, next, stamp, payload);
    shared_copy(payload, message, length);
    shared_store((uint64_t *)(void *)stamp, next | direct_kind(type, length));
    if (length >= DIRECT_FAR && sender->credit >= DIRECT_AHEAD)
        shared_will_write(direct_payload(&sender->ring, next + DIRECT_AHEAD * DIRECT_ONE), length);
    return true;
}

SHARED_ALWAYS bool trusting_pop(struct direct_receiver *receiver, void *message, uint32_t length)
{
    uint64_t next = receiver->ring.next;
    uint8_t *stamp = receiver->ring.stamp, *payload = receiver->ring.payload;

    if (shared_load((uint64_t *)(void *)stamp) - next >= DIRECT_BUSY) {
        if (receiver->due != (int64_t)direct_slot_count(&receiver->ring) / 4) direct_acknowledge(receiver);
        return false;
    }
    if (length >= DIRECT_FAR) direct_fetch(&receiver->ring, next + DIRECT_AHEAD * DIRECT_ONE, 1);
    shared_copy(message, payload, length);
    direct_step(&receiver->ring, next, stamp, payload);
    if (DIRECT_UNLIKELY(--receiver->due < 0)) direct_acknowledge(receiver);
    return true;
}

SHARED_ALWAYS uint32_t trusting_push_batch(struct direct_sender *sender, uint32_t type, const void *messages, uint32_t length,
                                           uint32_t count)
{
    struct direct_ring *ring = &sender->ring;
    uint64_t next = ring->next, stride = ring->stamp_stride;
    uint32_t run = direct_run(ring, count);

    if (DIRECT_UNLIKELY(sender->credit < run)) {
        uint64_t said = shared_load(&sender->acknowledgement->acknowledged);
        sender->credit = (int64_t)(direct_slot_count(ring) - (next - said) / DIRECT_ONE);
        if (sender->credit < run) run = (uint32_t)sender->credit;
    }
    sender->credit -= run;
    if (stride > 8) {
        direct_write_slots(ring->stamp, stride, messages, length, next | direct_kind(type, length), run);
    } else {
        direct_copy_run(ring->payload, ring->payload_stride, messages, length, length, run);
        direct_stamp_run(ring->stamp, stride, next | direct_kind(type, length), run);
    }
    direct_go(ring, next + run * DIRECT_ONE);
    if (sender->credit >= count) {
        shared_will_write(ring->payload, direct_ahead(count * ring->payload_stride));
        if (stride == 8) shared_will_write(ring->stamp, 8ull * count);
    }
    return run;
}

SHARED_ALWAYS uint32_t trusting_pop_batch(struct direct_receiver *receiver, void *messages, uint32_t length, uint32_t count)
{
    struct direct_ring *ring = &receiver->ring;
    uint64_t next = ring->next, number = next, stride = ring->stamp_stride;
    uint32_t run = direct_run(ring, count), ready = 0;
    uint8_t *stamp = ring->stamp;

    for (; ready < run; ready++, stamp += stride, number += DIRECT_ONE) {
        if (shared_load((uint64_t *)(void *)stamp) - number >= DIRECT_BUSY) break;
        if (stride > 8) shared_copy((uint8_t *)messages + ready * length, stamp + 8, length);
    }
    if (ready == 0) {
        if (receiver->due != (int64_t)direct_slot_count(ring) / 4) direct_acknowledge(receiver);
        return 0;
    }
    if (stride == 8) direct_copy_run(messages, length, ring->payload, ring->payload_stride, length, ready);
    direct_go(ring, next + ready * DIRECT_ONE);
    if (DIRECT_UNLIKELY((receiver->due -= ready) < 0)) direct_acknowledge(receiver);
    direct_fetch(ring, ring->next + (count - 1) * DIRECT_ONE, count);
    return ready;
}
