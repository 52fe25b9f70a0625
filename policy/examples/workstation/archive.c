/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `archive`: takes what the desks file, each on a channel of its own, a memo of each in turn, and keeps the last of it
 * in its memory. It has no channel out: what is on file stays there.
 */
#include "guest/guest.h"
#include "guest/select.h"
#include "workstation_channels.h"

enum { ARCHIVE_S, ARCHIVE_U, ARCHIVE_DESKS, ARCHIVE_MEMOS = 4096 };      /* in the order in which they are added */

struct archive_file {
    struct receiver in;
    uint32_t count;
    struct Memo memos[ARCHIVE_MEMOS];
};

static struct archive_file archive_files[ARCHIVE_DESKS];

static void archive_take(uint32_t desk)
{
    struct archive_file *file = &archive_files[desk];
    struct Memo *place = &file->memos[file->count % ARCHIVE_MEMOS], memo;
    enum receive_result result = desk == ARCHIVE_S ? receive_s_file(&file->in, &memo) : receive_u_file(&file->in, &memo);

    if (result == RECEIVE_REFUSED) guest_fail();
    if (result != RECEIVE_TAKEN) return;
    *place = memo;
    file->count++;
    receiver_free(&file->in);
}

void guest_main(const struct subject_info *info)
{
    static struct select select;

    if (!open_receiver_s_file(&archive_files[ARCHIVE_S].in, info) || !open_receiver_u_file(&archive_files[ARCHIVE_U].in, info))
        guest_fail();
    select_start(&select);
    for (uint32_t desk = 0; desk < ARCHIVE_DESKS; desk++) select_add(&select, &archive_files[desk].in);
    for (;;) {
        uint32_t desk = select_wait(&select);
        if (desk != SELECT_NONE) archive_take(desk);
    }
}
