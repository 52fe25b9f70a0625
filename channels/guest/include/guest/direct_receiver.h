/* SPDX-License-Identifier: Apache-2.0 */
/* A direct channel's receiving end (guest/direct_ring.h). Untrusted: all of the ring. */
#pragma once

#include "guest/direct_slots.h"

struct direct_receiver {
    struct direct_ring ring;
    struct direct_acknowledgement *acknowledgement;           /* NULL: lossy */
    int64_t due;                      /* messages that it need not acknowledge yet */
    uint64_t lost;                    /* overwritten in this life before they were taken, or given up so as to get away from
                                         the sender: exact while fewer than 2^37 at once */
    uint64_t refused;                 /* of a type or length that is not expected: gone by */
    uint64_t corrupt;                 /* times that the sender's words contradicted themselves */
    uint32_t overtaken;               /* times since there last was nothing to take */
};

enum direct_result {
    DIRECT_EMPTY,                     /* no message yet */
    DIRECT_TAKEN,
    DIRECT_LOST,                      /* the sender was faster: counted, and the place is now among what is still there; to be
                                         called again at once, as the next message that is sent may overwrite that as well */
    DIRECT_REFUSED,                   /* a message that is not of the expected type and length: counted, behind it now */
    DIRECT_CORRUPT                    /* a stamp that no honest sender writes: counted, and behind it or believed now */
};

/* Says how far it is: with each quarter of the ring, or when there is nothing more. */
DIRECT_COLD void direct_acknowledge(struct direct_receiver *receiver)
{
    receiver->due = (int64_t)direct_slot_count(&receiver->ring) / 4;
    shared_store(&receiver->acknowledgement->acknowledged, receiver->ring.next);
}

/*
 * With acknowledgements it goes on where its earlier life was; else it begins with the oldest message that is still there,
 * which an earlier life may have taken as well. Where that life was nobody has kept, so what was overwritten between two lives
 * is counted by neither: who needs that numbers its messages, or acknowledges.
 */
static inline void direct_receiver_start(struct direct_receiver *receiver, void *memory, uint32_t slot_payload, uint32_t slots,
                                         struct direct_acknowledgement *acknowledgement)
{
    struct direct_ring *ring = &receiver->ring;

    receiver->acknowledgement = acknowledgement;
    receiver->due = 0;
    receiver->lost = receiver->refused = receiver->corrupt = 0;
    receiver->overtaken = 0;
    direct_ring_set(ring, memory, slot_payload, slots);
    if (acknowledgement != 0) {
        direct_go(ring, direct_number_part(shared_load(&acknowledgement->taken)));  /* its own word: nobody else can write it */
        direct_acknowledge(receiver);
        return;
    }
    uint64_t first = direct_find_end(ring);
    /*@ loop invariant 0 <= i <= ring->mask + 1;
        loop assigns i, first;
        loop variant ring->mask + 1 - i; */
    for (uint64_t i = 0; i <= ring->mask; i++, first -= DIRECT_ONE) {
        uint64_t stamp = shared_load(direct_stamp(ring, first - DIRECT_ONE));
        if (!direct_is_whole(stamp) || direct_number_part(stamp) != first - DIRECT_ONE) break;
    }
    direct_go(ring, first);
}

/* `count` more messages are behind it. */
SHARED_ALWAYS void direct_passed(struct direct_receiver *receiver, struct direct_acknowledgement *acknowledgement,
                                 uint32_t count)
{
    if (acknowledgement == 0) return;
    shared_store(&acknowledgement->taken, receiver->ring.next);
    if (DIRECT_UNLIKELY((receiver->due -= count) < 0)) direct_acknowledge(receiver);
}

DIRECT_COLD void direct_pass_to(struct direct_receiver *receiver, uint64_t number)
{
    direct_go(&receiver->ring, number);
    //@ assert ring_ok(&receiver->ring) && ring_readable(&receiver->ring);
    direct_passed(receiver, receiver->acknowledgement, 1);
}

DIRECT_COLD enum direct_result direct_is_empty(struct direct_receiver *receiver)
{
    receiver->overtaken = 0;
    if (receiver->acknowledgement != 0 && receiver->due != (int64_t)direct_slot_count(&receiver->ring) / 4)
        direct_acknowledge(receiver);
    return DIRECT_EMPTY;
}

/*
 * The next slot holds a message of `ahead` numbers later, so all up to a lap before that one are overwritten. The first time it
 * goes to the oldest that is left; as long as it never finds the ring empty, to ever newer ones, each time half as many, so
 * that it gets away from the sender.
 */
DIRECT_COLD enum direct_result direct_is_lost(struct direct_receiver *receiver, uint64_t ahead)
{
    //@ assert moves(receiver->overtaken & 31);
    uint64_t kept = direct_slot_count(&receiver->ring) >> (receiver->overtaken & 31);      /* at least 1 */

    if (kept > 1) receiver->overtaken++;
    receiver->lost += ahead + 1 - kept;
    //@ assert ring_ok(&receiver->ring) && ring_readable(&receiver->ring);
    direct_go(&receiver->ring, receiver->ring.next + (ahead + 1 - kept) * DIRECT_ONE);
    return DIRECT_LOST;
}

/* Whether the next slot's stamp, which is `found`, says that there is nothing yet. */
static inline bool direct_says_nothing(const struct direct_ring *ring, uint64_t found)
{
    uint64_t number = direct_number_part(found), slots = direct_slot_count(ring);

    if (number == ring->next && direct_is_busy(found)) return true;
    if (number == ring->next - slots * DIRECT_ONE && direct_is_whole(found)) return true;
    return found == 0 && direct_number(ring) < slots;
}

/*
 * The next slot's stamp is not the expected one. Any stamp is one of these, and each call ends here. One that contradicts all
 * others is believed; not with acknowledgements, which must not get ahead of the sender: there the slot goes by if it holds
 * something newer. On something older the receiver stays, so that a sender that starts again finds it where it says it is.
 */
DIRECT_COLD enum direct_result direct_not_expected(struct direct_receiver *receiver, uint64_t found)
{
    struct direct_ring *ring = &receiver->ring;
    int64_t ahead = (int64_t)(direct_number_part(found) - ring->next) / (int64_t)DIRECT_ONE;

    if (ahead == 0 && direct_is_whole(found)) {
        receiver->refused++;
        direct_pass_to(receiver, ring->next + DIRECT_ONE);
        return DIRECT_REFUSED;
    }
    if (direct_says_nothing(ring, found)) return direct_is_empty(receiver);
    if (receiver->acknowledgement == 0 && ahead > 0 && ((uint64_t)ahead & ring->mask) == 0)
        return direct_is_lost(receiver, (uint64_t)ahead);
    receiver->corrupt++;
    //@ assert ring_ok(&receiver->ring) && ring_readable(&receiver->ring);
    if (receiver->acknowledgement == 0)
        direct_go(ring, direct_number_part(found));
    else if (ahead >= 0)
        direct_pass_to(receiver, ring->next + DIRECT_ONE);
    //@ assert ring_ok(&receiver->ring) && ring_readable(&receiver->ring);
    return DIRECT_CORRUPT;
}

/* Whether direct_pop() has something else to tell than DIRECT_EMPTY. If not, it is acknowledged what was taken so far. */
static inline bool direct_is_ready(struct direct_receiver *receiver)
{
    uint64_t found = shared_load((uint64_t *)(void *)receiver->ring.stamp);

    if (!direct_says_nothing(&receiver->ring, found)) return true;
    direct_is_empty(receiver);
    return false;
}

/* If message `last` is there, fetches the `count` that end with it: what its stamp says decides no more than that. */
SHARED_ALWAYS void direct_fetch(const struct direct_ring *ring, uint64_t last, uint32_t count)
{
    if (shared_load(direct_stamp(ring, last)) - last >= DIRECT_BUSY) return;
    uint64_t bytes = count * ring->payload_stride;
    shared_will_read(direct_payload(ring, last - (count - 1) * DIRECT_ONE), count == 1 ? bytes : direct_ahead(bytes));
}

/* Copies the next message, whose stamp was found to be `found`. */
SHARED_ALWAYS enum direct_result direct_take(struct direct_receiver *receiver, uint64_t next, uint8_t *stamp, uint64_t found,
                                             void *message, uint32_t length)
{
    struct direct_acknowledgement *acknowledgement = receiver->acknowledgement;
    uint8_t *payload = receiver->ring.payload;

    if (length >= DIRECT_FAR) direct_fetch(&receiver->ring, next + DIRECT_AHEAD * DIRECT_ONE, 1);
    shared_copy(message, payload, length);
    if (acknowledgement == 0) {
        shared_fence_read();
        uint64_t behind = shared_load((uint64_t *)(void *)stamp);
        if (DIRECT_UNLIKELY(behind != found)) return direct_not_expected(receiver, behind);
    }
    direct_step(&receiver->ring, next, stamp, payload);
    //@ assert ring_ok(&receiver->ring) && ring_readable(&receiver->ring);
    direct_passed(receiver, acknowledgement, 1);
    return DIRECT_TAKEN;
}

/*
 * Copies the next message to `message` if it is one of `length` bytes of the type, as the rule of the policy has it. Unless
 * DIRECT_TAKEN is the result, what is at `message` is no message. `length` is at most what a slot holds, or else there never
 * is one: the compiler makes slots as long as the channel's longest type, and open_receiver_CHANNEL() of SYSTEM_channels.h
 * opens no end of shorter ones.
 */
SHARED_ALWAYS enum direct_result direct_pop(struct direct_receiver *receiver, uint32_t type, void *message, uint32_t length)
{
    uint64_t next = receiver->ring.next, expected = next | direct_kind(type, length);
    uint8_t *stamp = receiver->ring.stamp;

    if (DIRECT_UNLIKELY(length > receiver->ring.slot_payload)) return DIRECT_EMPTY;
    uint64_t found = shared_load((uint64_t *)(void *)stamp);
    if (DIRECT_UNLIKELY(found != expected)) return direct_not_expected(receiver, found);
    return direct_take(receiver, next, stamp, expected, message, length);
}

struct direct_type { uint32_t type, length; };        /* what a rule lets a receiver expect */

/*
 * The same for channels of several types: the first of `count` that the next message is; `which` says which. None of them is
 * longer than a slot or than what is at `message`.
 */
static inline enum direct_result direct_pop_any(struct direct_receiver *receiver, const struct direct_type *types,
                                                uint32_t count, void *message, uint32_t *which)
{
    uint64_t next = receiver->ring.next;
    uint8_t *stamp = receiver->ring.stamp;
    uint64_t found = shared_load((uint64_t *)(void *)stamp);

    /*@ loop invariant 0 <= i <= count;
        loop assigns i;
        loop variant count - i; */
    for (uint32_t i = 0; i < count; i++) {
        uint64_t expected = next | direct_kind(types[i].type, types[i].length);
        if (found != expected || types[i].length > receiver->ring.slot_payload) continue;
        *which = i;
        //@ assert types[i].length <= receiver->ring.slot_payload;
        //@ assert receiver->ring.slot_payload == \at(receiver->ring.slot_payload, Pre);
        //@ assert ring_ok(&receiver->ring) && ring_readable(&receiver->ring);
        return direct_take(receiver, next, stamp, expected, message, types[i].length);
    }
    return direct_not_expected(receiver, found);
}

/* How many of `count` stamps, one behind the other, are the expected ones; `other`: the last that it looked at. */
SHARED_ALWAYS uint32_t direct_match_run(uint8_t *stamp, uint64_t stride, uint64_t expected, uint32_t count, uint64_t *other)
{
    /*@ loop invariant 0 <= i <= count && stamp == \at(stamp, Pre) + times(i, stride);
        loop assigns i, expected, stamp, *other;
        loop variant count - i; */
    for (uint32_t i = 0; i < count; i++, expected += DIRECT_ONE, stamp += stride) {
        //@ assert times(i + 1, stride) <= times(count, stride);
        *other = shared_load((uint64_t *)(void *)stamp);
        if (*other != expected) return i;
    }
    return count;
}

/* How many of the copied ones cannot be relied on: all up to the last whose stamp has changed meanwhile. */
SHARED_ALWAYS uint32_t direct_torn_run(uint8_t *stamp, uint64_t stride, uint64_t expected, uint32_t count)
{
    uint32_t torn = 0;

    /*@ loop invariant 0 <= i <= count && torn <= i && stamp == \at(stamp, Pre) + times(i, stride);
        loop assigns i, expected, stamp, torn;
        loop variant count - i; */
    for (uint32_t i = 0; i < count; i++, expected += DIRECT_ONE, stamp += stride) {
        //@ assert times(i + 1, stride) <= times(count, stride);
        if (shared_load((uint64_t *)(void *)stamp) != expected) torn = i + 1;
    }
    return torn;
}

/* Leaves out the first `torn` of `count` messages. */
DIRECT_COLD void direct_close_up(struct direct_receiver *receiver, uint8_t *messages, uint32_t length, uint32_t torn,
                                 uint32_t count)
{
    uint64_t gap = (uint64_t)torn * length, left = (uint64_t)(count - torn) * length;

    receiver->lost += torn;
    //@ assert product(0, 0) && gap == times(torn, length) && left == times(count - torn, length);
    //@ assert sum(torn, count - torn, length) && gap + left == times(count, length);
    /*@ loop invariant 0 <= i <= left;
        loop assigns i, messages[0 .. left - 1];
        loop variant left - i; */
    for (uint64_t i = 0; i < left; i++) messages[i] = messages[i + gap];
}

/*
 * Copies up to `count` next messages of the type, one behind the other; at most up to the ring's end. Returns how many. If
 * none, `result` is what direct_pop() would have said. What the sender overtook during the copy is left out, and all that was
 * before it: `lost` has grown by so many, which came before the first that is returned, and as many fewer are.
 */
SHARED_ALWAYS uint32_t direct_pop_batch(struct direct_receiver *receiver, uint32_t type, void *messages, uint32_t length,
                                        uint32_t count, enum direct_result *result)
{
    struct direct_ring *ring = &receiver->ring;
    uint64_t next = ring->next, expected = next | direct_kind(type, length), other = expected, stride = ring->stamp_stride;
    uint32_t run = direct_run(ring, count), torn = 0;
    uint8_t *stamp = ring->stamp;

    if (receiver->acknowledgement == 0 && run > ring->mask / 8) run = (uint32_t)(ring->mask / 8) + 1;
    *result = DIRECT_EMPTY;
    //@ assert ring_ok(ring) && ring_readable(ring);
    //@ assert sum(place_of(next, ring->mask + 1), run, stride);
    /*@ assert times(place_of(next, ring->mask + 1) + run, stride) <= times(ring->mask + 1, stride) ==
          times(ring->mask, stride) + stride; */
    //@ assert times(run, length) <= times(count, length);
    //@ assert \valid_read(stamp + (0 .. times(run, stride) - 1));
    if (DIRECT_UNLIKELY(length > ring->slot_payload)) return 0;
    if (stride > 8)
        run = direct_read_slots(stamp, stride, messages, length, expected, run, &other);
    else
        run = direct_match_run(stamp, stride, expected, run, &other);
    if (run == 0) {
        if (other != expected) *result = direct_not_expected(receiver, other);
        return 0;
    }
    //@ assert times(run, length) <= times(count, length) && times(run, stride) >= 0;
    //@ assert sum(place_of(next, ring->mask + 1), run, ring->payload_stride);
    /*@ assert times(place_of(next, ring->mask + 1) + run, ring->payload_stride) <=
          times(ring->mask + 1, ring->payload_stride) == times(ring->mask, ring->payload_stride) + ring->payload_stride; */
    if (stride == 8) direct_copy_run(messages, length, ring->payload, ring->payload_stride, length, run);
    if (receiver->acknowledgement == 0) {
        shared_fence_read();
        torn = direct_torn_run(stamp, stride, expected, run);
    }
    direct_go(ring, next + run * DIRECT_ONE);
    direct_passed(receiver, receiver->acknowledgement, run);
    direct_fetch(ring, ring->next + (count - 1) * DIRECT_ONE, count);
    if (DIRECT_UNLIKELY(torn > 0)) direct_close_up(receiver, messages, length, torn, run);
    *result = torn < run ? DIRECT_TAKEN : DIRECT_LOST;
    return run - torn;
}
