/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds system images for tests. image_builder_gateway() describes a small valid system, the AIS gateway in miniature; a test
 * changes entries as it likes and packs the result into one image. What is packed is as the test says, right or wrong: passing
 * image_check() is not the builder's business.
 */
#pragma once

#include <stdint.h>
#include "policy/tables.h"

#define BUILDER_ROOM 260u             /* entries of each table */
#define BUILDER_COMPONENTS 16u
#define BUILDER_IMAGE_ROOM 65536u     /* enough for the gateway */

/* Indices in the gateway. */
enum builder_subject { BUILDER_LOW, BUILDER_GUARD, BUILDER_HIGH, BUILDER_AUDIT };
enum builder_channel { BUILDER_REPORTS, BUILDER_TRACKS, BUILDER_ASKS, BUILDER_GRANTS, BUILDER_NOTICES };
enum builder_type { BUILDER_POSITION, BUILDER_REQUEST, BUILDER_ACK, BUILDER_NOTICE };
enum builder_rule {
    BUILDER_POSITION_IN, BUILDER_POSITION_UP, BUILDER_NOTICE_ASK, BUILDER_NOTICE_SUBMIT, BUILDER_NOTICE_GRANT,
    BUILDER_NOTICE_OUT,
    BUILDER_SITE_LOAD,                /* a `restrict` on BUILDER_POSITION_IN */
    BUILDER_AGAIN                     /* the privilege to switch to the plan */
};

/*
 * The header's sizes, table positions and component 0 are filled in by packing, and so are offsets and digests of components
 * and the size of the kernel pool if it is 0, and where the kernel sees a region if that is 0. A load's image_offset counts
 * from the start of its component.
 */
struct image_builder {
    struct image_header header;
    struct image_component components[BUILDER_COMPONENTS];
    const void *contents[BUILDER_COMPONENTS];     /* NULL: a pattern */
#define BUILDER_TABLE(id, type, member, ...)                                                                               \
    struct type member[BUILDER_ROOM];                                                                                      \
    uint32_t member##_count;
    POLICY_TABLES(BUILDER_TABLE)
#undef BUILDER_TABLE
};

/* Of a field or an atom: `bytes` of it, in the range lo to hi; or all of them zero. */
#define BUILDER_UNUSED(bytes) (uint16_t)(64u - 8u * (bytes))
#define BUILDER_RANGE(bytes, lo, hi)                                                                                       \
    .unused = BUILDER_UNUSED(bytes), .base = (uint64_t)(lo) << BUILDER_UNUSED(bytes),                                      \
    .span = ((uint64_t)(hi) - (uint64_t)(lo)) << BUILDER_UNUSED(bytes)
#define BUILDER_ZERO(bytes) .unused = BUILDER_UNUSED(bytes), .kind = IMAGE_FIELD_ZERO

/* Two CPUs, four subjects, five channels, four types, a protocol with a register and a timeout. */
void image_builder_gateway(struct image_builder *b);

/* Gives the gateway's subjects four colours each, one behind the other, of BUILDER_COLOURS; places the regions anew. */
#define BUILDER_COLOURS 16u
void image_builder_colour(struct image_builder *b);

/* Places the regions by the colours that the subjects have by now, each a row of four. */
void image_builder_place(struct image_builder *b);

/* Packs into `image`, 8-byte aligned, of `room` bytes; returns the image's size. Aborts if the room does not suffice. */
uint64_t image_builder_pack(const struct image_builder *b, void *image, uint64_t room);
