/* SPDX-License-Identifier: Apache-2.0 */
/* A direct channel's slots, for both ends: where they are, what a stamp says, runs of them (guest/direct_ring.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "guest/direct_layout.h"
#include "guest/shared.h"

#define DIRECT_COLD static inline __attribute__((cold))
#define DIRECT_FAR 256u               /* bytes of a message from which on slots are fetched beforehand */
#define DIRECT_AHEAD 4u               /* how many slots beforehand */
#define DIRECT_AHEAD_BYTES 2048u      /* of a batch */
#define DIRECT_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

struct direct_ring {                  /* geometry, and an end's own place */
    uint64_t next;                    /* the next message's number, as in a stamp */
    uint8_t *stamp, *payload;         /* its slot's */
    uint8_t *last;                    /* the last slot's stamp */
    uint64_t stamp_stride, payload_stride;    /* bytes from one slot's to the next one's */
    uint8_t *stamps, *payloads;       /* the first slot's */
    uint64_t mask;                    /* slots less one */
    uint32_t slot_payload;
};

/* ---- the ring ---- */
/* A number's slot, which is in the ring whatever the number is. */
SHARED_ALWAYS uint64_t direct_index(const struct direct_ring *ring, uint64_t number)
{
    return number >> DIRECT_KIND_BITS & ring->mask;
}

SHARED_ALWAYS uint64_t *direct_stamp(const struct direct_ring *ring, uint64_t number)
{
    //@ assert product(place_of(number, ring->mask + 1), ring->stamp_stride);
    return (uint64_t *)(void *)(ring->stamps + direct_index(ring, number) * ring->stamp_stride);
}

SHARED_ALWAYS uint8_t *direct_payload(const struct direct_ring *ring, uint64_t number)
{
    //@ assert product(place_of(number, ring->mask + 1), ring->payload_stride);
    return ring->payloads + direct_index(ring, number) * ring->payload_stride;
}

/* Goes to any number. */
static inline void direct_go(struct direct_ring *ring, uint64_t number)
{
    ring->next = number;
    ring->stamp = (uint8_t *)direct_stamp(ring, number);
    ring->payload = direct_payload(ring, number);
}

/* Goes from `next`, whose slot these are, to the number behind it. */
SHARED_ALWAYS void direct_step(struct direct_ring *ring, uint64_t next, uint8_t *stamp, uint8_t *payload)
{
    bool wraps = stamp == ring->last;

    //@ assert ring->mask == place_of(next, ring->mask + 1) <==> wraps;
    //@ assert follows(next, (uint64_t)(next + DIRECT_ONE), ring->mask + 1);
    /*@ assert place_of((uint64_t)(next + DIRECT_ONE), ring->mask + 1) ==
          (wraps ? 0 : place_of(next, ring->mask + 1) + 1); */
    ring->next = next + DIRECT_ONE;
    ring->stamp = stamp + ring->stamp_stride;
    ring->payload = payload + ring->payload_stride;
    if (DIRECT_UNLIKELY(wraps)) {
        ring->stamp = ring->stamps;
        ring->payload = ring->payloads;
    }
}

/* `slots` is a power of two. */
static inline void direct_ring_set(struct direct_ring *ring, void *memory, uint32_t slot_payload, uint32_t slots)
{
    uint8_t *bytes = memory;
    bool within = direct_is_inline(slot_payload);

    ring->stamps = bytes;
    ring->payloads = bytes + direct_first_payload(slot_payload, slots);
    ring->stamp_stride = within ? slot_payload + 8 : 8;
    ring->payload_stride = within ? slot_payload + 8 : slot_payload;
    ring->slot_payload = slot_payload;
    ring->mask = slots - 1;
    //@ assert product(ring->mask, ring->stamp_stride);
    ring->last = bytes + ring->mask * ring->stamp_stride;
    direct_go(ring, 0);
}

static inline uint64_t direct_slot_count(const struct direct_ring *ring)
{
    return ring->mask + 1;
}

/* The number of the next message, modulo 2^38. */
static inline uint64_t direct_number(const struct direct_ring *ring)
{
    return ring->next >> DIRECT_KIND_BITS;
}

SHARED_ALWAYS uint64_t direct_number_part(uint64_t stamp)
{
    return stamp & ~DIRECT_KIND_MASK;
}

static inline bool direct_is_busy(uint64_t stamp)
{
    return (stamp & DIRECT_BUSY) == DIRECT_BUSY;
}

static inline bool direct_is_whole(uint64_t stamp)
{
    return (stamp & DIRECT_KIND_MASK) >= direct_kind(0, 0) && !direct_is_busy(stamp);
}

/*
 * The number behind the newest whole message's; if there is none, the first that is busy: a batch may have marked all slots, or
 * one message the only one, when its sender's life ended. 0 if there is neither. Looks at each stamp once.
 */
static inline uint64_t direct_find_end(const struct direct_ring *ring)
{
    uint64_t end = 0, first_busy = 0;
    bool found = false, busy = false;

    /*@ loop invariant 0 <= i <= ring->mask + 1 && end % DIRECT_ONE == 0 && first_busy % DIRECT_ONE == 0;
        loop assigns i, slot, end, first_busy, found, busy;
        loop variant ring->mask + 1 - i; */
    for (uint64_t i = 0, slot = 0; i <= ring->mask; i++, slot += DIRECT_ONE) {
        uint64_t stamp = shared_load(direct_stamp(ring, slot)), number = direct_number_part(stamp);
        if (direct_is_whole(stamp) && (!found || (int64_t)(number + DIRECT_ONE - end) > 0)) {
            end = number + DIRECT_ONE;
            found = true;
        } else if (direct_is_busy(stamp) && (!busy || (int64_t)(number - first_busy) < 0)) {
            first_busy = number;
            busy = true;
        }
    }
    return found ? end : first_busy;
}

/* Of the `count` next slots those that lie one behind the other. */
SHARED_ALWAYS uint32_t direct_run(const struct direct_ring *ring, uint32_t count)
{
    uint64_t left = ring->mask + 1 - direct_index(ring, ring->next);

    return count < left ? count : (uint32_t)left;
}

/* Bytes of a batch that it is worth to fetch beforehand. */
SHARED_ALWAYS uint64_t direct_ahead(uint64_t bytes)
{
    return bytes < DIRECT_AHEAD_BYTES ? bytes : DIRECT_AHEAD_BYTES;
}

/* Of slots with stamps inside: each in one go. */
SHARED_ALWAYS void direct_write_slots(uint8_t *stamp, uint64_t stride, const uint8_t *from, uint32_t length, uint64_t value,
                                      uint32_t count)
{
    /*@ loop invariant 0 <= i <= count;
        loop invariant stamp == \at(stamp, Pre) + times(i, stride) && from == \at(from, Pre) + times(i, length);
        loop assigns i, stamp, from, value, \at(stamp, Pre)[0 .. times(count, stride) - 1];
        loop variant count - i; */
    for (uint32_t i = 0; i < count; i++, stamp += stride, from += length, value += DIRECT_ONE) {
        //@ assert times(i + 1, stride) <= times(count, stride) && times(i + 1, length) <= times(count, length);
        shared_copy(stamp + 8, from, length);
        shared_store((uint64_t *)(void *)stamp, value);
    }
}

/* The same where they are read: up to the first stamp that is not the expected one, which `other` is. Returns how many. */
SHARED_ALWAYS uint32_t direct_read_slots(uint8_t *stamp, uint64_t stride, uint8_t *to, uint32_t length, uint64_t expected,
                                         uint32_t count, uint64_t *other)
{
    /*@ loop invariant 0 <= i <= count;
        loop invariant stamp == \at(stamp, Pre) + times(i, stride) && to == \at(to, Pre) + times(i, length);
        loop assigns i, stamp, to, expected, *other, \at(to, Pre)[0 .. times(count, length) - 1];
        loop variant count - i; */
    for (uint32_t i = 0; i < count; i++, stamp += stride, to += length, expected += DIRECT_ONE) {
        //@ assert times(i + 1, stride) <= times(count, stride) && times(i + 1, length) <= times(count, length);
        *other = shared_load((uint64_t *)(void *)stamp);
        if (*other != expected) return i;
        shared_copy(to, stamp + 8, length);
    }
    return count;
}

/* Messages that fill their slots lie one behind the other: one copy. */
SHARED_ALWAYS void direct_copy_run(uint8_t *to, uint64_t to_stride, const uint8_t *from, uint64_t from_stride, uint32_t length,
                                   uint32_t count)
{
    if (to_stride == length && from_stride == length) {
        //@ assert product(0, 0) && length * count == times(count, length);
        shared_copy(to, from, (uint64_t)length * count);
        return;
    }
    /*@ loop invariant 0 <= i <= count;
        loop invariant to == \at(to, Pre) + times(i, to_stride) && from == \at(from, Pre) + times(i, from_stride);
        loop assigns i, to, from, \at(to, Pre)[0 .. times(count, to_stride) - 1];
        loop variant count - i; */
    for (uint32_t i = 0; i < count; i++, to += to_stride, from += from_stride) {
        //@ assert times(i + 1, to_stride) <= times(count, to_stride) && times(i + 1, from_stride) <= times(count, from_stride);
        shared_copy(to, from, length);
    }
}
