/* SPDX-License-Identifier: Apache-2.0 */
/* Ends of direct channels in files and devices, by mmap(). */
#include "guest/mapped.h"
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { MAPPED_PAGE = sizeof(struct direct_acknowledgement) };

/* Whether that much is there: of devices only they know. */
static bool mapped_is_long_enough(struct direct_file file, uint64_t size)
{
    struct stat status;

    if (fstat(file.fd, &status) != 0) return false;
    if (!S_ISREG(status.st_mode)) return true;
    errno = EINVAL;
    return file.offset <= INT64_MAX - size && file.offset + size <= (uint64_t)status.st_size;
}

static void *mapped_open(struct direct_file file, uint64_t size, bool writes)
{
    if (!mapped_is_long_enough(file, size)) return NULL;
    void *memory = mmap(NULL, size, writes ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file.fd, (off_t)file.offset);
    return memory == MAP_FAILED ? NULL : memory;
}

static uint64_t mapped_size(const struct direct_ring *ring)
{
    return direct_memory_size(ring->slot_payload, (uint32_t)direct_slot_count(ring));
}

/* Both regions, or neither. */
static bool mapped_open_both(uint64_t size, struct direct_file ring, const struct direct_file *page, bool sends, void *at[2])
{
    at[0] = mapped_open(ring, size, sends);
    at[1] = NULL;
    if (at[0] == NULL || page == NULL) return at[0] != NULL;
    at[1] = mapped_open(*page, MAPPED_PAGE, !sends);
    if (at[1] != NULL) return true;
    int error = errno;
    munmap(at[0], size);
    errno = error;
    return false;
}

bool direct_sender_map(struct direct_sender *sender, uint32_t slot_payload, uint32_t slots, struct direct_file ring,
                       const struct direct_file *page)
{
    void *at[2];

    if (!mapped_open_both(direct_memory_size(slot_payload, slots), ring, page, true, at)) return false;
    direct_sender_start(sender, at[0], slot_payload, slots, at[1]);
    return true;
}

bool direct_receiver_map(struct direct_receiver *receiver, uint32_t slot_payload, uint32_t slots, struct direct_file ring,
                         const struct direct_file *page)
{
    void *at[2];

    if (!mapped_open_both(direct_memory_size(slot_payload, slots), ring, page, false, at)) return false;
    direct_receiver_start(receiver, at[0], slot_payload, slots, at[1]);
    return true;
}

void direct_sender_unmap(struct direct_sender *sender)
{
    munmap(sender->ring.stamps, mapped_size(&sender->ring));
    if (sender->acknowledgement != NULL) munmap((void *)(uintptr_t)sender->acknowledgement, MAPPED_PAGE);
}

void direct_receiver_unmap(struct direct_receiver *receiver)
{
    munmap(receiver->ring.stamps, mapped_size(&receiver->ring));
    if (receiver->acknowledgement != NULL) munmap(receiver->acknowledgement, MAPPED_PAGE);
}
