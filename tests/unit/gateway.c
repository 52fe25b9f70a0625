/* SPDX-License-Identifier: Apache-2.0 */
/* See gateway.h. */
#include "gateway.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include "image_check.h"
#include "policy/compiler/check_text.h"

struct gateway gateway;

void gateway_start(void)
{
    struct image_rule *rules = gateway.builder.rules;
    image_builder_gateway(&gateway.builder);
    rules[BUILDER_POSITION_UP].label = 1;
    for (uint32_t i = BUILDER_NOTICE_ASK; i <= BUILDER_NOTICE_GRANT; i++) rules[i].label = 1;
}

void gateway_pack(void)
{
    uint64_t size = image_builder_pack(&gateway.builder, gateway.image, sizeof gateway.image);
    struct image_check_result check = image_check(gateway.image, size);
    if (check.code != 0) fail_msg("image refused: %s, entry %u", image_check_text(check.code), check.index);
    gateway.policy = policy_tables_open(gateway.image);
}

int gateway_setup(void **unused)
{
    (void)unused;
    memset(&gateway, 0, sizeof gateway);
    gateway.state = (struct decide_state){
        .paces = gateway.paces, .lines = gateway.lines, .due = gateway.due, .protocols = gateway.protocols, .tsc_khz = 1000000
    };
    gateway_start();
    return 0;
}

struct decide_verdict gateway_judge(uint16_t subject, uint32_t channel, uint32_t plan, uint64_t now,
                                    const struct decide_message *m)
{
    struct decide_request request = { .message = m, .now = now, .plan = plan, .channel = channel, .subject = subject };
    static const struct decide_line none[IMAGE_MAX_CHANNELS];
    struct decide_state all_checks = gateway.state;
    struct decide_verdict v, checked;
    for (uint32_t i = 0; i < gateway.policy.channels_count; i++) {
        decide_line(&gateway.policy, gateway.paces, &gateway.policy.channels[i], &gateway.lines[i]);
    }
    decide(&gateway.policy, &gateway.state, &request, &v);
    all_checks.lines = none;
    decide(&gateway.policy, &all_checks, &request, &checked);
    assert_int_equal(v.allowed, checked.allowed);
    assert_int_equal(v.rule, checked.rule);
    assert_int_equal(v.value, checked.value);
    assert_int_equal(v.allow, checked.allow);
    assert_int_equal(v.field, checked.field);
    assert_int_equal(v.feedback, checked.feedback);
    return v;
}

void gateway_expect_allowed(uint16_t subject, uint32_t channel, uint32_t allow, const struct decide_message *m)
{
    struct decide_verdict v = gateway_judge(subject, channel, 0, 1000, m);
    assert_true(v.allowed);
    assert_int_equal(v.rule, gateway.policy.rules[allow].rule);
    assert_int_equal(v.allow, allow);
    assert_int_equal(v.field, IMAGE_NONE);
}

void gateway_expect_denied(uint16_t subject, uint32_t channel, uint32_t rule, uint64_t value, const struct decide_message *m)
{
    struct decide_verdict v = gateway_judge(subject, channel, 0, 1000, m);
    assert_false(v.allowed);
    assert_int_equal(v.rule, rule);
    assert_int_equal(v.value, value);
    assert_int_equal(v.feedback, IMAGE_FEEDBACK_NONE);
}

uint32_t gateway_field_rule(uint16_t type, uint32_t i)
{
    return gateway.policy.fields[gateway.policy.types[type].first_field + i].rule;
}

void gateway_put(struct decide_message *m, uint32_t offset, uint32_t width, int64_t value)
{
    for (uint32_t i = 0; i < width; i++) m->payload[offset + i] = (uint8_t)((uint64_t)value >> 8 * i);
}

/* What lies behind a message in its buffer is not part of it: filled so that a check that looks there fails. */
static void start(struct decide_message *m, uint16_t type, uint32_t length)
{
    memset(m, 0xee, sizeof *m);
    m->header = (struct message_header){ .type = type, .version = 1, .length = length };
    memset(m->payload, 0, length);
}

void gateway_position(struct decide_message *m)
{
    start(m, BUILDER_POSITION, 24);
    gateway_put(m, 0, 4, 60 * DEGREE);
    gateway_put(m, 4, 4, 5 * DEGREE);
    gateway_put(m, 8, 4, 258568010);
    gateway_put(m, 16, 2, 511);
    gateway_put(m, 19, 1, 1);
}

void gateway_request(struct decide_message *m, uint16_t id)
{
    start(m, BUILDER_REQUEST, 8);
    gateway_put(m, 0, 2, id);
}

void gateway_ack(struct decide_message *m, uint16_t id)
{
    start(m, BUILDER_ACK, 8);
    gateway_put(m, 0, 2, id);
}

void gateway_notice(struct decide_message *m, uint16_t id)
{
    start(m, BUILDER_NOTICE, 8);
    gateway_put(m, 4, 2, id);
}
