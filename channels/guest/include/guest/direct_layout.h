/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A direct channel's memory: a ring of slots that its sender may write and its receiver may only read. Nobody judges what
 * passes. There are as many slots as the policy's depth or, if that is none, the next power of two. Message n (from 0, counted
 * over all lives of the sender) lies in slot n % slots.
 *
 * Each slot has a stamp of 64 bits: the message's number, its type and its length, stored last. Whoever finds there the stamp
 * that it expects knows by one comparison that the message is there, which it is, and that it is of the right type and length.
 * With payloads of up to 56 bytes the stamp stands before its payload in the same cache line: 2 or 4 slots a line if they fit,
 * so that a message costs one line's way from CPU to CPU. With greater ones the stamps stand together before the payloads.
 *
 * Lossy: the sender never waits. It marks the slot's stamp as busy before it overwrites the payload, and the receiver looks at
 * the stamp again behind its copy. What it was too slow for it counts, by the numbers.
 * Acknowledged: the receiver has a page that the sender may only read, and says there how far it is. The sender overwrites
 * nothing that is not acknowledged.
 *
 * The memory is zero at the first start and kept over restarts; each end finds its place again. Either end may hold anything:
 * neither believes the other (guest/direct_ring.h). A hostile receiver may leave `taken` ahead of the sender, so that its next
 * life skips messages, as credit allows.
 */
#pragma once

#include <assert.h>
#include <stdint.h>

#define DIRECT_LENGTH_BITS 13u
#define DIRECT_TYPE_BITS 13u
#define DIRECT_KIND_BITS (DIRECT_LENGTH_BITS + DIRECT_TYPE_BITS)
#define DIRECT_KIND_MASK ((1ull << DIRECT_KIND_BITS) - 1)
#define DIRECT_BUSY (((1ull << DIRECT_TYPE_BITS) - 1) << DIRECT_LENGTH_BITS)      /* the payload is being written */
#define DIRECT_ONE (1ull << DIRECT_KIND_BITS)                                     /* from one number to the next */
#define DIRECT_MAX_TYPE ((1u << DIRECT_TYPE_BITS) - 3)                            /* greatest index of a type */
#define DIRECT_MAX_LENGTH ((1u << DIRECT_LENGTH_BITS) - 1)
#define DIRECT_MAX_SLOTS 32768u
#define DIRECT_LINE 64u

/* What the receiver maps read-write and the sender read-only: numbers as in stamps, without a kind. */
struct direct_acknowledgement {
    uint64_t acknowledged;            /* messages below it are taken: the sender polls it, so it is written now and then */
    uint8_t padding[56];
    uint64_t taken;                   /* the receiver's own place, for its next life: written with each message */
    uint8_t padding_taken[56];
};

/* A stamp's lower part: never 0, which is a slot that nobody has written. */
static inline uint64_t direct_kind(uint32_t type, uint32_t length)
{
    return (uint64_t)(type + 1) << DIRECT_LENGTH_BITS | length;
}

static inline uint32_t direct_slots(uint32_t depth)
{
    uint32_t slots = 1;
    /*@ loop invariant doubled(slots) && is_slots(slots);
        loop invariant slots == 1 || slots / 2 < depth;
        loop assigns slots;
        loop variant DIRECT_MAX_SLOTS - slots; */
    while (slots < depth && slots < DIRECT_MAX_SLOTS) slots *= 2;
    return slots;
}

/* Payload bytes of a slot for payloads of up to so many bytes: what the info page gives as a direct channel's `slot_size`. */
static inline uint32_t direct_slot_payload(uint32_t payload)
{
    if (payload <= 8) return 8;
    if (payload <= 24) return 24;
    if (payload <= 56) return 56;
    return (payload + DIRECT_LINE - 1) / DIRECT_LINE * DIRECT_LINE;
}

/* Whether stamps stand in their slots. */
static inline int direct_is_inline(uint32_t slot_payload)
{
    return slot_payload <= 56;
}

/* From the memory's beginning to the first payload. */
static inline uint64_t direct_first_payload(uint32_t slot_payload, uint32_t slots)
{
    return direct_is_inline(slot_payload) ? 8 : (8ull * slots + DIRECT_LINE - 1) / DIRECT_LINE * DIRECT_LINE;
}

/* Bytes of the whole. */
static inline uint64_t direct_memory_size(uint32_t slot_payload, uint32_t slots)
{
    /*@ assert product(0, 0) && slots * slot_payload == times(slots, slot_payload) &&
          slots * (slot_payload + 8) == times(slots, slot_payload + 8); */
    if (direct_is_inline(slot_payload)) return (8ull + slot_payload) * slots;
    return direct_first_payload(slot_payload, slots) + (uint64_t)slot_payload * slots;
}

static_assert(sizeof(struct direct_acknowledgement) == 2 * DIRECT_LINE, "layout");
