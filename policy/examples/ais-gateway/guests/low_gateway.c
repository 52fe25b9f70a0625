/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of low. COM2 and the notices are untrusted: the former is what the world says, the latter is checked by the monitor.
 *
 * The result of a batch names the rule of its first denial alone. So a report that its type will not allow goes by itself, and
 * every rule's denials are counted as they are.
 */
#include "low_gateway.h"
#include "ais_gateway_channels.h"
#include "guest/call.h"
#include "guest/clock.h"
#include "guest/guest.h"

enum {
    LOW_STATUS_MS = 5000,             /* between two status lines */
    LOW_PATIENCE_US = 1000,           /* without input before the rest of a window is given up */
    LOW_POLL_US = 20,                 /* between two looks at a quiet port; an emulated one must get a turn to fill it */
    LOW_READ_BYTES = 16               /* at a time: less than any two reports */
};

void low_open(struct low *low, const struct subject_info *info)
{
    low->info = info;
    serial_open(&low->serial, SERIAL_COM2);
    if (!open_sender_reports(&low->reports, info) || !open_receiver_notices(&low->notices, info)) guest_fail();
}

static void low_count_denials(struct low *low, uint32_t rule, uint32_t count)
{
    struct low_denials *entry = low->denials;

    while (entry < &low->denials[LOW_RULES - 1] && entry->count != 0 && entry->rule != rule) entry++;
    *entry = (struct low_denials){ .rule = rule, .count = entry->count + count };
    low->denied += count;
}

/* Sends what the rate allows now. */
static void low_send(struct low *low)
{
    struct sender_result result = sender_flush(&low->reports, sender_allowance(&low->reports));

    if (result.count == 0) return;
    low->sent += result.count;
    low->accepted += result.accepted;
    if (result.accepted < result.count) low_count_denials(low, result.rule, result.count - result.accepted);
}

static void low_take_notices(struct low *low)
{
    enum receive_result result;
    struct Notice notice;

    while ((result = receive_notices(&low->notices, &notice)) == RECEIVE_TAKEN) {
        low->noticed++;
        serial_print(&low->serial, "low notice id=%d lat=%d lon=%d\n", notice.id, notice.lat, notice.lon);
    }
    if (result == RECEIVE_REFUSED) guest_fail();
    receiver_free(&low->notices);
}

/* Sends all that waits, however long the rate makes it take. */
static void low_drain(struct low *low)
{
    while (low->reports.waiting > 0) {
        low_send(low);
        low_take_notices(low);
        if (low->reports.waiting > 0) call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}

static void low_queue(struct low *low, const struct PositionReport *report)
{
    bool valid = PositionReport_valid(report, sizeof *report);

    if (!valid) low_drain(low);
    while (!queue_reports(&low->reports, report)) low_drain(low);
    if (!valid) low_drain(low);
}

static void low_print_counts(struct low *low, const char *what)
{
    const struct intake_counts *counts = &low->intake.counts;

    for (uint32_t i = 0; i < LOW_RULES && low->denials[i].count != 0; i++) {
        serial_print(&low->serial, "low denied rule=%u count=%u\n", low->denials[i].rule, low->denials[i].count);
    }
    serial_print(&low->serial,
                 "low %s lines=%u sentences=%u damaged=%u lost_parts=%u messages=%u ignored=%u misfits=%u reports=%u sent=%u "
                 "accepted=%u denied=%u notices=%u overruns=%u\n",
                 what, counts->lines, counts->sentences, counts->damaged, low->intake.decoder.lost, counts->messages,
                 counts->ignored, counts->misfits, counts->reports, low->sent, low->accepted, low->denied, low->noticed,
                 low->serial.overruns);
}

/* Takes what has come in at COM2. False if that was nothing. */
static bool low_take_input(struct low *low)
{
    char bytes[LOW_READ_BYTES];
    size_t count = serial_read(&low->serial, bytes, sizeof bytes);

    for (size_t i = 0; i < count; i++) {
        struct PositionReport report;
        enum intake_event event = intake_add(&low->intake, bytes[i], &report);
        if (event == INTAKE_REPORT) low_queue(low, &report);
        if (event == INTAKE_END) {
            low_drain(low);
            low_print_counts(low, "done");
        }
    }
    return count > 0;
}

static uint64_t low_ticks(const struct low *low, uint32_t us)
{
    return (uint64_t)low->info->tsc_khz * us / 1000;
}

static void low_rest(const struct low *low)
{
    uint64_t begun = clock_now();

    while (clock_now() - begun < low_ticks(low, LOW_POLL_US)) continue;
}

/*
 * Polls through its window while input comes, since the port holds 16 bytes only; gives the CPU up when the line is quiet.
 */
_Noreturn void low_run(struct low *low)
{
    uint64_t heard = clock_now(), told = heard;

    serial_print(&low->serial, "low ready epoch=%u\n", low->info->epoch);
    for (;;) {
        if (low_take_input(low)) {
            heard = clock_now();
        } else {
            low_rest(low);
        }
        low_send(low);
        low_take_notices(low);
        if (clock_now() - told > clock_ticks(low->info->tsc_khz, LOW_STATUS_MS)) {
            told = clock_now();
            low_print_counts(low, "status");
        }
        if (clock_now() - heard > low_ticks(low, LOW_PATIENCE_US)) {
            call_make(ABI_CALL_WAIT, 0, 0, 0);
            heard = clock_now();
        }
    }
}
