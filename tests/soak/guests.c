/* SPDX-License-Identifier: Apache-2.0 */
/* The honest sender, the receiver and the audit subject of beside.policy. */
#include "guests.h"
#include "audit/record.h"
#include "beside_channels.h"
#include "guest/call.h"
#include "guest/select.h"

/*
 * Ticks of the programs' own work. In a window the receiver can take three times as much as the honest one sends in its own:
 * its turns go round three channels, of which the hostile one can keep two full.
 */
enum { SENDING = 60, TAKING = 20, READING = 2 };
enum { WORDS = sizeof(struct Sample) / 8, FREE_EACH = 32 };
#define DRAIN_FRAMES 8u               /* once all is sent: for what is on its way */

struct guests guests;

enum phase guests_phase(uint64_t frame)
{
    if (!guests.rests || !guests.attacks) return guests.attacks ? HOSTILE : QUIET;
    return frame / PHASE_FRAMES % 2 == 0 ? QUIET : HOSTILE;
}

/* ---- honest ---- */
static uint64_t below_limit(uint64_t *random, uint64_t limit)
{
    *random = soak_mix(*random + 1);
    return *random % limit;
}

static struct Sample make(uint64_t number)
{
    uint64_t random = number;
    return (struct Sample){
        .number = number,
        .lat = (int32_t)below_limit(&random, 108000001) - 54000000,
        .lon = (int32_t)below_limit(&random, 216000001) - 108000000,
        .speed = (uint16_t)below_limit(&random, 500),
        .kind = (uint8_t)below_limit(&random, 16),
        .words = soak_mix(random + 1), .more = soak_mix(random + 2), .spare = soak_mix(random + 3), .last = soak_mix(random + 4)
    };
}

static void flush(struct sender *sender)
{
    struct sender_result result = sender_flush(sender, ABI_BATCH_MAX);
    if (result.status != ABI_OK || result.accepted != result.count) guests.denials_seen++;
}

void guest_honest(const struct subject_info *info)
{
    struct sender sender;
    open_sender_samples(&sender, info);
    while (guests.sent.count < guests.wanted) {
        struct Sample sample = make(guests.sent.count);
        machine_spend(SENDING);
        queue_samples(&sender, &sample);
        soak_add(&guests.sent, Sample_TYPE, (const uint64_t *)(const void *)&sample, WORDS);
        if (sender.waiting == ABI_BATCH_MAX) flush(&sender);
    }
    flush(&sender);
    guests.last_frame = machine_frame();
}

/* ---- the receiver ---- */
static struct { uint64_t number, taken; } frame;      /* the one that is now */

static void close_frame(void)
{
    struct frames *f = &guests.frames[guests_phase(frame.number)];
    if (machine_frame() == frame.number) return;
    if (frame.number < guests.last_frame) {
        if (f->count++ == 0 || frame.taken < f->least) f->least = frame.taken;
        if (frame.taken > f->most) f->most = frame.taken;
        f->taken += frame.taken;
    }
    frame.number = machine_frame();
    frame.taken = 0;
}

static void take_sample(struct receiver *receiver)
{
    struct Sample sample;
    enum receive_result result = receive_samples(receiver, &sample);
    if (result == RECEIVE_REFUSED) guests.refused++;
    if (result != RECEIVE_TAKEN) return;
    frame.taken++;
    soak_add(&guests.taken, Sample_TYPE, (const uint64_t *)(const void *)&sample, WORDS);
}

static void take_flood(struct receiver *receiver)
{
    struct Sample sample;
    if (receive_flood(receiver, &sample) == RECEIVE_TAKEN) guests.flooded++;
}

static void take_noise(struct receiver *receiver)
{
    struct Noise noise;
    if (receive_noise(receiver, &noise) == RECEIVE_TAKEN) guests.flooded++;
}

/* One message a turn, whoever's it is; slots go back by the dozen, and when nothing is left. */
void guest_sink(const struct subject_info *info)
{
    static void (*const take[])(struct receiver *receiver) = { take_flood, take_noise, take_sample };
    static struct receiver from[3];
    struct select select;
    open_receiver_flood(&from[0], info);
    open_receiver_noise(&from[1], info);
    open_receiver_samples(&from[2], info);
    select_start(&select);
    for (uint32_t i = 0; i < 3; i++) select_add(&select, &from[i]);
    for (;;) {
        uint32_t i = select_poll(&select);
        close_frame();
        if (i != SELECT_NONE) {
            take[i](&from[i]);
            machine_spend(TAKING);
            if (from[i].next - from[i].freed >= FREE_EACH) receiver_free(&from[i]);
            continue;
        }
        for (i = 0; i < 3; i++) receiver_free(&from[i]);
        guests.lost = receiver_lost(&from[2]);
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}

/* ---- the audit subject ---- */
static void read_record(const struct audit_record *r)
{
    if (r->subject == SUBJECT_hostile && r->event == AUDIT_EVENT_DENIED) guests.denied += r->count;
    if (r->subject == SUBJECT_sink) guests.misrecorded++;
    if (r->subject != SUBJECT_honest) return;
    bool sample = r->event == AUDIT_EVENT_ALLOWED && r->channel == CHANNEL_samples;
    if (sample && r->other == guests.recorded && r->count == 1) guests.recorded++;
    else guests.misrecorded++;
}

/* Reads all that is sealed, in each of its windows; shuts the system down when the honest one has been done for a while. */
void guest_audit(const struct subject_info *info)
{
    const struct audit_ring *ring = (const void *)(uintptr_t)info->rings[0].gpa;
    const struct audit_record *records = (const void *)((const uint8_t *)ring + AUDIT_PAGE);
    uint64_t read = 0, before;
    for (;;) {
        do {
            struct call_answer answer = call_make(ABI_CALL_AUDIT_ACK, 0, read, 0);
            for (before = read; answer.status == ABI_OK && read < answer.result && read - before < ABI_AUDIT_ACK_MAX; read++) {
                machine_spend(READING);
                read_record(&records[read % ring->slots]);
            }
        } while (read > before);
        if (guests.last_frame != UINT64_MAX && machine_frame() > guests.last_frame + DRAIN_FRAMES)
            call_make(ABI_CALL_SHUTDOWN, 0, 0, 0);
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
