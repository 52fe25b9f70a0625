/* SPDX-License-Identifier: Apache-2.0 */
/* Outbox slots and batches. */
#include "guest/sender.h"
#include "channels/abi.h"
#include "channels/message.h"
#include "guest/call.h"
#include "guest/clock.h"
#include "guest/guest.h"

bool sender_open(struct sender *sender, const struct subject_info *info, const char *name)
{
    const struct info_channel *channel = guest_find_channel(info, name, INFO_SENDS);

    if (channel == 0) return false;
    *sender = (struct sender){ .channel = channel };
    pace_start(&sender->pace, channel->rate_count, channel->rate_ms, channel->burst, info->tsc_khz, clock_now());
    return true;
}

void *sender_claim(struct sender *sender, uint16_t type, uint16_t version, uint32_t length)
{
    const struct info_channel *channel = sender->channel;

    if (sender->waiting >= channel->slots || length > channel->slot_size - sizeof(struct message_header)) return 0;
    uint32_t slot = (sender->first + sender->waiting) % channel->slots;
    struct message_header *header = (struct message_header *)(channel->gpa + (uint64_t)slot * channel->slot_size);

    *header = (struct message_header){ .type = type, .version = version, .length = length };
    sender->waiting++;
    return header + 1;
}

uint32_t sender_allowance(struct sender *sender)
{
    uint64_t allowed = pace_allows(&sender->pace, clock_now());

    return allowed < UINT32_MAX ? (uint32_t)allowed : UINT32_MAX;
}

struct sender_result sender_flush(struct sender *sender, uint32_t limit)
{
    uint32_t count = limit < sender->waiting ? limit : sender->waiting;
    uint64_t before = clock_now();

    if (count > ABI_BATCH_MAX) count = ABI_BATCH_MAX;
    if (count == 0) return (struct sender_result){ .status = ABI_OK };
    struct call_answer answer = call_make(ABI_CALL_SEND, sender->channel->channel, sender->first, count);

    pace_spend(&sender->pace, count, before, clock_now());
    sender->first = (sender->first + count) % sender->channel->slots;
    sender->waiting -= count;
    struct sender_result result = { .status = (uint32_t)answer.status, .rule = (uint32_t)answer.result, .count = count,
                                    .verdicts = (uint32_t)(answer.result >> 32) };

    for (uint32_t rest = result.verdicts; rest != 0; rest &= rest - 1) result.accepted++;
    return result;
}
