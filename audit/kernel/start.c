/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start-up code, erased before the first subject runs: reservations from the policy, an empty chain and a first record for each
 * ring. The rings' memory is zero.
 */
#include "core/arch.h"
#include "core/audit.h"
#include "ring.h"

static void reserve_slots(const struct policy_tables *policy)
{
    for (uint32_t s = 0; s < policy->subjects_count; s++) {
        for (uint32_t c = 0; c < IMAGE_CLASS_COUNT; c++) {
            ring_credits[s][c] = (struct ring_credit){
                .subject = (uint16_t)s, .class_ = (uint16_t)c, .source = (uint16_t)s, .reserve = policy->subjects[s].reserve[c],
                .blocks = policy->header->class_full[c] == IMAGE_FULL_BLOCK };
        }
        ring_credit(policy->subjects[s].cpu, AUDIT_NONE, AUDIT_CLASS_KERNEL)->kept++;
    }
}

/* The first 64 bytes of the chain, as audit/record.h says. */
static void start_chain(uint32_t cpu, const uint8_t policy_hash[32])
{
    struct ring_reader *r = &ring_readers[cpu];
    struct { uint8_t policy_hash[32]; uint32_t cpu, zeros[7]; } prefix = { .cpu = cpu };
    arch_copy(prefix.policy_hash, policy_hash, sizeof prefix.policy_hash);
    static_assert(sizeof prefix == RING_BLOCK, "records begin with a block");
    sha256_start(&r->chain);
    sha256_add(&r->chain, &prefix, sizeof prefix);
    r->sealing = r->anchor_chain = r->chain;
}

static void start_ring(uint32_t cpu, const struct image_header *header, const struct image_cpu *c)
{
    struct audit_ring *ring = core_region(c->audit_region);
    struct audit_record *records = (struct audit_record *)(void *)((uint8_t *)ring + AUDIT_PAGE);
    struct audit_record boot = { .event = AUDIT_EVENT_BOOT, .subject = AUDIT_NONE, .channel = AUDIT_NONE, .type = AUDIT_NONE,
                                 .field = AUDIT_NONE, .class_ = AUDIT_CLASS_KERNEL, .value = header->rollback,
                                 .payload_length = sizeof header->policy_hash };
    ring_writers[cpu] = (struct ring_writer){ .shared = ring, .records = records, .end = records + c->audit_slots,
                                               .next = records, .slots = c->audit_slots, .cpu = (uint16_t)cpu };
    struct ring_credit *own = ring_credit(cpu, AUDIT_NONE, AUDIT_CLASS_KERNEL);
    own->subject = AUDIT_NONE, own->class_ = AUDIT_CLASS_KERNEL;
    own->source = (uint16_t)(IMAGE_MAX_SUBJECTS + cpu);
    own->reserve = header->kernel_reserve;
    ring->slots = (uint32_t)c->audit_slots;
    ring->cpu = cpu;
    arch_copy(ring->policy_hash, header->policy_hash, sizeof ring->policy_hash);
    arch_copy(boot.payload, header->policy_hash, boot.payload_length);
    audit_write(cpu, &boot);
}

void audit_start(void)
{
    const struct policy_tables *policy = core_policy();
    reserve_slots(policy);
    for (uint32_t cpu = 0; cpu < policy->cpus_count; cpu++) {
        start_chain(cpu, policy->header->policy_hash);
        start_ring(cpu, policy->header, &policy->cpus[cpu]);
    }
}
