/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `ops`: uses each privilege that policies/plans-parts.policy gives it, and some that it has not. Says on COM2 after
 * each `ops ACT status=S frames=F`: whether the frames that follow are `short` or `long`. At the end `ops done`.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/serial.h"

enum { DEGRADE, FOREIGN, HOLD, RECOVER, REVIVE, MISSING = 99 };   /* in the order of their names */
enum { OPS_SETTLE = 4, OPS_LOOK = 7, OPS_LONG_MS = 25 };     /* windows; the frames are 10 ms or 40 ms */

static const struct { const char *name; uint32_t privilege; } ops_acts[] = {
    { "hold", HOLD },       { "revive", REVIVE },   { "revive-again", REVIVE }, { "degrade", DEGRADE },
    { "degrade-again", DEGRADE }, { "recover", RECOVER }, { "foreign", FOREIGN }, { "missing", MISSING },
};

static uint64_t ops_now(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return low | (uint64_t)high << 32;
}

/* By the majority: where the machine is emulated, a window now and then comes late or not at all. */
static const char *ops_frames(uint32_t tsc_khz)
{
    uint32_t longer = 0;

    for (uint32_t i = 0; i < OPS_SETTLE + OPS_LOOK; i++) {
        uint64_t before = ops_now();
        call_make(ABI_CALL_WAIT, 0, 0, 0);
        longer += i >= OPS_SETTLE && ops_now() - before > (uint64_t)OPS_LONG_MS * tsc_khz;
    }
    return longer > OPS_LOOK / 2 ? "long" : "short";
}

void guest_main(const struct subject_info *info)
{
    struct serial serial;

    serial_open(&serial, SERIAL_COM2);
    for (uint32_t i = 0; i < sizeof ops_acts / sizeof ops_acts[0]; i++) {
        struct call_answer answer = call_make(ABI_CALL_OPERATE, ops_acts[i].privilege, 0, 0);
        serial_print(&serial, "ops %s status=%u frames=%s\n", ops_acts[i].name, (uint32_t)answer.status,
                     ops_frames(info->tsc_khz));
    }
    serial_print(&serial, "ops done\n");
    for (;;) call_make(ABI_CALL_WAIT, 0, 0, 0);
}
