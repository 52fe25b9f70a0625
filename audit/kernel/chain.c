/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading halves of the rings: acknowledging, which frees slots, and sealing, which takes records into the chain (defined in
 * audit/record.h). A record is sealed before it can be acknowledged, so no slot is reused before its record is in the chain.
 * Runs in the audit subject's windows; at the end of a run, with all other CPUs stopped.
 *
 * Untrusted: CPU and sequence of an acknowledgement.
 */
#include <assert.h>
#include "channels/abi.h"
#include "core/arch.h"
#include "core/audit.h"
#include "core/compiler.h"
#include "core/console.h"
#include "ring.h"

struct ring_reader ring_readers[IMAGE_MAX_CPUS];

static uint64_t written(uint32_t cpu)
{
    return __atomic_load_n(&ring_writers[cpu].written, __ATOMIC_ACQUIRE);
}

/* Takes the next block of a record into the chain; there is one. A record has two, behind the one at the chain's beginning. */
static_assert(sizeof(struct audit_record) == 2 * RING_BLOCK, "the first where the chain is odd");
static void seal_block(uint32_t cpu, struct ring_reader *r)
{
    const uint8_t *record = (const uint8_t *)ring_record(&ring_writers[cpu], r->sealed);
    sha256_add(&r->sealing, record + (~r->sealing.length & RING_BLOCK), RING_BLOCK);
    if (!(r->sealing.length & RING_BLOCK)) return;
    r->chain = r->sealing;
    r->sealed++;
    __atomic_store_n(&ring_writers[cpu].shared->sealed, r->sealed, __ATOMIC_RELEASE);
}

static void seal_slice(uint32_t cpu, struct ring_reader *r)
{
    for (uint64_t end = r->sealed + ABI_AUDIT_SLICE; r->sealed < end && r->sealed < written(cpu);) {
        if (core_time_up()) return;
        seal_block(cpu, r);
    }
}

/* Gives the slots of the records below `sequence` back to the reservations that they came from. */
static void release(uint32_t cpu, struct ring_reader *r, uint64_t sequence)
{
    for (; r->acked < sequence; r->acked++) {
        const struct audit_record *record = ring_record(&ring_writers[cpu], r->acked);
        struct ring_credit *credit = ring_credit(cpu, record->subject, record->class_);
        __atomic_store_n(&credit->released, credit->released + 1, __ATOMIC_RELEASE);
    }
    ring_writers[cpu].shared->acked = r->acked;
}

uint32_t audit_ack(uint64_t cpu, uint64_t sequence, uint64_t *sealed)
{
    if (cpu >= core_policy()->cpus_count) return ABI_RING;
    uint32_t index = (uint32_t)below(cpu, core_policy()->cpus_count);
    struct ring_reader *r = &ring_readers[index];
    if (sequence < r->acked || sequence > r->sealed || sequence - r->acked > ABI_AUDIT_ACK_MAX) return ABI_ACK;
    bool freed = sequence > r->acked;
    release(index, r, sequence);
    if (sequence == r->sealed) {
        r->anchor = sequence;
        r->anchor_chain = r->chain;
    }
    /*
     * Where windows end, what waits is written then: whose window it is must not tell by an interruption that another of the
     * CPU has filled its share. A window without end is asked for last, behind the fence of ring_is_waiting(): one that begins
     * meanwhile begins by looking at the slots.
     */
    if (freed && index != arch_cpu() && ring_is_waiting(index) && !core_window_ends(index)) arch_kick(index, KICK_CORE);
    seal_slice(index, r);
    *sealed = r->sealed;
    return ABI_OK;
}

/* A chain's value, until the next one is asked for. */
static const uint8_t *head_of(const struct sha256 *chain)
{
    static uint8_t head[32];
    sha256_digest(chain, head);
    return head;
}

/*
 * The log ends before the ring does: at best it holds what was sealed until now, at least what was acknowledged. Both chain
 * values are printed besides the last one.
 */
void audit_close(void)
{
    for (uint32_t cpu = 0; cpu < core_policy()->cpus_count; cpu++) {
        struct ring_reader *r = &ring_readers[cpu];
        ring_finish(cpu);
        console_print("audit cpu=%u anchor=%U head=%h", cpu, r->anchor, head_of(&r->anchor_chain));
        console_print("audit cpu=%u anchor=%U head=%h", cpu, r->sealed, head_of(&r->chain));
        while (r->sealed < written(cpu)) seal_block(cpu, r);
        console_print("audit cpu=%u written=%U sealed=%U acked=%U lost=%U head=%h", cpu, written(cpu), r->sealed, r->acked,
                      ring_writers[cpu].lost, head_of(&r->chain));
    }
}
