/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of `prober` that are about instructions. */
#include "acts.h"
#include "prober.h"

static void tell(struct serial *serial, const char *mode, uint32_t outcome)
{
    static const struct { uint32_t outcome; const char *name; } names[] = {
        { ATTEMPT_PASSED, "own" }, { ACTS_DENIED, "denied" }, { 3, "#BP" }, { 6, "#UD" }, { 13, "#GP" }
    };
    if (outcome == ACTS_NONE) return;
    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].outcome != outcome) continue;
        serial_print(serial, " %s=%s", mode, names[i].name);
        return;
    }
    serial_print(serial, " %s=vector-%u", mode, outcome);
}

void prober_try_acts(struct serial *serial)
{
    static const char *const modes[ATTEMPT_MODES] = { "64", "32", "16", "user", "user32" };
    for (uint32_t act = 0; acts_name(act) != 0; act++) {
        serial_print(serial, "probe act %s", acts_name(act));
        for (uint32_t mode = 0; mode < ATTEMPT_MODES; mode++) tell(serial, modes[mode], acts_try(act, mode));
        serial_print(serial, "\n");
    }
}

/* ---- what ends a life ---- */
uint32_t prober_end_life(struct serial *serial, uint32_t epoch)
{
    static const struct { const char *name; enum attempt_flags flags; const char *code; uint32_t size; } ends[] = {
        { "single-step", ATTEMPT_STEP, "\x90\x90", 2 },               /* TF: #DB, which could be made to loop */
        { "triple-fault", ATTEMPT_PLAIN, "\x0f\x01\x1e\x0f\x0b", 5 }, /* an empty table of gates, then #UD */
    };
    static uint8_t no_gates[16];
    struct attempt_registers r = { .rsi = (uint64_t)no_gates };
    if (epoch >= sizeof ends / sizeof *ends) return 0;
    serial_print(serial, "probe end %s epoch=%u\n", ends[epoch].name, epoch);
    uint32_t outcome = attempt(ATTEMPT_64, ends[epoch].flags, ends[epoch].code, ends[epoch].size, &r);
    serial_print(serial, "probe odd end %x vector=%u\n", epoch, outcome);
    return 1;
}
