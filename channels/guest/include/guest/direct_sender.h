/* SPDX-License-Identifier: Apache-2.0 */
/* A direct channel's sending end (guest/direct_ring.h). Untrusted: the page of acknowledgements. */
#pragma once

#include "guest/direct_slots.h"

struct direct_sender {
    struct direct_ring ring;
    const struct direct_acknowledgement *acknowledgement;     /* NULL: lossy */
    int64_t credit;                   /* messages that may go before the next look at the acknowledgement */
    uint64_t acknowledged;            /* as last believed */
    uint64_t corrupt;                 /* acknowledgements that could not be right */
};

/* Makes each stamp what it was when its slot came by a lap ago, or else busy, which is nothing to a receiver. */
static inline void direct_sender_mend(struct direct_sender *sender)
{
    const struct direct_ring *ring = &sender->ring;
    uint64_t number = ring->next;

    /*@ loop invariant 0 <= i <= ring->mask + 1;
        loop assigns i, number, ring->stamps[0 .. 0x10100000];
        loop variant ring->mask + 1 - i; */
    for (uint64_t i = 0; i <= ring->mask; i++, number += DIRECT_ONE) {
        uint64_t *stamp = direct_stamp(ring, number), found = shared_load(stamp);
        if (!direct_is_whole(found) || direct_number_part(found) != number - direct_slot_count(ring) * DIRECT_ONE)
            shared_store(stamp, number | DIRECT_BUSY);
    }
}

/*
 * Goes on where an earlier life of this subject was. With an acknowledgement that this sender's messages cannot have had, it
 * begins where the receiver says it is: what was on its way is lost, and it counts one corrupt.
 */
static inline void direct_sender_start(struct direct_sender *sender, void *memory, uint32_t slot_payload, uint32_t slots,
                                       const struct direct_acknowledgement *acknowledgement)
{
    struct direct_ring *ring = &sender->ring;

    sender->acknowledgement = acknowledgement;
    sender->credit = 0;
    sender->acknowledged = sender->corrupt = 0;
    direct_ring_set(ring, memory, slot_payload, slots);
    direct_go(ring, direct_find_end(ring));
    //@ assert ring_ok(ring) && ring_writable(ring) && ring->next % 0x4000000 == 0 && ring->mask == slots - 1;
    if (acknowledgement != 0) {
        uint64_t taken = direct_number_part(shared_load(&acknowledgement->taken));
        if (ring->next - taken > slots * DIRECT_ONE) {
            sender->corrupt++;
            direct_go(ring, taken);
        }
        //@ assert ring_ok(ring) && ring_writable(ring) && ring->next % 0x4000000 == 0 && ring->mask == slots - 1;
        sender->acknowledged = ring->next - slots * DIRECT_ONE;
        //@ assert (uint64_t)(ring->next - sender->acknowledged) == slots * 0x4000000;
    }
    //@ assert ring_ok(ring) && ring_writable(ring) && ring->next % 0x4000000 == 0 && ring->mask == slots - 1;
    direct_sender_mend(sender);
}

/* Looks how many messages may go now. The peer's word counts if it lies between the last one and what was sent. */
DIRECT_COLD int64_t direct_sender_refill(struct direct_sender *sender)
{
    uint64_t said = shared_load(&sender->acknowledgement->acknowledged), next = sender->ring.next;

    if (said % DIRECT_ONE != 0 || said - sender->acknowledged > next - sender->acknowledged) {
        sender->corrupt++;
        //@ assert ring_ok(&sender->ring) && ring_writable(&sender->ring);
        //@ assert fits(next, sender->acknowledged, sender->ring.mask, sender->credit);
    } else {
        //@ assert (uint64_t)(next - said) <= (uint64_t)(next - sender->acknowledged);
        //@ assert (uint64_t)(next - said) % 0x4000000 == 0;
        sender->acknowledged = said;
        sender->credit = (int64_t)(direct_slot_count(&sender->ring) - (next - said) / DIRECT_ONE);
        //@ assert sender->credit * 0x4000000 == (sender->ring.mask + 1) * 0x4000000 - (uint64_t)(next - said);
        //@ assert ring_ok(&sender->ring) && ring_writable(&sender->ring);
        //@ assert fits(next, sender->acknowledged, sender->ring.mask, sender->credit);
    }
    return sender->credit;
}

/* Without credit: whether there is some now, of which one message is spent. */
DIRECT_COLD bool direct_sender_spend(struct direct_sender *sender)
{
    sender->credit = 0;
    if (direct_sender_refill(sender) == 0) return false;
    sender->credit--;
    return true;
}

/*
 * Writes one message of `length` bytes. False if a slot cannot hold it or, on an acknowledged channel, if all slots hold what
 * has not been acknowledged.
 */
SHARED_ALWAYS bool direct_push(struct direct_sender *sender, uint32_t type, const void *message, uint32_t length)
{
    uint64_t next = sender->ring.next;
    uint8_t *stamp = sender->ring.stamp, *payload = sender->ring.payload;

    if (DIRECT_UNLIKELY(length > sender->ring.slot_payload)) return false;
    if (sender->acknowledgement != 0) {
        if (DIRECT_UNLIKELY(--sender->credit < 0) && !direct_sender_spend(sender)) return false;
    } else {
        shared_store((uint64_t *)(void *)stamp, next | DIRECT_BUSY);
        shared_fence_write();
    }
    direct_step(&sender->ring, next, stamp, payload);
    shared_copy(payload, message, length);
    shared_store((uint64_t *)(void *)stamp, next | direct_kind(type, length));
    if (length >= DIRECT_FAR && (sender->acknowledgement == 0 || sender->credit >= DIRECT_AHEAD))
        shared_will_write(direct_payload(&sender->ring, next + DIRECT_AHEAD * DIRECT_ONE), length);
    return true;
}

/* Writes the stamps of `count` slots that lie one behind the other. */
SHARED_ALWAYS void direct_stamp_run(uint8_t *stamp, uint64_t stride, uint64_t value, uint32_t count)
{
    /*@ loop invariant 0 <= i <= count && stamp == \at(stamp, Pre) + times(i, stride);
        loop assigns i, value, stamp, \at(stamp, Pre)[0 .. times(count, stride) - 1];
        loop variant count - i; */
    for (uint32_t i = 0; i < count; i++, value += DIRECT_ONE, stamp += stride) {
        //@ assert times(i + 1, stride) <= times(count, stride);
        shared_store((uint64_t *)(void *)stamp, value);
    }
}

/*
 * Writes up to `count` messages of `length` bytes each, which lie one behind the other at `messages`; their stamps follow all
 * of their payloads. Returns how many: at most up to the ring's end, fewer on an acknowledged channel that is full.
 */
SHARED_ALWAYS uint32_t direct_push_batch(struct direct_sender *sender, uint32_t type, const void *messages, uint32_t length,
                                         uint32_t count)
{
    struct direct_ring *ring = &sender->ring;
    uint64_t next = ring->next, stride = ring->stamp_stride;
    uint8_t *stamp = ring->stamp;
    uint32_t run = direct_run(ring, count);

    if (DIRECT_UNLIKELY(length > ring->slot_payload)) return 0;
    //@ assert sum(place_of(next, ring->mask + 1), run, stride);
    /*@ assert times(place_of(next, ring->mask + 1) + run, stride) <= times(ring->mask + 1, stride) ==
          times(ring->mask, stride) + stride; */
    //@ assert \valid(stamp + (0 .. times(run, stride) - 1));
    if (sender->acknowledgement != 0) {
        if (DIRECT_UNLIKELY(sender->credit < run) && direct_sender_refill(sender) < run) run = (uint32_t)sender->credit;
        sender->credit -= run;
    } else {
        direct_stamp_run(stamp, stride, next | DIRECT_BUSY, run);
        shared_fence_write();
    }
    //@ assert times(run, length) <= times(count, length);
    //@ assert sum(place_of(next, ring->mask + 1), run, ring->payload_stride);
    /*@ assert times(place_of(next, ring->mask + 1) + run, stride) <= times(ring->mask + 1, stride) ==
          times(ring->mask, stride) + stride; */
    /*@ assert times(place_of(next, ring->mask + 1) + run, ring->payload_stride) <=
          times(ring->mask + 1, ring->payload_stride) == times(ring->mask, ring->payload_stride) + ring->payload_stride; */
    if (stride > 8) {
        direct_write_slots(stamp, stride, messages, length, next | direct_kind(type, length), run);
    } else {
        direct_copy_run(ring->payload, ring->payload_stride, messages, length, length, run);
        direct_stamp_run(stamp, stride, next | direct_kind(type, length), run);
    }
    direct_go(ring, next + run * DIRECT_ONE);
    if (sender->acknowledgement == 0 || sender->credit >= count) {
        shared_will_write(ring->payload, direct_ahead(count * ring->payload_stride));
        if (stride == 8) shared_will_write(ring->stamp, 8ull * count);
    }
    return run;
}
