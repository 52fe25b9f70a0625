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
    monitored = (struct monitored){ .admits = { true, true } };
    boxes_start();
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
