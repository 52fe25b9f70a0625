/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `callee`: answers on `answers` each number that comes on `asks` with its square and with which of its lives that is,
 * and gives the window back, its registers full of something else. In its first life it fails of the number 0.
 */
#include "channels/abi.h"
#include "guest/direct.h"
#include "guest/guest.h"
#include "give.h"

enum { CALLEE_ASK, CALLEE_ANSWER };   /* types in the order of their names */
enum { CALLEE_REPLY = 2 };            /* among the privileges of policies/gives-subjects.policy, in the order of their names */

static bool give_back(const struct subject_info *info, const struct direct_receiver *asks)
{
    uint64_t status;
    return give_window(info, CALLEE_REPLY, 0xca11ull + direct_number(&asks->ring), &status) && status == ABI_OK;
}

void guest_main(const struct subject_info *info)
{
    struct direct_receiver asks;
    struct direct_sender answers;
    uint64_t number, lost = 0;

    if (!direct_receiver_open(&asks, info, "asks") || !direct_sender_open(&answers, info, "answers")) return;
    for (;;) {
        while (direct_pop(&asks, CALLEE_ASK, &number, sizeof number) == DIRECT_TAKEN) {
            if (number == 0 && info->epoch == 0) guest_fail();
            const uint64_t answer[3] = { number, number * number + lost, info->epoch };
            while (!direct_push(&answers, CALLEE_ANSWER, answer, sizeof answer)) lost += !give_back(info, &asks);
        }
        lost += !give_back(info, &asks);
    }
}
