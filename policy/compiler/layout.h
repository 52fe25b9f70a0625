/* SPDX-License-Identifier: Apache-2.0 */
/* Physical memory, one region behind the other. */
#pragma once

#include "channels/info.h"
#include "compiler/paging.h"
#include "policy/image.h"

/*
 * Appends a region; `size` is rounded up to pages. Returns its index. It lies behind all before, or, where subjects have
 * colours and it is in those of subject `whose` (NULL: in any), behind those that share some.
 */
uint32_t layout_region(struct build *b, enum image_region_kind kind, uint32_t owner, const struct subject *whose,
                       uint64_t size);

/* Bytes of the platform's memory that the regions so far take. */
uint64_t layout_needs(const struct build *b);
/* Where they do not fit, moves them together. Whether it did: what depends on their places is then to be made anew. */
bool layout_pack(struct build *b);
/* Whether they fit; else that is reported, as less than what is needed if more regions or larger ones are to come. */
bool layout_fits(struct build *b, bool at_least);

/* Narrows the rate in `out`, count 0 for none as yet, by a rule that has one: the least count a time, the least burst. */
void layout_rate_narrow(struct info_channel *out, const struct image_rule *r);
