/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subject's own program: what it supplies, and how it ends.
 *
 * The runtime has no heap, no threads and, unless the program asks for them (interrupt.h), no interrupts. All state belongs to
 * the one thread of control. Trusted: the kernel and the info page. Untrusted: what comes in through channels and ports.
 */
#pragma once

#include "channels/info.h"

/* The subject's program. When it returns, the subject waits for ever. */
void guest_main(const struct subject_info *info);

/*
 * Ends the subject at once by a fault that it cannot handle; the kernel records it and does as the policy says. In a program
 * under Linux it says so on standard error and aborts the process, unless the program has a guest_fail() of its own.
 */
_Noreturn void guest_fail(void);

/* The subject's channel of that name and direction; NULL if the policy gives it none. */
const struct info_channel *guest_find_channel(const struct subject_info *info, const char *name, enum info_direction direction);
