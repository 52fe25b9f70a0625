/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway in miniature and the messages that move in it, for tests of the monitor. */
#pragma once

#include "image_builder.h"
#include "monitor/kernel/decide.h"

#define DEGREE 600000

struct gateway {
    struct image_builder builder;     /* a test may change it before gateway_pack() */
    uint64_t image[BUILDER_IMAGE_ROOM / 8];
    struct policy_tables policy;
    struct decide_state state;
    struct decide_pace paces[IMAGE_MAX_RULES];
    struct decide_line lines[IMAGE_MAX_CHANNELS];
    uint64_t due[IMAGE_MAX_RULES], protocols[IMAGE_MAX_PROTOCOLS];
};

extern struct gateway gateway;

/* Describes the gateway afresh, each rule at the labels of its channel's ends. */
void gateway_start(void);

/* Packs what the builder describes and opens its tables. The image must pass image_check(). */
void gateway_pack(void);

/* Describes the gateway afresh, with state that stops nothing: for a test that packs it itself. */
int gateway_setup(void **unused);

struct decide_verdict gateway_judge(uint16_t subject, uint32_t channel, uint32_t plan, uint64_t now,
                                    const struct decide_message *m);

/* What plan 0 says: allowed by entry `allow` of the rule table, or denied by `rule` on grounds that every sender may know. */
void gateway_expect_allowed(uint16_t subject, uint32_t channel, uint32_t allow, const struct decide_message *m);
void gateway_expect_denied(uint16_t subject, uint32_t channel, uint32_t rule, uint64_t value, const struct decide_message *m);

/* The catalogue's index of field `i` of a type, as the builder gave it. */
uint32_t gateway_field_rule(uint16_t type, uint32_t i);

/* Messages that pass their type: a report from 60 N 5 E of message type 1; the three that carry an id alone; a notice. */
void gateway_position(struct decide_message *m);
void gateway_request(struct decide_message *m, uint16_t id);
void gateway_ack(struct decide_message *m, uint16_t id);
void gateway_notice(struct decide_message *m, uint16_t id);

/* Writes the low `width` bytes of `value` into the payload, little endian. */
void gateway_put(struct decide_message *m, uint32_t offset, uint32_t width, int64_t value);
