/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `passer`: passes memos on between the level below and the level above. Channels named `..._up` are the way up, where
 * all may go; `..._down` the way down, for memos marked with its parameter at most. A guard, or a desk without a person.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "stage.h"
#include "workstation.h"

static void passer_pass(struct stage *way, int64_t most)
{
    struct Memo memo;

    while (stage_take(&way->in, Memo_TYPE, &memo, sizeof memo)) {
        if (!Memo_valid(&memo, sizeof memo)) guest_fail();
        if (memo.marking <= most) stage_send(&way->out, Memo_TYPE, Memo_VERSION, &memo, sizeof memo);
    }
}

void guest_main(const struct subject_info *info)
{
    static struct stage up, down;

    if (info->param_count < 1) guest_fail();
    stage_open(&up, info, "_up");
    stage_open(&down, info, "_down");
    for (;;) {
        passer_pass(&up, INT64_MAX);
        passer_pass(&down, info->params[0]);
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
