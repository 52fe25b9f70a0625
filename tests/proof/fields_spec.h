/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a type's fields and conditions mean: predicates over const tables and the private copy of a message.
 */
#pragma once

#include "bits.h"
#include "value_spec.h"
#include "policy/image.h"

#define PAYLOAD_MOST 4080                /* IMAGE_MAX_MESSAGE without a header */

/*@
  // ---- a type's fields; `f` is the first one of the type, `q` any of them ----

  predicate is_padding{L}(struct image_field *q) = (q->kind & IMAGE_FIELD_ZERO) != 0;
  logic integer word_at{L}(struct image_field *q, uint8_t *p) = field_word(p + q->offset, q->unused, q->flags);
  predicate set_holds(integer bits, integer value) = value <= 63 && ((bits >> value) & 1) != 0;

  // image_check(): a field of 1 to 8 bytes, or an atom's, lies within the payload.
  predicate lies_inside(integer offset, integer unused) = is_unused(unused) && 8 * offset + 64 - unused <= 8 * PAYLOAD_MOST;
  // Field `i` does; its tag stands before it and is a number; padding has the range of zero.
  predicate field_ok{L}(struct image_field *f, integer i) =
    lies_inside(f[i].offset, f[i].unused) &&
    (is_padding(f + i) ==> f[i].base == 0 && f[i].span == 0 && f[i].flags == 0) &&
    (f[i].tag == IMAGE_NONE || (f[i].tag < i && !is_padding(f + f[i].tag)));
  predicate fields_ok{L}(struct image_field *f, integer n) =
    0 <= n <= IMAGE_MAX_TYPE_FIELDS && \valid_read(f + (0 .. n - 1)) && \forall integer i; 0 <= i < n ==> field_ok(f, i);

  predicate payload_ok{L}(uint8_t *p) = \valid_read(p + (0 .. PAYLOAD_MOST + 7));

  // Field `i` exists for this tag.
  predicate tag_holds{L}(struct image_field *f, integer i, uint8_t *p) =
    set_holds(f[i].tags, word_at(f + f[i].tag, p) >> f[f[i].tag].unused);

  axiomatic presence {
    // Whether field `i` exists in this message: it has no tag, or its tag exists and has one of its values.
    predicate present{L}(struct image_field *f, integer i, uint8_t *p) reads f[0 ..], p[0 ..];
    axiom present_always{L}: \forall struct image_field *f, uint8_t *p, integer i;
      f[i].tag == IMAGE_NONE ==> present(f, i, p);
    axiom present_tagged{L}: \forall struct image_field *f, uint8_t *p, integer i;
      f[i].tag != IMAGE_NONE ==> (present(f, i, p) <==> tag_holds(f, i, p) && present(f, f[i].tag, p));
  }

  // What a field holds is in its set, or in its range.
  predicate field_good{L}(struct image_field *q, uint8_t *p) =
    (q->flags & IMAGE_FIELD_SET) != 0 ? set_holds(q->base, word_at(q, p) >> q->unused)
                                      : in_range(word_at(q, p), q->base, q->span);
  predicate field_bad{L}(struct image_field *f, integer i, uint8_t *p) = present(f, i, p) && !field_good(f + i, p);
  predicate padding_bad{L}(struct image_field *f, integer i, uint8_t *p) = is_padding(f + i) && field_bad(f, i, p);
  predicate value_bad{L}(struct image_field *f, integer i, uint8_t *p) = !is_padding(f + i) && field_bad(f, i, p);

  predicate all_padding_good{L}(struct image_field *f, integer n, uint8_t *p) =
    \forall integer i; 0 <= i < n ==> !padding_bad(f, i, p);
  predicate all_values_good{L}(struct image_field *f, integer n, uint8_t *p) =
    \forall integer i; 0 <= i < n ==> !value_bad(f, i, p);
  lemma padding_less{L}: \forall struct image_field *f, uint8_t *p, integer n;
    all_padding_good(f, n, p) ==> all_padding_good(f, n - 1, p);
  lemma padding_more{L}: \forall struct image_field *f, uint8_t *p, integer n;
    all_padding_good(f, n - 1, p) && !padding_bad(f, n - 1, p) ==> all_padding_good(f, n, p);
  lemma values_less{L}: \forall struct image_field *f, uint8_t *p, integer n;
    all_values_good(f, n, p) ==> all_values_good(f, n - 1, p);
  lemma values_more{L}: \forall struct image_field *f, uint8_t *p, integer n;
    all_values_good(f, n - 1, p) && !value_bad(f, n - 1, p) ==> all_values_good(f, n, p);

  // Field `i` is the first that is bad; padding comes before values.
  predicate first_bad{L}(struct image_field *f, integer i, integer n, uint8_t *p) =
    0 <= i < n && (padding_bad(f, i, p) && all_padding_good(f, i, p) ||
                   value_bad(f, i, p) && all_values_good(f, i, p) && all_padding_good(f, n, p));

  // The padding that is reported is the first that is bad; a value is only if no padding is.
  predicate reports_field{L}(integer i, integer rule, integer value, struct image_field *f, integer n, uint8_t *p) =
    0 <= i < n && rule == f[i].rule &&
    (all_padding_good(f, n, p) ?
       value_bad(f, i, p) && all_values_good(f, i, p) &&
       value == field_number(word_at(f + i, p), f[i].unused, f[i].kind) :
       padding_bad(f, i, p) && all_padding_good(f, i, p) && value == 0);

  // ---- conditions: `a` is the first of `n` atoms ----

  predicate atom_holds{L}(struct image_atom *a, integer i, uint8_t *p) =
    in_range(field_word(p + a[i].offset, a[i].unused, a[i].flags), a[i].base, a[i].span) <==>
    (a[i].flags & IMAGE_ATOM_NOT) == 0;
  predicate ends{L}(struct image_atom *a, integer i) = (a[i].flags & IMAGE_ATOM_END) != 0;

  // Some atom of the clause that atom `e` belongs to holds, up to that one; of the clause that is open before atom `n`.
  predicate no_end{L}(struct image_atom *a, integer from, integer to) =
    \forall integer k; from <= k < to ==> !ends(a, k);
  predicate clause_met{L}(struct image_atom *a, integer e, uint8_t *p) =
    \exists integer i; 0 <= i <= e && atom_holds(a, i, p) && no_end(a, i, e);
  predicate clause_open{L}(struct image_atom *a, integer n, uint8_t *p) =
    \exists integer i; 0 <= i < n && atom_holds(a, i, p) && no_end(a, i, n);
  lemma no_end_more{L}: \forall struct image_atom *a, integer from, to;
    no_end(a, from, to - 1) && !ends(a, to - 1) ==> no_end(a, from, to);
  lemma no_end_less{L}: \forall struct image_atom *a, integer from, to; no_end(a, from, to) ==> no_end(a, from, to - 1);
  lemma clause_from{L}: \forall struct image_atom *a, uint8_t *p, integer n; 0 < n && clause_open(a, n, p) ==>
    !ends(a, n - 1) && (clause_open(a, n - 1, p) || atom_holds(a, n - 1, p));
  lemma clause_begun{L}: \forall struct image_atom *a, uint8_t *p, integer n; 0 < n && !ends(a, n - 1) &&
    atom_holds(a, n - 1, p) ==> clause_open(a, n, p);
  lemma clause_kept{L}: \forall struct image_atom *a, uint8_t *p, integer n; 0 < n && !ends(a, n - 1) &&
    clause_open(a, n - 1, p) ==> clause_open(a, n, p);
  lemma clause_end{L}: \forall struct image_atom *a, uint8_t *p, integer e; 0 <= e ==>
    (clause_met(a, e, p) <==> clause_open(a, e, p) || atom_holds(a, e, p));
  predicate conditions_met{L}(struct image_atom *a, integer n, uint8_t *p) =
    \forall integer e; 0 <= e < n && ends(a, e) ==> clause_met(a, e, p);
  lemma conditions_more{L}: \forall struct image_atom *a, uint8_t *p, integer n;
    conditions_met(a, n - 1, p) && (ends(a, n - 1) ==> clause_met(a, n - 1, p)) ==> conditions_met(a, n, p);

  predicate atoms_ok{L}(struct image_atom *a, integer n) =
    0 <= n <= IMAGE_MAX_CONDITION && \valid_read(a + (0 .. n - 1)) &&
    \forall integer i; 0 <= i < n ==> lies_inside(a[i].offset, a[i].unused);
*/
