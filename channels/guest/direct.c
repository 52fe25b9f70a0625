/* SPDX-License-Identifier: Apache-2.0 */
/* The ends of a direct channel, found by name: their geometry is the info page's, which the kernel shows and no peer writes. */
#include "guest/direct.h"
#include "guest/guest.h"

static void *direct_at(uint64_t gpa)
{
    return (void *)(uintptr_t)gpa;
}

bool direct_sender_open(struct direct_sender *sender, const struct subject_info *info, const char *name)
{
    const struct info_channel *c = guest_find_channel(info, name, INFO_WRITES);

    if (c == 0) return false;
    direct_sender_start(sender, direct_at(c->gpa), c->slot_size, c->slots, direct_at(c->acknowledgement_gpa));
    return true;
}

bool direct_receiver_open(struct direct_receiver *receiver, const struct subject_info *info, const char *name)
{
    const struct info_channel *c = guest_find_channel(info, name, INFO_READS);

    if (c == 0) return false;
    direct_receiver_start(receiver, direct_at(c->gpa), c->slot_size, c->slots, direct_at(c->acknowledgement_gpa));
    return true;
}
