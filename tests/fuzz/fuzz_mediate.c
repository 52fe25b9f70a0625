/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a message through the monitor, where the sender writes its outbox before any load of the kernel's: the input says
 * what. The memory of each channel has its exact size; what has been loaded is spoiled at its source (fake_core.c). What must
 * hold: each byte of a message is loaded once at most, what is published is of its type, a batch has no more denials on record
 * than messages, and no more is published than the inbox holds.
 */
#include <string.h>
#include "input.h"
#include "channels/abi.h"
#include "core/audit.h"
#include "core/monitor.h"
#include "fake_core.h"
#include "gateway.h"
#include "monitor/kernel/state.h"

enum { CALLS = 16 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t denials;                      /* on record */
static bool admits;

bool audit_admits(uint32_t subject, uint32_t class_)
{
    (void)subject;
    (void)class_;
    return admits;
}

void audit_write(uint32_t cpu, struct audit_record *event)
{
    (void)cpu;
    denials += event->event == AUDIT_EVENT_DENIED;
}

static uint8_t *outbox(uint32_t channel)
{
    return core_region(gateway.policy.channels[channel].outbox_region);
}

static struct inbox_header *inbox(uint32_t channel)
{
    return core_region(gateway.policy.channels[channel].inbox_region);
}

/* Bytes of this message that were loaded before are loaded again, or the sender writes some of what comes next. */
static void sender_acts(uint8_t *from, uint32_t size)
{
    for (uint32_t i = 0; i < fake_core.load_count; i++) {
        const struct fake_load *load = &fake_core.loads[i];
        require(from >= load->at + load->size || load->at >= from + size, "a byte is loaded twice");
    }
    for (uint32_t writes = next_byte() % 4; writes > 0; writes--) {
        uint32_t at = next_byte();
        if (at < size) from[at] = next_byte();
    }
}

/* A message that may pass, at the beginning; the input changes it later. */
static void put(uint32_t channel, uint32_t slot)
{
    static void (*const reports[])(struct decide_message *, uint16_t) = { gateway_request, gateway_ack, gateway_notice };
    struct decide_message m;
    uint8_t which = next_byte();

    memset(&m, 0, sizeof m);
    if (which % 4 == 3) gateway_position(&m);
    else reports[which % 4](&m, which);
    memcpy(outbox(channel) + slot * gateway.policy.channels[channel].slot_size, &m, gateway.policy.channels[channel].slot_size);
}

/* What lies in the inbox at `number` is of a type that the policy has; rates and protocols are not asked again. */
static void is_sound(uint32_t channel, uint64_t number)
{
    const struct image_channel *c = &gateway.policy.channels[channel];
    const uint8_t *slot = (const uint8_t *)(inbox(channel) + 1) + number % c->depth * c->slot_size;
    const struct message_header *header = (const void *)slot;
    static struct decide_message m;
    struct decide_request request = { .message = &m, .channel = channel, .subject = c->sender, .now = fake_core.now };
    struct decide_verdict verdict;

    require(header->length <= c->slot_size - sizeof *header, "a published message is longer than its slot");
    memcpy(&m, slot, sizeof *header + header->length);
    decide(&gateway.policy, &gateway.state, &request, &verdict);
    bool of_its_type = verdict.field == IMAGE_NONE && verdict.rule != IMAGE_RULE_LENGTH && verdict.rule != IMAGE_RULE_PADDING &&
                       verdict.rule != IMAGE_RULE_TYPE && verdict.rule != IMAGE_RULE_DEFAULT;
    require(verdict.allowed || of_its_type, "what is published is not of its type");
}

static void call(void)
{
    uint32_t channel = next_byte() % gateway.policy.channels_count;
    const struct image_channel *c = &gateway.policy.channels[channel];
    if (c->slots == 0) return;
    uint32_t first = next_byte() % c->slots, count = 1 + next_byte() % 4;
    uint64_t published = inbox(channel)->published;
    struct monitor_send job;

    for (uint32_t i = 0; i < count; i++) put(channel, (first + i) % c->slots);
    admits = next_byte() % 8 != 0;
    denials = 0;
    if (monitor_send_begin(c->sender, channel, first, count, &job) != ABI_OK) return;
    while (!monitor_send_continue(c->sender, &job)) {}
    fake_core_restore();
    uint64_t now = inbox(channel)->published;
    require(now - published <= count && now - monitor_consumed[channel] <= c->depth, "more is published than was sent or fits");
    require(denials <= count, "more denials than messages");
    for (uint64_t n = published; n < now; n++) is_sound(channel, n);
    if (next_byte() % 2 == 0) monitor_receive(c->receiver, channel, now);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    gateway_setup(NULL);
    gateway_pack();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input = data;
    input_left = size;
    fake_core_open(gateway.image);
    fake_core.before_load = sender_acts;
    memset(monitor_senders, 0, sizeof monitor_senders);
    memset(monitor_consumed, 0, sizeof monitor_consumed);
    memset(monitor_first, 0, sizeof monitor_first);
    memset(monitor_paces, 0, sizeof monitor_paces);
    memset(monitor_due, 0, sizeof monitor_due);
    memset(monitor_protocols, 0, sizeof monitor_protocols);
    monitor_start();
    for (uint32_t i = 0; i < CALLS && input_left > 0; i++) call();
    fake_core_close();
    return 0;
}
