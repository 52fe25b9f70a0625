/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `giver`: sends as many batches a window as its parameter says, each by one hypercall, and the same on a direct
 * channel. One message of each is not valid; it ends itself if a batch does not tell of each message what it must.
 */
#include "choose_channels.h"
#include "guest/call.h"
#include "guest/guest.h"

enum { GIVER_BATCH = 9, GIVER_INVALID = 2 };          /* with the valid ones the outbox is full */

struct giver {                        /* one for each channel, as far as they differ */
    bool (*open)(struct sender *, const struct subject_info *);
    bool (*open_beams)(struct direct_sender *, const struct subject_info *);
    struct send_batch (*send)(struct sender *, const struct Tick *, uint32_t, enum send_result *);
    struct send_batch (*send_beams)(struct direct_sender *, const struct Tick *, uint32_t, enum send_result *);
};

static const struct giver givers[] = {
    { open_sender_ones, open_sender_one_beams, send_ones__batch, send_one_beams__batch },
    { open_sender_twos, open_sender_two_beams, send_twos__batch, send_two_beams__batch },
    { open_sender_threes, open_sender_three_beams, send_threes__batch, send_three_beams__batch },
};

static void giver_check(struct send_batch batch, const enum send_result *results)
{
    if (batch.status != ABI_OK || batch.tried != GIVER_BATCH || batch.sent != GIVER_BATCH - 1) guest_fail();
    for (uint32_t i = 0; i < GIVER_BATCH; i++) {
        if (results[i] != (i == GIVER_INVALID ? SEND_INVALID : SEND_DONE)) guest_fail();
    }
}

void guest_main(const struct subject_info *info)
{
    struct direct_sender beams;
    struct sender sender;
    uint8_t which = 0;
    uint32_t number = 0;

    while (which < sizeof givers / sizeof *givers && !givers[which].open(&sender, info)) which++;
    if (which == sizeof givers / sizeof *givers || info->param_count == 0 || !givers[which].open_beams(&beams, info))
        guest_fail();
    for (;;) {
        for (int64_t i = 0; i < info->params[0]; i++) {
            struct Tick ticks[GIVER_BATCH];
            enum send_result results[GIVER_BATCH];
            for (uint32_t k = 0; k < GIVER_BATCH; k++) {
                uint8_t giver = k == GIVER_INVALID ? 0 : (uint8_t)(which + 1);
                ticks[k] = (struct Tick){ .number = ++number, .giver = giver };
            }
            giver_check(givers[which].send(&sender, ticks, GIVER_BATCH, results), results);
            giver_check(givers[which].send_beams(&beams, ticks, GIVER_BATCH, results), results);
        }
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
