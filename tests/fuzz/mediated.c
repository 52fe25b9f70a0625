/* SPDX-License-Identifier: Apache-2.0 */
/* See mediated.h. */
#include "mediated.h"
#include <stddef.h>
#include <string.h>
#include "gateway.h"
#include "told.h"

static struct { uint64_t words[BUILDER_IMAGE_ROOM / 8]; } images[1 << IMAGE_CLASS_COUNT];

static void build(struct image_builder *b)
{
    b->rules[BUILDER_POSITION_IN].flags = IMAGE_RULE_RECORD | IMAGE_RULE_PAYLOAD;
    b->rules[BUILDER_POSITION_IN].next = 0;
    b->rules[BUILDER_POSITION_IN].burst = 6;
    b->rules[BUILDER_POSITION_UP].flags = b->rules[BUILDER_NOTICE_ASK].flags = IMAGE_RULE_RECORD;
    b->rules[BUILDER_NOTICE_OUT].rate_count = 0;
    b->rules[BUILDER_NOTICE_OUT].protocol = b->rules[BUILDER_NOTICE_GRANT].protocol = IMAGE_NONE;
    b->steps[1] = b->steps[2];
    b->steps[1].from_mask = 2;
    b->steps[1].to = 0;
    b->steps_count = b->protocols[0].step_count = 2;
    b->fields[b->types[BUILDER_POSITION].first_field + 3].flags = IMAGE_FIELD_BIG;
    b->types[BUILDER_ACK].field_count = 0;
    for (uint32_t i = 0; i < MEDIATED_CHANNELS; i++) {
        b->channels[i].depth = 4;
        b->channels[i].feedback = IMAGE_FEEDBACK_FULL;
    }
    b->header.kernel_reserve = 8;
    for (uint32_t i = 0; i < TOLD_CPUS; i++) b->cpus[i].audit_slots = b->header.kernel_reserve;
    for (uint32_t s = 0; s < TOLD_SUBJECTS; s++) {
        b->subjects[s].reserve[0] = b->subjects[s].reserve[1] = MEDIATED_RESERVE;
        b->cpus[b->subjects[s].cpu].audit_slots += 2 * MEDIATED_RESERVE;
    }
}

void mediated_build(void)
{
    gateway_setup(NULL);
    build(&gateway.builder);
    for (uint32_t i = 0; i < 1 << IMAGE_CLASS_COUNT; i++) {
        for (uint32_t c = 0; c < IMAGE_CLASS_COUNT; c++) {
            gateway.builder.header.class_full[c] = i >> c & 1 ? IMAGE_FULL_DROP : IMAGE_FULL_BLOCK;
        }
        gateway_pack();
        memcpy(images[i].words, gateway.image, sizeof images[i].words);
    }
}

const void *mediated_image(uint32_t drops)
{
    return images[drops].words;
}
