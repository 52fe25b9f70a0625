/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both ends of a direct channel: no kernel, no judge, no waiting (layout: channels/direct.h). For bare-metal subjects, Linux
 * programs and tests alike: freestanding, without allocation.
 *
 * Owner: a struct direct_sender or _receiver lies in the private memory of its one thread of control. Untrusted: every word of
 * the channel and of the acknowledgements. Neither end believes the other: it keeps the geometry, its own place and what it
 * expects to itself, loads a word of the peer's once, and lets it move its place by no more than the ring holds. A call looks
 * at one slot (a batch: at each slot once, and once behind the copy) whatever stands there, and tells of each contradiction;
 * it then goes on from what it has found, so that an honest peer is understood again.
 *
 * Whether a message's content is right is for its type's NAME_valid() to say, in the copy: nobody has asked before.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "channels/direct.h"
#include "channels/shared.h"

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

struct direct_sender {
    struct direct_ring ring;
    const struct direct_acknowledgement *acknowledgement;     /* NULL: lossy */
    int64_t credit;                   /* messages that may go before the next look at the acknowledgement */
    uint64_t acknowledged;            /* as last believed */
    uint64_t corrupt;                 /* acknowledgements that could not be right */
};

struct direct_receiver {
    struct direct_ring ring;
    struct direct_acknowledgement *acknowledgement;           /* NULL: lossy */
    int64_t due;                      /* messages that it need not acknowledge yet */
    uint64_t lost;                    /* overwritten before they were taken: exact while fewer than 2^37 are missed at once */
    uint64_t refused;                 /* of a type or length that is not expected: gone by */
    uint64_t corrupt;                 /* times that the sender's words contradicted themselves */
    uint32_t overtaken;               /* times in a row */
};

enum direct_result {
    DIRECT_EMPTY,                     /* no message yet */
    DIRECT_TAKEN,
    DIRECT_LOST,                      /* the sender was faster: counted, and the place is now among what is still there */
    DIRECT_REFUSED,                   /* a message that is not of the expected type and length: counted, behind it now */
    DIRECT_CORRUPT                    /* a stamp that no honest sender writes: counted, and behind it or believed now */
};

/* ---- the ring ---- */
/* A number's slot, which is in the ring whatever the number is. */
SHARED_ALWAYS uint64_t direct_index(const struct direct_ring *ring, uint64_t number)
{
    return number >> DIRECT_KIND_BITS & ring->mask;
}

SHARED_ALWAYS uint64_t *direct_stamp(const struct direct_ring *ring, uint64_t number)
{
    return (uint64_t *)(void *)(ring->stamps + direct_index(ring, number) * ring->stamp_stride);
}

SHARED_ALWAYS uint8_t *direct_payload(const struct direct_ring *ring, uint64_t number)
{
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

    *ring = (struct direct_ring){ .stamps = bytes, .payloads = bytes + direct_first_payload(slot_payload, slots),
                                  .stamp_stride = within ? slot_payload + 8 : 8,
                                  .payload_stride = within ? slot_payload + 8 : slot_payload,
                                  .slot_payload = slot_payload, .mask = slots - 1 };
    ring->last = ring->stamps + ring->mask * ring->stamp_stride;
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

/* The number behind the newest whole message's, 0 if there is none. Looks at each stamp once. */
static inline uint64_t direct_find_end(const struct direct_ring *ring)
{
    uint64_t end = 0;
    bool found = false;

    for (uint64_t i = 0, slot = 0; i <= ring->mask; i++, slot += DIRECT_ONE) {
        uint64_t stamp = shared_load(direct_stamp(ring, slot)), behind = direct_number_part(stamp) + DIRECT_ONE;
        if (!direct_is_whole(stamp) || (found && (int64_t)(behind - end) <= 0)) continue;
        end = behind;
        found = true;
    }
    return end;
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
    for (uint32_t i = 0; i < count; i++, stamp += stride, from += length, value += DIRECT_ONE) {
        shared_copy(stamp + 8, from, length);
        shared_store((uint64_t *)(void *)stamp, value);
    }
}

/* The same where they are read: up to the first stamp that is not the expected one, which `other` is. Returns how many. */
SHARED_ALWAYS uint32_t direct_read_slots(uint8_t *stamp, uint64_t stride, uint8_t *to, uint32_t length, uint64_t expected,
                                         uint32_t count, uint64_t *other)
{
    for (uint32_t i = 0; i < count; i++, stamp += stride, to += length, expected += DIRECT_ONE) {
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
        shared_copy(to, from, (uint64_t)length * count);
        return;
    }
    for (uint32_t i = 0; i < count; i++, to += to_stride, from += from_stride) shared_copy(to, from, length);
}

/* ---- the sender ---- */
/* Makes each stamp what it was when its slot came by a lap ago, or else busy, which is nothing to a receiver. */
static inline void direct_sender_mend(struct direct_sender *sender)
{
    const struct direct_ring *ring = &sender->ring;
    uint64_t number = ring->next;

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

    *sender = (struct direct_sender){ .acknowledgement = acknowledgement };
    direct_ring_set(ring, memory, slot_payload, slots);
    direct_go(ring, direct_find_end(ring));
    if (acknowledgement != 0) {
        uint64_t taken = direct_number_part(shared_load(&acknowledgement->taken));
        if (ring->next - taken > slots * DIRECT_ONE) {
            sender->corrupt++;
            direct_go(ring, taken);
        }
        sender->acknowledged = ring->next - slots * DIRECT_ONE;
    }
    direct_sender_mend(sender);
}

/* Looks how many messages may go now. The peer's word counts if it lies between the last one and what was sent. */
DIRECT_COLD int64_t direct_sender_refill(struct direct_sender *sender)
{
    uint64_t said = shared_load(&sender->acknowledgement->acknowledged), next = sender->ring.next;

    if (said % DIRECT_ONE != 0 || said - sender->acknowledged > next - sender->acknowledged) {
        sender->corrupt++;
    } else {
        sender->acknowledged = said;
        sender->credit = (int64_t)(direct_slot_count(&sender->ring) - (next - said) / DIRECT_ONE);
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
    for (uint32_t i = 0; i < count; i++, value += DIRECT_ONE, stamp += stride) shared_store((uint64_t *)(void *)stamp, value);
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
    if (sender->acknowledgement != 0) {
        if (DIRECT_UNLIKELY(sender->credit < run) && direct_sender_refill(sender) < run) run = (uint32_t)sender->credit;
        sender->credit -= run;
    } else {
        direct_stamp_run(stamp, stride, next | DIRECT_BUSY, run);
        shared_fence_write();
    }
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

/* ---- the receiver ---- */
/* Says how far it is: with each quarter of the ring, or when there is nothing more. */
DIRECT_COLD void direct_acknowledge(struct direct_receiver *receiver)
{
    receiver->due = (int64_t)direct_slot_count(&receiver->ring) / 4;
    shared_store(&receiver->acknowledgement->acknowledged, receiver->ring.next);
}

/* With acknowledgements it goes on where its earlier life was; else it begins with the oldest message that is still there. */
static inline void direct_receiver_start(struct direct_receiver *receiver, void *memory, uint32_t slot_payload, uint32_t slots,
                                         struct direct_acknowledgement *acknowledgement)
{
    struct direct_ring *ring = &receiver->ring;

    *receiver = (struct direct_receiver){ .acknowledgement = acknowledgement };
    direct_ring_set(ring, memory, slot_payload, slots);
    if (acknowledgement != 0) {
        direct_go(ring, direct_number_part(shared_load(&acknowledgement->taken)));  /* its own word: nobody else can write it */
        direct_acknowledge(receiver);
        return;
    }
    uint64_t first = direct_find_end(ring);
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
 * goes to the oldest that is left; where the sender is there first again, to ever newer ones, so that it gets away from it.
 */
DIRECT_COLD enum direct_result direct_is_lost(struct direct_receiver *receiver, uint64_t ahead)
{
    uint64_t kept = direct_slot_count(&receiver->ring) >> (receiver->overtaken & 31);

    if (kept == 0) kept = 1;
    if (kept > 1) receiver->overtaken++;
    receiver->lost += ahead + 1 - kept;
    direct_go(&receiver->ring, receiver->ring.next + (ahead + 1 - kept) * DIRECT_ONE);
    return DIRECT_LOST;
}

/*
 * The next slot's stamp is not the expected one. Any stamp is one of these, and each call ends here. One that contradicts all
 * others is believed; not with acknowledgements, which must not get ahead of the sender: there the slot goes by.
 */
DIRECT_COLD enum direct_result direct_not_expected(struct direct_receiver *receiver, uint64_t found)
{
    struct direct_ring *ring = &receiver->ring;
    uint64_t slots = direct_slot_count(ring);
    int64_t ahead = (int64_t)(direct_number_part(found) - ring->next) / (int64_t)DIRECT_ONE;

    if (ahead == 0 && direct_is_whole(found)) {
        receiver->refused++;
        direct_pass_to(receiver, ring->next + DIRECT_ONE);
        return DIRECT_REFUSED;
    }
    if (ahead == 0 && direct_is_busy(found)) return direct_is_empty(receiver);
    if (ahead == -(int64_t)slots || (found == 0 && direct_number(ring) < slots)) return direct_is_empty(receiver);
    if (receiver->acknowledgement == 0 && ahead > 0 && ((uint64_t)ahead & ring->mask) == 0)
        return direct_is_lost(receiver, (uint64_t)ahead);
    receiver->corrupt++;
    direct_pass_to(receiver, receiver->acknowledgement == 0 ? direct_number_part(found) : ring->next + DIRECT_ONE);
    return DIRECT_CORRUPT;
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
    direct_passed(receiver, acknowledgement, 1);
    return DIRECT_TAKEN;
}

/*
 * Copies the next message to `message` if it is one of `length` bytes of the type, as the rule of the policy has it; `length`
 * is at most what a slot holds. Unless DIRECT_TAKEN is the result, what is at `message` is no message.
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

    for (uint32_t i = 0; i < count; i++) {
        uint64_t expected = next | direct_kind(types[i].type, types[i].length);
        if (found != expected || types[i].length > receiver->ring.slot_payload) continue;
        *which = i;
        return direct_take(receiver, next, stamp, expected, message, types[i].length);
    }
    return direct_not_expected(receiver, found);
}

/* How many of `count` stamps, one behind the other, are the expected ones; `other`: the last that it looked at. */
SHARED_ALWAYS uint32_t direct_match_run(uint8_t *stamp, uint64_t stride, uint64_t expected, uint32_t count, uint64_t *other)
{
    for (uint32_t i = 0; i < count; i++, expected += DIRECT_ONE, stamp += stride) {
        *other = shared_load((uint64_t *)(void *)stamp);
        if (*other != expected) return i;
    }
    return count;
}

/* How many of the copied ones cannot be relied on: all up to the last whose stamp has changed meanwhile. */
SHARED_ALWAYS uint32_t direct_torn_run(uint8_t *stamp, uint64_t stride, uint64_t expected, uint32_t count)
{
    uint32_t torn = 0;

    for (uint32_t i = 0; i < count; i++, expected += DIRECT_ONE, stamp += stride) {
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
    for (uint64_t i = 0; i < left; i++) messages[i] = messages[i + gap];
}

/*
 * Copies up to `count` next messages of the type, one behind the other; at most up to the ring's end. Returns how many. If
 * none, `result` is what direct_pop() would have said.
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
    if (DIRECT_UNLIKELY(length > ring->slot_payload)) return 0;
    if (stride > 8)
        run = direct_read_slots(stamp, stride, messages, length, expected, run, &other);
    else
        run = direct_match_run(stamp, stride, expected, run, &other);
    if (run == 0) {
        if (other != expected) *result = direct_not_expected(receiver, other);
        return 0;
    }
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
