/* SPDX-License-Identifier: Apache-2.0 */
/* Channels by place, and one message at a time. */
#include "stage.h"
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/memory.h"

static const char *stage_name(const struct subject_info *info, enum info_direction direction, uint32_t place)
{
    for (uint32_t i = 0; i < info->channel_count && i < INFO_MAX_CHANNELS; i++) {
        if (info->channels[i].direction == direction && place-- == 0) return info->channels[i].name;
    }
    guest_fail();
}

void stage_open_in(struct receiver *in, const struct subject_info *info, uint32_t place)
{
    if (!receiver_open(in, info, stage_name(info, INFO_RECEIVES, place))) guest_fail();
}

void stage_open_out(struct sender *out, const struct subject_info *info, uint32_t place)
{
    if (!sender_open(out, info, stage_name(info, INFO_SENDS, place))) guest_fail();
}

void stage_open(struct stage *stage, const struct subject_info *info, uint32_t place)
{
    stage_open_in(&stage->in, info, place);
    stage_open_out(&stage->out, info, place);
}

/* The slot is given back at once: the message has been copied out. */
bool stage_take(struct receiver *in, uint16_t type, void *message, uint32_t size)
{
    struct message_header header;

    if (!receiver_take(in, &header, message, size)) return false;
    if (header.type != type || header.length != size) guest_fail();
    receiver_free(in);
    return true;
}

void stage_send(struct sender *out, uint16_t type, uint16_t version, const void *message, uint32_t size)
{
    void *slot = sender_claim(out, type, version, size);

    if (slot == 0) guest_fail();
    memcpy(slot, message, size);
    for (;;) {
        sender_flush(out, sender_allowance(out));
        if (out->waiting == 0) return;
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
