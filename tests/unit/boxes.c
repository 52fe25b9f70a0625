/* SPDX-License-Identifier: Apache-2.0 */
/* See boxes.h. */
#include "boxes.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

void boxes_start(void)
{
    memset(monitor_senders, 0, sizeof monitor_senders);
    memset(monitor_consumed, 0, sizeof monitor_consumed);
    memset(monitor_first, 0, sizeof monitor_first);
    memset(monitor_due, 0, sizeof monitor_due);
    memset(monitor_protocols, 0, sizeof monitor_protocols);
    monitor_start();
}

uint8_t *outbox(uint32_t channel, uint32_t slot)
{
    const struct image_channel *c = &gateway.policy.channels[channel];
    return (uint8_t *)core_region(c->outbox_region) + slot * c->slot_size;
}

struct inbox_header *inbox(uint32_t channel)
{
    return core_region(gateway.policy.channels[channel].inbox_region);
}

const struct message_header *inbox_slot(uint32_t channel, uint32_t slot)
{
    return (const void *)((const uint8_t *)(inbox(channel) + 1) + slot * gateway.policy.channels[channel].slot_size);
}

const uint8_t *inbox_payload(uint32_t channel, uint32_t slot)
{
    return (const uint8_t *)(inbox_slot(channel, slot) + 1);
}

void outbox_put(uint32_t channel, uint32_t slot, const struct decide_message *m)
{
    memcpy(outbox(channel, slot), m, gateway.policy.channels[channel].slot_size);
}

struct monitor_send send_batch(uint16_t subject, uint32_t channel, uint64_t first, uint64_t count)
{
    struct monitor_send job;
    assert_int_equal(monitor_send_begin(subject, channel, first, count, &job), ABI_OK);
    assert_true(monitor_send_continue(subject, &job));
    fake_core_restore();
    return job;
}

struct monitor_send send_one(uint16_t subject, uint32_t channel, const struct decide_message *m)
{
    outbox_put(channel, 0, m);
    return send_batch(subject, channel, 0, 1);
}
