/* SPDX-License-Identifier: Apache-2.0 */
/* See audited.h. Includes the ring's source, for its private state: each test starts from an empty one. */
#include "audited.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include "audit/kernel/ring.c"

struct audited audited;

void audited_start(void)
{
    fake_core_close();
    gateway_pack();
    fake_core_open(gateway.image);
    memset(ring_writers, 0, sizeof ring_writers);
    memset(ring_readers, 0, sizeof ring_readers);
    memset(ring_credits, 0, sizeof ring_credits);
    memset(&audited, 0, sizeof audited);
    audit_start();
}

int audited_setup(void **unused)
{
    gateway_setup(unused);
    audited_start();
    return 0;
}

int audited_teardown(void **unused)
{
    (void)unused;
    fake_core_close();
    return 0;
}

struct audit_record event_of(uint16_t event, uint16_t subject, uint32_t rule, uint32_t class_)
{
    return (struct audit_record){ .event = event, .subject = subject, .channel = 1, .type = 2, .field = 3, .rule = rule,
                                  .class_ = class_ };
}

void write_event(uint32_t cpu, uint16_t event, uint16_t subject, uint32_t rule, uint32_t class_)
{
    struct audit_record r = event_of(event, subject, rule, class_);
    audit_write(cpu, &r);
}

void deny(uint32_t rule)
{
    write_event(0, AUDIT_EVENT_DENIED, BUILDER_LOW, rule, IMAGE_CLASS_SECURITY);
}

bool pass(uint16_t event, uint32_t class_)
{
    struct ring_writer *ring = audit_ring(0);
    struct audit_record *r = audit_begin(ring, BUILDER_LOW, class_);
    bool in_place = r == ring->next;
    if (!r) r = audit_draft(ring);
    *r = event_of(event, BUILDER_LOW, 70, class_);
    audit_end(ring, r);
    return in_place;
}

void allow(void)
{
    pass(AUDIT_EVENT_ALLOWED, IMAGE_CLASS_FLOW);
}

const struct audit_record *audited_record(uint32_t cpu, uint64_t sequence)
{
    const struct audit_record *r = &ring_writers[cpu].records[sequence % gateway.policy.cpus[cpu].audit_slots];
    assert_int_equal(r->sequence, sequence);
    return r;
}

void expect(uint64_t sequence, uint16_t event, uint32_t rule, uint32_t count)
{
    assert_true(sequence < ring_writers[0].shared->written);
    assert_int_equal(audited_record(0, sequence)->event, event);
    assert_int_equal(audited_record(0, sequence)->rule, rule);
    assert_int_equal(audited_record(0, sequence)->count, count);
}

uint64_t read_ring(uint32_t cpu)
{
    uint64_t sealed;
    assert_int_equal(audit_ack(cpu, audited.count[cpu], &sealed), ABI_OK);
    assert_int_equal(sealed, ring_writers[cpu].shared->sealed);
    while (audited.count[cpu] < sealed) {
        assert_true(audited.count[cpu] < AUDITED_LOG);
        audited.logged[cpu][audited.count[cpu]] = *audited_record(cpu, audited.count[cpu]);
        audited.count[cpu]++;
    }
    return sealed;
}

void read_all(uint32_t cpu)
{
    uint64_t before;
    do {
        before = audited.count[cpu];
    } while (read_ring(cpu) > before);
}
