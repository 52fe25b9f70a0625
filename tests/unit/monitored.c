/* SPDX-License-Identifier: Apache-2.0 */
/* See monitored.h. */
#include "monitored.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

struct monitored monitored;

bool audit_admits(uint32_t subject, uint32_t class_)
{
    assert_true(subject < gateway.policy.subjects_count);
    if (class_ == IMAGE_CLASS_FLOW && monitored.before_commit) monitored.before_commit();
    return monitored.admits[class_];
}

void audit_write(uint32_t cpu, struct audit_record *event)
{
    assert_true(monitored.record_count < MONITORED_RECORDS);
    assert_int_equal(cpu, fake_core.cpu);
    monitored.records[monitored.record_count++] = *event;
    if (event->event == AUDIT_EVENT_ALLOWED && monitored.before_publish) monitored.before_publish();
}

void monitored_start(void)
{
    fake_core_close();
    gateway_pack();
    fake_core_open(gateway.image);
    memset(monitor_senders, 0, sizeof monitor_senders);
    memset(monitor_consumed, 0, sizeof monitor_consumed);
    memset(monitor_first, 0, sizeof monitor_first);
    memset(monitor_due, 0, sizeof monitor_due);
    memset(monitor_protocols, 0, sizeof monitor_protocols);
    monitored = (struct monitored){ .admits = { true, true } };
    monitor_start();
}

int monitored_setup(void **unused)
{
    gateway_setup(unused);
    monitored_start();
    return 0;
}

int monitored_teardown(void **unused)
{
    (void)unused;
    fake_core_close();
    return 0;
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

void fill_inbox(const struct decide_message *m)
{
    gateway.builder.channels[BUILDER_REPORTS].depth = 2;
    gateway.builder.rules[BUILDER_POSITION_IN].rate_count = 0;
    gateway.builder.rules[BUILDER_POSITION_IN].next = 0;
    monitored_start();
    send_one(BUILDER_LOW, BUILDER_REPORTS, m);
    send_one(BUILDER_LOW, BUILDER_REPORTS, m);
}

void expect_record(uint32_t i, uint16_t event, uint32_t rule, uint32_t class_)
{
    assert_true(i < monitored.record_count);
    assert_int_equal(monitored.records[i].event, event);
    assert_int_equal(monitored.records[i].rule, rule);
    assert_int_equal(monitored.records[i].class_, class_);
}
