/* SPDX-License-Identifier: Apache-2.0 */
/* What the ends of a direct channel (guest/direct_ring.h) do, whatever the peer writes: stand_in/guest/shared.h. */
#pragma once

#include "arithmetic.h"

/*@
  // ---- where slots are: places.smt2 has each axiom proved ----

  axiomatic places {
    // A power of two, at most DIRECT_MAX_SLOTS.
    predicate is_slots(integer n);
    axiom slots_most: \forall integer n; is_slots(n) ==> 1 <= n <= 32768;

    // The slot that a number has.
    logic integer place_of(integer number, integer slots);
    axiom place_of_all: \forall integer number, n; place_of(number, n) == ((number >> 26) & (n - 1));
    axiom place_within: \forall integer number, n; 0 <= number && is_slots(n) ==> 0 <= place_of(number, n) < n;

    // What leads from a number's slot to the next one's, where it is asked for.
    predicate follows(integer number, integer behind, integer slots);
    axiom follows_it: \forall integer number, n; follows(number, (uint64_t)(number + 0x4000000), n);
    axiom place_next: \forall integer number, behind, n;
      0 <= number < 0x10000000000000000 && is_slots(n) && behind == (uint64_t)(number + 0x4000000) &&
      follows(number, behind, n) ==> place_of(behind, n) == (place_of(number, n) == n - 1 ? 0 : place_of(number, n) + 1);
  }
  axiomatic number_parts {
    // A stamp without its kind.
    logic integer number_of(integer stamp);
    axiom number_of_all: \forall integer x; number_of(x) == (x & 0xfffffffffc000000);
    axiom number_whole: \forall integer x; 0 <= x < 0x10000000000000000 ==>
      0 <= number_of(x) <= x && number_of(x) % 0x4000000 == 0;
  }
  axiomatic distances {
    predicate moves(integer distance);
    axiom below_32: \forall integer x; moves(x & 31) && 0 <= (x & 31) <= 31;
  }
  axiomatic slots_made {
    predicate doubled(integer n);
    axiom slots_one: doubled(1) && is_slots(1);
    axiom slots_twice: \forall integer n; doubled(n) && is_slots(n) && n < 32768 ==> doubled(2 * n) && is_slots(2 * n);
  }
  // A product that provers do not look into.
  axiomatic products {
    logic integer times(integer i, integer s);
    axiom times_none: \forall integer s; times(0, s) == 0;
    axiom times_next: \forall integer i, j, s; j == i + 1 ==> times(j, s) == times(i, s) + s;
    axiom times_bound: \forall integer i, s; 0 <= i <= 32768 && 0 <= s <= 8200 ==> 0 <= times(i, s) <= 268697600;
    axiom times_one: \forall integer s; times(1, s) == s;
    axiom times_most: \forall integer i, m, s; 0 <= i <= m && 0 <= s ==> 0 <= times(i, s) <= times(m, s);
    axiom times_eight: \forall integer i; times(i, 8) == 8 * i;
    axiom times_same: \forall integer i, m, s; 0 < s && times(i, s) == times(m, s) ==> i == m;
  }
  axiomatic sums {
    predicate sum(integer i, integer k, integer s);
    axiom sum_made: \forall integer i, k, s; sum(i, k, s) && times(i + k, s) == times(i, s) + times(k, s);
  }
  axiomatic products_made {
    predicate product(integer i, integer s);
    axiom product_made: \forall integer i, s; product(i, s) && i * s == times(i, s);
  }


  // From the memory's beginning: the first payload; the end.
  logic integer first_payload(integer payload, integer slots) = payload <= 56 ? 8 : (8 * slots + 63) / 64 * 64;
  logic integer memory_size(integer payload, integer slots) =
    payload <= 56 ? times(slots, payload + 8) : first_payload(payload, slots) + times(slots, payload);
*/

#include "guest/direct_slots.h"

/*@
  predicate shape_ok{L}(struct direct_ring *r) =
    is_slots(r->mask + 1) && 0 < r->slot_payload <= 8192 &&
    r->stamp_stride == (r->slot_payload <= 56 ? r->slot_payload + 8 : 8) &&
    r->payload_stride == (r->slot_payload <= 56 ? r->slot_payload + 8 : r->slot_payload) &&
    r->payloads == r->stamps + first_payload(r->slot_payload, r->mask + 1) &&
    r->last == r->stamps + times(r->mask, r->stamp_stride);
  predicate placed{L}(struct direct_ring *r) =
    r->stamp == r->stamps + times(place_of(r->next, r->mask + 1), r->stamp_stride) &&
    r->payload == r->payloads + times(place_of(r->next, r->mask + 1), r->payload_stride);
  predicate ring_ok{L}(struct direct_ring *r) = shape_ok(r) && placed(r);
  // What a sender at `next` has not had acknowledged, with `more` messages, fills the ring at most.
  predicate fits(integer next, integer acknowledged, integer mask, integer more) =
    (uint64_t)(next - acknowledged) + more * 0x4000000 <= (mask + 1) * 0x4000000;
  // All stamps, all payloads: bytes from the first one on.
  logic integer all_stamps{L}(struct direct_ring *r) = times(r->mask, r->stamp_stride) + r->stamp_stride;
  logic integer all_payloads{L}(struct direct_ring *r) = times(r->mask, r->payload_stride) + r->slot_payload;
  predicate ring_readable{L}(struct direct_ring *r) =
    \valid_read(r->stamps + (0 .. all_stamps(r) - 1)) && \valid_read(r->payloads + (0 .. all_payloads(r) - 1));
  predicate ring_writable{L}(struct direct_ring *r) =
    \valid(r->stamps + (0 .. all_stamps(r) - 1)) && \valid(r->payloads + (0 .. all_payloads(r) - 1));
*/

#include "guest/direct_ring.h"


/*@ terminates \true; assigns \nothing;
    ensures \result == (uint64_t)(((uint64_t)(uint32_t)(type + 1) << 13) | length); */
static inline uint64_t direct_kind(uint32_t type, uint32_t length);

/*@ terminates \true; assigns \nothing; ensures \result != 0 <==> slot_payload <= 56; */
static inline int direct_is_inline(uint32_t slot_payload);

/*@ requires is_slots(slots);
    terminates \true; assigns \nothing; ensures \result == first_payload(slot_payload, slots); */
static inline uint64_t direct_first_payload(uint32_t slot_payload, uint32_t slots);

/*@ requires is_slots(slots) && slot_payload <= 8192;
    terminates \true; assigns \nothing; ensures \result == memory_size(slot_payload, slots); */
static inline uint64_t direct_memory_size(uint32_t slot_payload, uint32_t slots);

/*@ terminates \true; assigns \nothing;
    ensures is_slots(\result) && (depth <= DIRECT_MAX_SLOTS ==> \result >= depth);
    ensures depth > 1 && \result > 1 ==> \result / 2 < depth; */
static inline uint32_t direct_slots(uint32_t depth);

/*@ requires payload <= DIRECT_MAX_LENGTH;
    terminates \true; assigns \nothing; ensures payload <= \result <= 8192 && 0 < \result;
    ensures \result <= 56 ==> \result == 8 || \result == 24 || \result == 56;
    ensures \result > 56 ==> \result % 64 == 0; */
static inline uint32_t direct_slot_payload(uint32_t payload);

/*@ requires \valid_read(ring) && is_slots(ring->mask + 1);
    terminates \true; assigns \nothing;
    ensures \result == place_of(number, ring->mask + 1); */
static inline uint64_t direct_index(const struct direct_ring *ring, uint64_t number);

/*@ requires \valid_read(ring) && shape_ok(ring);
    terminates \true; assigns \nothing;
    ensures \result == (uint64_t *)(ring->stamps + times(place_of(number, ring->mask + 1), ring->stamp_stride)); */
static inline uint64_t *direct_stamp(const struct direct_ring *ring, uint64_t number);

/*@ requires \valid_read(ring) && shape_ok(ring);
    terminates \true; assigns \nothing;
    ensures \result == ring->payloads + times(place_of(number, ring->mask + 1), ring->payload_stride); */
static inline uint8_t *direct_payload(const struct direct_ring *ring, uint64_t number);

/*@ requires \valid(ring) && shape_ok(ring);
    terminates \true; assigns ring->next, ring->stamp, ring->payload;
    ensures ring->next == number;
    ensures ring_ok(ring); */
static inline void direct_go(struct direct_ring *ring, uint64_t number);

/*@ requires \valid(ring) && ring_ok(ring);
    requires ring->next == next && ring->stamp == stamp && ring->payload == payload;
    terminates \true; assigns ring->next, ring->stamp, ring->payload;
    ensures ring->next == (uint64_t)(next + DIRECT_ONE) && ring_ok(ring); */
static inline void direct_step(struct direct_ring *ring, uint64_t next, uint8_t *stamp, uint8_t *payload);

/*@ requires \valid(ring) && is_slots(slots) && 0 < slot_payload <= 8192;
    terminates \true;
    assigns ring->next, ring->stamp, ring->payload, ring->last, ring->stamp_stride, ring->payload_stride, ring->stamps,
      ring->payloads, ring->mask, ring->slot_payload;
    ensures \valid_read((uint8_t *)memory + (0 .. memory_size(slot_payload, slots) - 1)) ==> ring_readable(ring);
    ensures \valid((uint8_t *)memory + (0 .. memory_size(slot_payload, slots) - 1)) ==> ring_writable(ring);
    ensures ring_ok(ring) && ring->next == 0 && ring->mask == slots - 1 && ring->slot_payload == slot_payload &&
      ring->stamps == (uint8_t *)memory; */
static inline void direct_ring_set(struct direct_ring *ring, void *memory, uint32_t slot_payload, uint32_t slots);

/*@ requires \valid_read(ring) && ring->mask < DIRECT_MAX_SLOTS;
    terminates \true; assigns \nothing; ensures \result == ring->mask + 1; */
static inline uint64_t direct_slot_count(const struct direct_ring *ring);
/*@ requires \valid_read(ring); terminates \true; assigns \nothing; */
static inline uint64_t direct_number(const struct direct_ring *ring);
/*@ terminates \true; assigns \nothing; ensures \result == number_of(stamp) && \result % 0x4000000 == 0; */
static inline uint64_t direct_number_part(uint64_t stamp);
/*@ terminates \true; assigns \nothing; */
static inline bool direct_is_busy(uint64_t stamp);
/*@ terminates \true; assigns \nothing; */
static inline bool direct_is_whole(uint64_t stamp);

/*@ requires \valid_read(ring) && shape_ok(ring) && ring_readable(ring);
    terminates \true; assigns \nothing;
    ensures \result % 0x4000000 == 0; */
static inline uint64_t direct_find_end(const struct direct_ring *ring);

/*@ requires \valid_read(ring) && ring_ok(ring);
    terminates \true; assigns \nothing;
    ensures \result <= count && place_of(ring->next, ring->mask + 1) + \result <= ring->mask + 1;
    ensures \result == count || place_of(ring->next, ring->mask + 1) + \result == ring->mask + 1; */
static inline uint32_t direct_run(const struct direct_ring *ring, uint32_t count);

/*@ terminates \true; assigns \nothing; ensures \result <= bytes; */
static inline uint64_t direct_ahead(uint64_t bytes);

/*@ requires 8 + length <= stride;
    requires \valid(stamp + (0 .. times(count, stride) - 1)) && \valid_read(from + (0 .. times(count, length) - 1));
    terminates \true; assigns stamp[0 .. times(count, stride) - 1]; */
static inline void direct_write_slots(uint8_t *stamp, uint64_t stride, const uint8_t *from, uint32_t length, uint64_t value,
                                      uint32_t count);

/*@ requires 8 + length <= stride && \valid(other);
    requires \valid_read(stamp + (0 .. times(count, stride) - 1)) && \valid(to + (0 .. times(count, length) - 1));
    terminates \true; assigns to[0 .. times(count, length) - 1], *other;
    ensures \result <= count; */
static inline uint32_t direct_read_slots(uint8_t *stamp, uint64_t stride, uint8_t *to, uint32_t length, uint64_t expected,
                                         uint32_t count, uint64_t *other);

/*@ requires length <= to_stride && length <= from_stride && length <= 8192 && count <= DIRECT_MAX_SLOTS;
    requires \valid(to + (0 .. times(count, to_stride) - 1)) && \valid_read(from + (0 .. times(count, from_stride) - 1));
    terminates \true; assigns to[0 .. times(count, to_stride) - 1]; */
static inline void direct_copy_run(uint8_t *to, uint64_t to_stride, const uint8_t *from, uint64_t from_stride, uint32_t length,
                                   uint32_t count);

// ---- the receiving end ----

/*@ predicate receiver_shape{L}(struct direct_receiver *r) =
      \valid(r) && ring_ok(&r->ring) && ring_readable(&r->ring) && (r->acknowledgement != \null ==> \valid(r->acknowledgement));
    predicate receiver_ok{L}(struct direct_receiver *r) = receiver_shape(r) && 0 <= r->due <= DIRECT_MAX_SLOTS; */

/*@ requires receiver_shape(receiver) && receiver->acknowledgement != \null;
    terminates \true; assigns receiver->due, ((uint8_t *)receiver->acknowledgement)[0 .. 127];
    ensures receiver_ok(receiver); */
static inline void direct_acknowledge(struct direct_receiver *receiver);

/*@ requires \valid(receiver) && is_slots(slots) && 0 < slot_payload <= 8192;
    requires \valid_read((uint8_t *)memory + (0 .. memory_size(slot_payload, slots) - 1));
    requires acknowledgement == \null || \valid(acknowledgement);
    terminates \true; assigns *receiver, ((uint8_t *)acknowledgement)[0 .. 127];
    ensures receiver_ok(receiver); */
static inline void direct_receiver_start(struct direct_receiver *receiver, void *memory, uint32_t slot_payload, uint32_t slots,
                                         struct direct_acknowledgement *acknowledgement);

/*@ requires receiver_ok(receiver) && acknowledgement == receiver->acknowledgement && count <= DIRECT_MAX_SLOTS;
    terminates \true; assigns receiver->due, ((uint8_t *)receiver->acknowledgement)[0 .. 127];
    ensures receiver_ok(receiver); */
static inline void direct_passed(struct direct_receiver *receiver, struct direct_acknowledgement *acknowledgement,
                                 uint32_t count);

/*@ requires receiver_ok(receiver);
    terminates \true;
    assigns receiver->ring.next, receiver->ring.stamp, receiver->ring.payload, receiver->due,
      ((uint8_t *)receiver->acknowledgement)[0 .. 127];
    ensures receiver_ok(receiver) && receiver->ring.next == number; */
static inline void direct_pass_to(struct direct_receiver *receiver, uint64_t number);

/*@ requires receiver_ok(receiver);
    terminates \true;
    assigns receiver->overtaken, receiver->due, ((uint8_t *)receiver->acknowledgement)[0 .. 127];
    ensures receiver_ok(receiver) && \result == DIRECT_EMPTY; */
static inline enum direct_result direct_is_empty(struct direct_receiver *receiver);

/*@ requires receiver_ok(receiver);
    terminates \true;
    assigns receiver->ring.next, receiver->ring.stamp, receiver->ring.payload, receiver->overtaken, receiver->lost;
    ensures receiver_ok(receiver) && \result == DIRECT_LOST; */
static inline enum direct_result direct_is_lost(struct direct_receiver *receiver, uint64_t ahead);

/*@ requires \valid_read(ring) && shape_ok(ring);
    terminates \true; assigns \nothing; */
static inline bool direct_says_nothing(const struct direct_ring *ring, uint64_t found);

/*@ requires receiver_ok(receiver);
    terminates \true;
    assigns receiver->ring.next, receiver->ring.stamp, receiver->ring.payload, receiver->due, receiver->lost,
      receiver->refused, receiver->corrupt, receiver->overtaken, ((uint8_t *)receiver->acknowledgement)[0 .. 127];
    ensures receiver_ok(receiver);
    ensures \result != DIRECT_TAKEN;
    ensures \result == DIRECT_EMPTY ==> receiver->ring.next == \old(receiver->ring.next);
    ensures receiver->acknowledgement != \null ==> receiver->ring.next == \old(receiver->ring.next) ||
      receiver->ring.next == (uint64_t)(\old(receiver->ring.next) + DIRECT_ONE); */
static inline enum direct_result direct_not_expected(struct direct_receiver *receiver, uint64_t found);

/*@ requires receiver_ok(receiver);
    terminates \true;
    assigns receiver->overtaken, receiver->due, ((uint8_t *)receiver->acknowledgement)[0 .. 127];
    ensures receiver_ok(receiver); */
static inline bool direct_is_ready(struct direct_receiver *receiver);

/*@ requires \valid_read(ring) && shape_ok(ring) && ring_readable(ring);
    terminates \true; assigns \nothing; */
static inline void direct_fetch(const struct direct_ring *ring, uint64_t last, uint32_t count);

/*@ requires receiver_ok(receiver) && length <= receiver->ring.slot_payload;
    requires \valid((uint8_t *)message + (0 .. length - 1));
    requires next == receiver->ring.next && stamp == receiver->ring.stamp;
    terminates \true;
    assigns receiver->ring.next, receiver->ring.stamp, receiver->ring.payload, receiver->due, receiver->lost,
      receiver->refused, receiver->corrupt, receiver->overtaken, ((uint8_t *)receiver->acknowledgement)[0 .. 127],
      ((uint8_t *)message)[0 .. length - 1];
    ensures receiver_ok(receiver);
    ensures \result == DIRECT_TAKEN ==> receiver->ring.next == (uint64_t)(next + DIRECT_ONE);
    ensures \result == DIRECT_EMPTY ==> receiver->ring.next == next;
    ensures receiver->acknowledgement != \null ==> \result == DIRECT_TAKEN; */
static inline enum direct_result direct_take(struct direct_receiver *receiver, uint64_t next, uint8_t *stamp, uint64_t found,
                                             void *message, uint32_t length);

/*@ requires receiver_ok(receiver);
    requires length <= receiver->ring.slot_payload ==> \valid((uint8_t *)message + (0 .. length - 1));
    terminates \true;
    assigns receiver->ring.next, receiver->ring.stamp, receiver->ring.payload, receiver->due, receiver->lost,
      receiver->refused, receiver->corrupt, receiver->overtaken, ((uint8_t *)receiver->acknowledgement)[0 .. 127],
      ((uint8_t *)message)[0 .. length - 1];
    ensures receiver_ok(receiver);
    ensures \result == DIRECT_TAKEN ==> receiver->ring.next == (uint64_t)(\old(receiver->ring.next) + DIRECT_ONE);
    ensures \result == DIRECT_EMPTY ==> receiver->ring.next == \old(receiver->ring.next);
    ensures receiver->acknowledgement != \null ==> receiver->ring.next == \old(receiver->ring.next) ||
      receiver->ring.next == (uint64_t)(\old(receiver->ring.next) + DIRECT_ONE); */
static inline enum direct_result direct_pop(struct direct_receiver *receiver, uint32_t type, void *message, uint32_t length);

/*@ requires receiver_ok(receiver) && \valid_read(types + (0 .. count - 1)) && \valid(which);
    requires \separated(which, receiver, types + (0 .. count - 1));
    requires \forall integer i; 0 <= i < count && types[i].length <= receiver->ring.slot_payload ==>
      \valid((uint8_t *)message + (0 .. types[i].length - 1));
    terminates \true;
    assigns receiver->ring.next, receiver->ring.stamp, receiver->ring.payload, receiver->due, receiver->lost,
      receiver->refused, receiver->corrupt, receiver->overtaken, ((uint8_t *)receiver->acknowledgement)[0 .. 127],
      ((uint8_t *)message)[0 .. 8191], *which;
    ensures receiver_ok(receiver);
    ensures \result == DIRECT_TAKEN ==> *which < count; */
static inline enum direct_result direct_pop_any(struct direct_receiver *receiver, const struct direct_type *types,
                                                uint32_t count, void *message, uint32_t *which);

/*@ requires 8 <= stride && \valid(other) && \valid_read(stamp + (0 .. times(count, stride) - 1));
    terminates \true; assigns *other;
    ensures \result <= count; */
static inline uint32_t direct_match_run(uint8_t *stamp, uint64_t stride, uint64_t expected, uint32_t count, uint64_t *other);

/*@ requires 8 <= stride && \valid_read(stamp + (0 .. times(count, stride) - 1));
    terminates \true; assigns \nothing;
    ensures \result <= count; */
static inline uint32_t direct_torn_run(uint8_t *stamp, uint64_t stride, uint64_t expected, uint32_t count);

/*@ requires \valid(receiver) && torn <= count <= DIRECT_MAX_SLOTS && length <= 8192;
    requires \valid(messages + (0 .. times(count, length) - 1));
    terminates \true; assigns receiver->lost, messages[0 .. times(count, length) - 1]; */
static inline void direct_close_up(struct direct_receiver *receiver, uint8_t *messages, uint32_t length, uint32_t torn,
                                   uint32_t count);

/*@ requires receiver_ok(receiver) && \valid(result) && \separated(result, receiver);
    requires length <= receiver->ring.slot_payload ==> \valid((uint8_t *)messages + (0 .. times(count, length) - 1));
    terminates \true;
    assigns receiver->ring.next, receiver->ring.stamp, receiver->ring.payload, receiver->due, receiver->lost,
      receiver->refused, receiver->corrupt, receiver->overtaken, ((uint8_t *)receiver->acknowledgement)[0 .. 127],
      ((uint8_t *)messages)[0 .. times(count, length) - 1], *result;
    ensures receiver_ok(receiver);
    ensures \result <= count && (\result > 0 <==> *result == DIRECT_TAKEN);
    ensures *result == DIRECT_EMPTY ==> receiver->ring.next == \old(receiver->ring.next);
    ensures receiver->acknowledgement != \null && \result > 0 ==>
      receiver->ring.next == (uint64_t)(\old(receiver->ring.next) + \result * DIRECT_ONE);
    ensures receiver->acknowledgement != \null && \result == 0 ==> receiver->ring.next == \old(receiver->ring.next) ||
      receiver->ring.next == (uint64_t)(\old(receiver->ring.next) + DIRECT_ONE); */
static inline uint32_t direct_pop_batch(struct direct_receiver *receiver, uint32_t type, void *messages, uint32_t length,
                                        uint32_t count, enum direct_result *result);

// ---- the sending end ----

/*@ predicate sender_shape{L}(struct direct_sender *s) =
      \valid(s) && ring_ok(&s->ring) && ring_writable(&s->ring) && s->ring.next % 0x4000000 == 0 &&
      (s->acknowledgement != \null ==> \valid_read(s->acknowledgement));
    predicate owes{L}(struct direct_sender *s, integer more) = fits(s->ring.next, s->acknowledged, s->ring.mask, more);
    predicate sender_ok{L}(struct direct_sender *s) =
      sender_shape(s) && 0 <= s->credit <= s->ring.mask + 1 && (s->acknowledgement != \null ==> owes(s, s->credit)); */

/*@ requires \valid(&sender->ring) && shape_ok(&sender->ring) && ring_writable(&sender->ring);
    terminates \true; assigns sender->ring.stamps[0 .. 0x10100000]; */
static inline void direct_sender_mend(struct direct_sender *sender);

/*@ requires \valid(sender) && is_slots(slots) && 0 < slot_payload <= 8192;
    requires \valid((uint8_t *)memory + (0 .. memory_size(slot_payload, slots) - 1));
    requires acknowledgement == \null || \valid_read(acknowledgement);
    terminates \true; assigns *sender, ((uint8_t *)memory)[0 .. 0x10100000];
    ensures sender_ok(sender); */
static inline void direct_sender_start(struct direct_sender *sender, void *memory, uint32_t slot_payload, uint32_t slots,
                                       const struct direct_acknowledgement *acknowledgement);

/*@ requires sender_shape(sender) && sender->acknowledgement != \null;
    requires 0 <= sender->credit <= sender->ring.mask + 1 && owes(sender, sender->credit);
    terminates \true; assigns sender->credit, sender->acknowledged, sender->corrupt;
    ensures sender_ok(sender) && \result == sender->credit; */
static inline int64_t direct_sender_refill(struct direct_sender *sender);

/*@ requires sender_shape(sender) && sender->acknowledgement != \null && owes(sender, 0);
    terminates \true; assigns sender->credit, sender->acknowledged, sender->corrupt;
    ensures sender_ok(sender);
    ensures \result ==> owes(sender, sender->credit + 1); */
static inline bool direct_sender_spend(struct direct_sender *sender);

/*@ requires sender_ok(sender);
    requires length <= sender->ring.slot_payload ==> \valid_read((uint8_t *)message + (0 .. length - 1));
    terminates \true;
    assigns sender->ring.next, sender->ring.stamp, sender->ring.payload, sender->credit, sender->acknowledged,
      sender->corrupt, sender->ring.stamps[0 .. 0x10100000];
    ensures sender_ok(sender);
    ensures sender->ring.next == (\result ? (uint64_t)(\old(sender->ring.next) + DIRECT_ONE) : \old(sender->ring.next)); */
static inline bool direct_push(struct direct_sender *sender, uint32_t type, const void *message, uint32_t length);

/*@ requires 8 <= stride && \valid(stamp + (0 .. times(count, stride) - 1));
    terminates \true; assigns stamp[0 .. times(count, stride) - 1]; */
static inline void direct_stamp_run(uint8_t *stamp, uint64_t stride, uint64_t value, uint32_t count);

/*@ requires sender_ok(sender);
    requires length <= sender->ring.slot_payload ==> \valid_read((uint8_t *)messages + (0 .. times(count, length) - 1));
    terminates \true;
    assigns sender->ring.next, sender->ring.stamp, sender->ring.payload, sender->credit, sender->acknowledged,
      sender->corrupt, sender->ring.stamps[0 .. 0x10100000];
    ensures sender_ok(sender) && \result <= count;
    ensures sender->ring.next == (uint64_t)(\old(sender->ring.next) + \result * DIRECT_ONE); */
static inline uint32_t direct_push_batch(struct direct_sender *sender, uint32_t type, const void *messages, uint32_t length,
                                         uint32_t count);
