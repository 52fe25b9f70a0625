/* SPDX-License-Identifier: Apache-2.0 */
/* Inbox slots. */
#include "guest/receiver.h"
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/memory.h"

static uint32_t receiver_read_epoch(const struct receiver *receiver)
{
    return __atomic_load_n(&receiver->inbox->epoch, __ATOMIC_ACQUIRE);
}

/*
 * What the ended epoch left unread is lost: goes on at the first message of this one. `freed` stays, so that the next
 * receiver_free() gives the lost messages' slots back even if no message came since.
 */
static void receiver_join_epoch(struct receiver *receiver, uint32_t epoch)
{
    receiver->epoch = epoch;
    receiver->next = __atomic_load_n(&receiver->inbox->first, __ATOMIC_RELAXED);
}

bool receiver_open(struct receiver *receiver, const struct subject_info *info, const char *name)
{
    const struct info_channel *channel = guest_find_channel(info, name, INFO_RECEIVES);

    if (channel == 0) return false;
    *receiver = (struct receiver){ .channel = channel, .inbox = (const struct inbox_header *)channel->gpa };
    receiver_join_epoch(receiver, receiver_read_epoch(receiver));
    /* If the sender too started again before this, only this end can give back the slots of what came between. */
    receiver_free(receiver);
    return true;
}

bool receiver_is_ready(struct receiver *receiver)
{
    uint32_t epoch = receiver_read_epoch(receiver);

    if (epoch != receiver->epoch) receiver_join_epoch(receiver, epoch);
    return receiver->next < __atomic_load_n(&receiver->inbox->published, __ATOMIC_ACQUIRE);
}

bool receiver_take(struct receiver *receiver, struct message_header *header, void *payload, uint32_t size)
{
    const struct info_channel *channel = receiver->channel;

    if (!receiver_is_ready(receiver)) return false;
    uint32_t epoch = receiver->epoch;
    uint64_t slot = receiver->next % channel->slots;
    const struct message_header *message =
        (const struct message_header *)(channel->gpa + sizeof(struct inbox_header) + slot * channel->slot_size);

    memcpy(header, message, sizeof *header);
    memcpy(payload, message + 1, header->length < size ? header->length : size);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (receiver_read_epoch(receiver) != epoch) return false;
    receiver->sequence = header->sequence;
    receiver->next++;
    receiver->taken++;
    return true;
}

void receiver_free(struct receiver *receiver)
{
    if (receiver->freed == receiver->next) return;
    receiver->freed = receiver->next;
    call_make(ABI_CALL_RECEIVE, receiver->channel->channel, receiver->next, 0);
}

uint64_t receiver_lost(const struct receiver *receiver)
{
    return __atomic_load_n(&receiver->inbox->lost, __ATOMIC_RELAXED);
}
