/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ends of a direct channel for programs under Linux: its memory is what a file or device gives that is mapped, such as
 * /dev/mem or a UIO device in a subject that runs Linux, or a memfd or a file in /dev/shm between two programs of one machine.
 * No hypercall is made, and none is needed. Part of bulkhead-channels, not of bulkhead-guest; programs use
 * open_sender_CHANNEL__mapped() and its like of SYSTEM_channels.h, which know the geometry.
 *
 * Owner: as of the ends themselves, one thread each (guest/direct_ring.h). The receiver maps the ring for reading alone, the
 * sender the page: what a program may not write it cannot, whatever goes wrong in it.
 *
 * Untrusted: what is mapped. Trusted: that it stays there. A regular file that the peer may shorten ends the process by SIGBUS:
 * between programs that do not trust each other take a memfd with F_SEAL_SHRINK, or a device. Memory order as ever; the mapping
 * must be cached memory, as it is unless /dev/mem is opened with O_SYNC.
 */
#pragma once

#include "guest/direct_ring.h"

/* Where a region begins. */
struct direct_file {
    int fd;                           /* may be closed once it is mapped */
    uint64_t offset;                  /* bytes, a multiple of the page's size; /dev/mem: the address; UIO: map * page's size */
};

/*
 * Map an end and begin as guest/direct.h says, where an earlier life was. `page`: the region of acknowledgements, NULL on a
 * channel without. The sender's ring and the receiver's page are open for reading and writing, the others for reading at least.
 * False: nothing is mapped, and errno says why; EINVAL also if a regular file is too short.
 */
bool direct_sender_map(struct direct_sender *sender, uint32_t slot_payload, uint32_t slots, struct direct_file ring,
                       const struct direct_file *page);
bool direct_receiver_map(struct direct_receiver *receiver, uint32_t slot_payload, uint32_t slots, struct direct_file ring,
                         const struct direct_file *page);

/* Give an end's memory back, once; the end is not to be used any more. What it wrote stays there for its next life. */
void direct_sender_unmap(struct direct_sender *sender);
void direct_receiver_unmap(struct direct_receiver *receiver);
