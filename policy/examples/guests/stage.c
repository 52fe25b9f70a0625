/* SPDX-License-Identifier: Apache-2.0 */
/* Channels by the ends of their names, and one message at a time. */
#include "stage.h"
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/memory.h"

static uint32_t length_of(const char *text)
{
    uint32_t length = 0;

    while (length < sizeof((struct info_channel *)0)->name && text[length] != '\0') length++;
    return length;
}

static bool ends_with(const char *name, const char *end)
{
    uint32_t length = length_of(name), tail = length_of(end);

    return tail <= length && strncmp(name + length - tail, end, tail) == 0;
}

/* NULL: there is none. */
static const char *stage_find(const struct subject_info *info, enum info_direction direction, const char *end)
{
    for (uint32_t i = 0; i < info->channel_count && i < INFO_MAX_CHANNELS; i++) {
        if (info->channels[i].direction == direction && ends_with(info->channels[i].name, end)) return info->channels[i].name;
    }
    return 0;
}

static const char *stage_name(const struct subject_info *info, enum info_direction direction, const char *end)
{
    const char *name = stage_find(info, direction, end);

    if (name == 0) guest_fail();
    return name;
}

bool stage_sends(const struct subject_info *info, const char *end)
{
    return stage_find(info, INFO_SENDS, end) != 0;
}

void stage_open_in(struct receiver *in, const struct subject_info *info, const char *end)
{
    if (!receiver_open(in, info, stage_name(info, INFO_RECEIVES, end))) guest_fail();
}

void stage_open_out(struct sender *out, const struct subject_info *info, const char *end)
{
    if (!sender_open(out, info, stage_name(info, INFO_SENDS, end))) guest_fail();
}

void stage_open(struct stage *stage, const struct subject_info *info, const char *end)
{
    stage_open_in(&stage->in, info, end);
    stage_open_out(&stage->out, info, end);
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
