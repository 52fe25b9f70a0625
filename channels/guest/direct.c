/* SPDX-License-Identifier: Apache-2.0 */
/* Direct channels: stamps around each write, and a receiver that checks them before and after its one copy. */
#include "guest/direct.h"
#include "guest/guest.h"
#include "guest/memory.h"

static struct direct_slot *direct_slot(const struct info_channel *channel, uint64_t number)
{
    uint64_t offset = sizeof(struct direct_header) + number % channel->slots * channel->slot_size;

    return (struct direct_slot *)(channel->gpa + offset);
}

static uint64_t direct_written(const struct info_channel *channel)
{
    return __atomic_load_n(&((const struct direct_header *)channel->gpa)->written, __ATOMIC_ACQUIRE);
}

/* ---- the sender ---- */
/* Goes on where an earlier life of this subject was. */
bool direct_sender_open(struct direct_sender *sender, const struct subject_info *info, const char *name)
{
    const struct info_channel *channel = guest_find_channel(info, name, INFO_WRITES);

    if (channel == 0) return false;
    *sender = (struct direct_sender){ .channel = channel, .next = direct_written(channel) };
    return true;
}

bool direct_send(struct direct_sender *sender, uint16_t type, uint16_t version, const void *payload, uint32_t length)
{
    const struct info_channel *channel = sender->channel;
    struct direct_slot *slot = direct_slot(channel, sender->next);

    if (length > channel->slot_size - sizeof *slot) return false;
    __atomic_store_n(&slot->stamp, 2 * sender->next + 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    slot->header = (struct message_header){ .type = type, .version = version, .length = length, .sequence = sender->next };
    memcpy(slot + 1, payload, length);
    __atomic_store_n(&slot->stamp, 2 * sender->next + 2, __ATOMIC_RELEASE);
    sender->next++;
    __atomic_store_n(&((struct direct_header *)channel->gpa)->written, sender->next, __ATOMIC_RELEASE);
    return true;
}

/* ---- the receiver ---- */
/* Begins with the oldest message that is still there; what came before a first life is not missed. */
bool direct_receiver_open(struct direct_receiver *receiver, const struct subject_info *info, const char *name)
{
    const struct info_channel *channel = guest_find_channel(info, name, INFO_READS);

    if (channel == 0) return false;
    uint64_t written = direct_written(channel);

    *receiver = (struct direct_receiver){ .channel = channel, .next = written > channel->slots ? written - channel->slots : 0 };
    return true;
}

enum direct_try { DIRECT_TAKEN, DIRECT_LOST, DIRECT_CORRUPT };

/* Copies message `next`. The length is looked at in the copy alone. */
static enum direct_try direct_copy(const struct direct_receiver *receiver, struct message_header *header, void *payload,
                                   uint32_t size)
{
    const struct info_channel *channel = receiver->channel;
    const struct direct_slot *slot = direct_slot(channel, receiver->next);
    uint64_t whole = 2 * receiver->next + 2, before = __atomic_load_n(&slot->stamp, __ATOMIC_ACQUIRE);

    if (before != whole) return before > whole ? DIRECT_LOST : DIRECT_CORRUPT;
    memcpy(header, &slot->header, sizeof *header);
    uint32_t length = *(volatile uint32_t *)&header->length;

    if (length <= channel->slot_size - sizeof *slot) memcpy(payload, slot + 1, length < size ? length : size);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (__atomic_load_n(&slot->stamp, __ATOMIC_RELAXED) != whole) return DIRECT_LOST;
    return length <= channel->slot_size - sizeof *slot ? DIRECT_TAKEN : DIRECT_CORRUPT;
}

/* How many whole messages there are to look at, all of them within the slots. */
static uint64_t direct_ready(struct direct_receiver *receiver)
{
    uint64_t written = direct_written(receiver->channel), slots = receiver->channel->slots;

    if (written < receiver->next) {
        receiver->corrupt++;
        receiver->next = written;
    }
    if (written - receiver->next > slots) {
        receiver->lost += written - slots - receiver->next;
        receiver->next = written - slots;
    }
    return written - receiver->next;
}

bool direct_take(struct direct_receiver *receiver, struct message_header *header, void *payload, uint32_t size)
{
    for (uint64_t ready = direct_ready(receiver); ready > 0; ready--) {
        enum direct_try result = direct_copy(receiver, header, payload, size);

        header->sequence = receiver->next++;
        receiver->taken += result == DIRECT_TAKEN;
        receiver->lost += result == DIRECT_LOST;
        receiver->corrupt += result == DIRECT_CORRUPT;
        if (result == DIRECT_TAKEN) return true;
    }
    return false;
}
