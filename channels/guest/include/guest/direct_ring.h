/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both ends of a direct channel: no kernel, no judge, no waiting (layout: guest/direct_layout.h). For bare-metal subjects,
 * Linux programs and tests alike: freestanding, without allocation.
 *
 * Owner: a struct direct_sender or _receiver lies in the private memory of its one thread of control. Untrusted: every word of
 * the channel and of the acknowledgements. Neither end believes the other: it keeps the geometry, its own place and what it
 * expects to itself, loads a word of the peer's once, and lets it move its place by no more than the ring holds. A call looks
 * at one slot (a batch: at each slot once, and once behind the copy) whatever stands there, and tells of each contradiction;
 * it then goes on from what it has found, so that an honest peer is understood again.
 *
 * Whether a message's content is right is for its type's NAME_valid() to say, in the copy: nobody has asked before.
 */
#pragma once

#include "guest/direct_receiver.h"
#include "guest/direct_sender.h"
