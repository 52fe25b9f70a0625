/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What else happens on a channel: the receiver frees slots, either end starts again.
 * Untrusted: channel and sequence.
 */
#include "channels/abi.h"
#include "core/audit.h"
#include "core/compiler.h"
#include "core/core.h"
#include "core/monitor.h"
#include "state.h"

uint64_t monitor_consumed[IMAGE_MAX_CHANNELS];
uint64_t monitor_first[IMAGE_MAX_CHANNELS];

uint32_t monitor_refuse(uint32_t subject, uint64_t channel, uint32_t rule, uint64_t what, uint32_t status)
{
    audit_deny(subject, rule, what, 0, channel < core_policy()->channels_count ? (uint32_t)channel : AUDIT_NONE);
    return status;
}

uint32_t monitor_receive(uint32_t subject, uint64_t channel, uint64_t sequence)
{
    const struct policy_tables *policy = core_policy();
    uint64_t known = below(channel, policy->channels_count);
    if (channel >= policy->channels_count || policy->channels[known].receiver != subject) {
        return monitor_refuse(subject, channel, IMAGE_RULE_DEFAULT, channel, ABI_CHANNEL);
    }
    uint64_t published = __atomic_load_n(&monitor_senders[known].published, __ATOMIC_ACQUIRE);
    if (sequence < monitor_consumed[known] || sequence > published) {
        return monitor_refuse(subject, channel, IMAGE_RULE_CALL, sequence, ABI_SEQUENCE);
    }
    __atomic_store_n(&monitor_consumed[known], sequence, __ATOMIC_RELEASE);
    return ABI_OK;
}

/* Sets a word that two CPUs may move, but never back. Returns what it was. */
static uint64_t raise_to(uint64_t *word, uint64_t value)
{
    uint64_t before = __atomic_load_n(word, __ATOMIC_ACQUIRE);
    while (before < value &&
           !__atomic_compare_exchange_n(word, &before, value, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {}
    return before;
}

/*
 * Begins an epoch at what is published by now. Messages before it that nobody has taken are lost. A receiver that started again
 * no longer reads any, so its slots are free; if the sender did, the receiver may be reading one at this moment, and frees the
 * slots by its next receive.
 */
static void begin_epoch(uint32_t index, bool receiver_restarted)
{
    struct inbox_header *inbox = monitor_senders[index].inbox;
    uint64_t published = __atomic_load_n(&monitor_senders[index].published, __ATOMIC_ACQUIRE);
    uint64_t consumed = __atomic_load_n(&monitor_consumed[index], __ATOMIC_ACQUIRE);     /* before the other end frees all */
    uint64_t taken = raise_to(&monitor_first[index], published);
    if (taken < consumed) taken = consumed;
    if (taken < published) __atomic_fetch_add(&inbox->lost, published - taken, __ATOMIC_RELAXED);
    if (receiver_restarted) __atomic_store_n(&monitor_consumed[index], published, __ATOMIC_RELEASE);
    raise_to(&inbox->first, published);
    __atomic_fetch_add(&inbox->epoch, 1, __ATOMIC_RELEASE);
}

/*
 * Waits for the message that may be on its way on another CPU: committed before the protocols came to rest, it belongs to the
 * old epoch. False if time is up first, which a whole window is too long for.
 */
static bool at_rest(uint32_t index)
{
    uint64_t *turns = &monitor_senders[index].turns, turn = __atomic_load_n(turns, __ATOMIC_SEQ_CST);
    while (turn % 2 != 0 && __atomic_load_n(turns, __ATOMIC_ACQUIRE) == turn) {
        if (core_time_up()) return false;
    }
    return true;
}

static_assert(IMAGE_MAX_TABLE <= UINT16_MAX, "a protocol's register counts all that may reset it");
/* A protocol is at rest until all restarts are told that reset it: its register counts them meanwhile. */
static void rest(uint64_t *protocol, uint64_t restarts)
{
    const uint64_t none = decide_protocol_word(DECIDE_NO_STATE, 0, 0);
    uint64_t word = __atomic_load_n(protocol, __ATOMIC_RELAXED), next;
    do {
        next = (word < none ? none : word) + (restarts << 40);
        if ((uint16_t)(next >> 40) == 0) next = decide_protocol_word(0, 0, arch_now());
    } while (!__atomic_compare_exchange_n(protocol, &word, next, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
}

/* A protocol that is reset, a channel, or such a protocol again, in this order. False: time is up first. */
static bool restart_step(uint32_t subject, uint32_t i)
{
    const struct policy_tables *policy = core_policy();
    uint32_t resets = policy->resets_count, all = resets + policy->channels_count;
    uint64_t restarts = 1;
    if (i >= all) i -= all, restarts = -restarts;
    if (i >= resets) {
        i -= resets;
        bool receives = policy->channels[i].receiver == subject;
        if (!receives && policy->channels[i].sender != subject) return true;
        if (!at_rest(i)) return false;
        begin_epoch(i, receives);
    } else if (policy->resets[i].subject == subject) {
        rest(&monitor_protocols[policy->resets[i].protocol], restarts);
    }
    return true;
}

/*
 * Peers may send meanwhile. So that no message of the new epochs rests on one that is lost with the old ones, the protocols
 * allow no step from before the first channel begins anew until after the last one has.
 */
uint32_t monitor_restarted(uint32_t subject, uint32_t next)
{
    uint32_t steps = 2 * core_policy()->resets_count + core_policy()->channels_count;
    for (; next <= steps; next++) {
        if (core_time_up() || !restart_step(subject, next - 1)) return next;
    }
    return 0;
}
