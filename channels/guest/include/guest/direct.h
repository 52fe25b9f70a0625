/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening the ends of a direct channel; what is done with them: guest/direct_ring.h. Each goes on where an earlier life of
 * this subject was. False if the policy does not give this subject such an end of a direct channel of that name.
 *
 * Who may call: the thread of control that is to own the end, once in each life of the subject and before anything else is done
 * with it: a second sender on one ring would overwrite the first one's messages. `info` is the page that the subject was
 * started with. Programs use open_sender_CHANNEL() and its like of SYSTEM_channels.h. Memory order: guest/shared.h.
 */
#pragma once

#include "guest/direct_ring.h"
#include "channels/info.h"

bool direct_sender_open(struct direct_sender *sender, const struct subject_info *info, const char *name);
bool direct_receiver_open(struct direct_receiver *receiver, const struct subject_info *info, const char *name);
