/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `archive`: takes what the desks file, each on a channel of its own, and keeps the last of it in its memory. It has no
 * channel out: what is on file stays there.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "stage.h"
#include "workstation.h"

enum { ARCHIVE_DESKS = 2, ARCHIVE_MEMOS = 4096 };

static const char *const archive_channels[ARCHIVE_DESKS] = { "s_file", "u_file" };

struct archive_file {
    struct receiver in;
    uint32_t count;
    struct Memo memos[ARCHIVE_MEMOS];
};

static void archive_take(struct archive_file *file)
{
    struct Memo memo;

    while (stage_take(&file->in, Memo_TYPE, &memo, sizeof memo)) {
        if (!Memo_valid(&memo, sizeof memo)) guest_fail();
        file->memos[file->count++ % ARCHIVE_MEMOS] = memo;
    }
}

void guest_main(const struct subject_info *info)
{
    static struct archive_file files[ARCHIVE_DESKS];

    for (uint32_t desk = 0; desk < ARCHIVE_DESKS; desk++) stage_open_in(&files[desk].in, info, archive_channels[desk]);
    for (;;) {
        for (uint32_t desk = 0; desk < ARCHIVE_DESKS; desk++) archive_take(&files[desk]);
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
