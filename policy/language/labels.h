/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels as numbers. A label is a level of confidentiality, a set of categories and a level of integrity; information flows
 * up in confidentiality, to more categories and down in integrity. It is kept as a set of bits such that it may flow if the
 * one label is a subset of the other: a bit for each level of confidentiality above the lowest, set for all up to its own; a
 * bit for each level of integrity below the highest, set for all down to its own; a bit a category. So union is the least
 * label to which two may flow, and the bits of a dimension can be taken alone.
 */
#pragma once

#include "language/model.h"

#define LABEL_BITS 64u

/* Where a label says what it is, for messages. */
static inline struct place label_place(const struct label *l)
{
    return l->low.at.length > 0 ? l->low.at : l->integrity.at;
}

/* Whether the policy has labels at all. */
bool label_is_declared(const struct policy *p);

/* The bits of a dimension. */
uint64_t label_sensitivity_bits(const struct policy *p);       /* levels and categories */
uint64_t label_integrity_bits(const struct policy *p);

/* The level in a label, and its integrity; NULL where the policy has none. */
const struct level *label_level(const struct policy *p, uint64_t label);
const struct level *label_integrity(const struct policy *p, uint64_t label);
bool label_has_category(const struct policy *p, uint64_t label, const struct category *c);

/* The label's bits of what the text says. */
uint64_t label_of_level(const struct level *l);
uint64_t label_of_category(const struct policy *p, const struct category *c);
uint64_t label_of_integrity(const struct policy *p, const struct level *l);

/* As the policy says it: "S { CRYPTO } integrity CHECKED", or a part of it. Categories are in the order of the alphabet. */
const char *label_text(const struct policy *p, uint64_t label);
const char *label_sensitivity_text(const struct policy *p, uint64_t label);
const char *label_integrity_text(const struct policy *p, uint64_t label);
/* "U .. S { CRYPTO } integrity UNTRUSTED .. CHECKED"; one that is no range as label_text() says it. */
const char *label_range_text(const struct policy *p, uint64_t least, uint64_t most);

/* Which part of a label keeps it from flowing to another: "the level S is above U, and the category CRYPTO would be lost". */
const char *label_obstacle(const struct policy *p, uint64_t from, uint64_t to);
/* The same as a note to the last message, where labels have more parts than one. */
void label_note_obstacle(struct policy *p, uint64_t from, uint64_t to);

/* What the one has and the other lacks: "the level S, the category CRYPTO"; "nothing". Only of confidentiality. */
const char *label_excess(const struct policy *p, uint64_t of, uint64_t over);

/* What a rule would say to release the one to the other: "downgrade S to U", "endorse A to B", or both. */
const char *label_release_text(const struct policy *p, uint64_t from, uint64_t to);
