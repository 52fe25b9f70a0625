/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `asker`: gives its windows away, as policies/gives-subjects.policy lets it, and says on COM2 what comes of that.
 *
 *   asker calls=N wrong=W lost=L rounds=R           numbers asked of `callee`, answers that were not their square, registers
 *                                                   that were not kept, windows given for all of it
 *   asker crash epoch=E                             which life answers after one that ended in the time of `asker`
 *   asker TO back=soon|next                         after a window given to `spin`, which loops for ever, to `sink`, which only
 *                                                   waits, or to `triple`, which has stopped: when the time came back, mostly
 *   asker WHAT status=S                             a privilege of another, one that there is not
 *   asker done
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/clock.h"
#include "guest/direct.h"
#include "guest/guest.h"
#include "guest/serial.h"
#include "give.h"

enum { ASK, DROP, REPLY, REST, WASTE, MISSING = 99 };     /* the policy's privileges in the order of their names */
enum { ASKER_ASK, ASKER_ANSWER };    /* types in the order of their names */
enum { ASKER_CALLS = 300, ASKER_TRIES = 49, ASKER_PATIENCE = 1000000, ASKER_SOON_US = 3000 };

static const struct subject_info *asker_info;
static struct serial asker_serial;
static struct direct_sender asker_asks;
static struct direct_receiver asker_answers;
static uint32_t asker_lost, asker_rounds;

static void asker_give(uint64_t privilege, uint64_t pattern)
{
    uint64_t status;

    asker_rounds++;
    if (!give_window(asker_info, privilege, pattern, &status) || status != ABI_OK) asker_lost++;
}

/* Asks for one number and gives the window as often as it takes; answer: number, square, epoch. */
static bool asker_ask(uint64_t number, uint64_t answer[3])
{
    direct_push(&asker_asks, ASKER_ASK, &number, sizeof number);
    for (uint32_t i = 0; i < ASKER_PATIENCE; i++) {
        asker_give(ASK, 0xa5ce000ull + number);
        while (direct_pop(&asker_answers, ASKER_ANSWER, answer, 3 * sizeof *answer) == DIRECT_TAKEN) {
            if (answer[0] == number) return true;
        }
    }
    return false;
}

static void asker_call(void)
{
    uint32_t wrong = 0;
    uint64_t answer[3];

    for (uint64_t n = 1; n <= ASKER_CALLS; n++) wrong += !asker_ask(n, answer) || answer[1] != n * n || answer[2] != 0;
    serial_print(&asker_serial, "asker calls=%u wrong=%u lost=%u rounds=%u\n", (uint32_t)ASKER_CALLS, wrong, asker_lost,
                 asker_rounds);
    asker_ask(0, answer);
    serial_print(&asker_serial, "asker crash epoch=%u\n", (uint32_t)answer[2]);
}

/* By the majority: where the machine is emulated, a window now and then ends early or does not come. */
static void asker_waste(const char *to, uint64_t privilege)
{
    uint32_t soon = 0;

    for (uint32_t i = 0; i < ASKER_TRIES; i++) {
        call_make(ABI_CALL_WAIT, 0, 0, 0);            /* from a window's start */
        uint64_t before = clock_now();
        asker_give(privilege, i);
        soon += clock_now() - before < (uint64_t)ASKER_SOON_US * asker_info->tsc_khz / 1000;
    }
    serial_print(&asker_serial, "asker %s back=%s\n", to, soon > ASKER_TRIES / 2 ? "soon" : "next");
}

void guest_main(const struct subject_info *info)
{
    asker_info = info;
    serial_open(&asker_serial, SERIAL_COM2);
    if (!direct_sender_open(&asker_asks, info, "asks") || !direct_receiver_open(&asker_answers, info, "answers")) return;
    asker_call();
    asker_waste("spin", WASTE);
    asker_waste("sink", REST);
    asker_waste("triple", DROP);
    serial_print(&asker_serial, "asker foreign status=%u\n", (uint32_t)call_make(ABI_CALL_OPERATE, REPLY, 0, 0).status);
    serial_print(&asker_serial, "asker missing status=%u\n", (uint32_t)call_make(ABI_CALL_OPERATE, MISSING, 0, 0).status);
    serial_print(&asker_serial, "asker done\n");
}
