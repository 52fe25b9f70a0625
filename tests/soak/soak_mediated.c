/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends many messages through a mediated channel, by the kernel's own code on the scripted machine, and has a hostile sender
 * beside the honest one in every second phase: what the honest one gets through in a frame of the plan must be the same.
 *
 * usage: soak_mediated IMAGE MESSAGES [quiet|hostile]; the last word: all the time. IMAGE is of beside.policy.
 *
 * Prints one line of JSON. Exit status 0: what was sent came, as it was sent, was recorded, and in time; 1: it did not, or the
 * kernel has stopped; 2: it could not be tried.
 */
#include <stdio.h>
#include <string.h>
#include "beside.h"
#include "core/subject.h"
#include "guests.h"

enum { LEAST_A_FRAME = 10, FRAMES_MORE = 1000, TOLD_EACH = 4096 };
#define MESSAGES_MAX (1ull << 40)
#define STAYS_WITHIN 0.05

static struct soak_progress progress;

/* ---- what the honest sender's calls cost: callgrind counts in counted_call() alone (test_soak.py) ---- */
bool __real_subject_call(uint32_t subject, uint64_t call, uint64_t a0, uint64_t a1, uint64_t a2);
bool __wrap_subject_call(uint32_t subject, uint64_t call, uint64_t a0, uint64_t a1, uint64_t a2);
bool counted_call(uint64_t call, uint64_t a0, uint64_t a1, uint64_t a2);

__attribute__((noinline)) bool counted_call(uint64_t call, uint64_t a0, uint64_t a1, uint64_t a2)
{
    bool enters = __real_subject_call(SUBJECT_honest, call, a0, a1, a2);
    __asm__ volatile("" : : : "memory");      /* no tail call: what it calls belongs to it */
    return enters;
}

bool __wrap_subject_call(uint32_t subject, uint64_t call, uint64_t a0, uint64_t a1, uint64_t a2)
{
    static uint32_t calls;
    if (++calls % TOLD_EACH == 0) soak_progress_at(&progress, guests.taken.count);
    if (subject == SUBJECT_honest) return counted_call(call, a0, a1, a2);
    return __real_subject_call(subject, call, a0, a1, a2);
}

/* ---- what it comes to ---- */
static double a_frame(enum phase phase)
{
    const struct frames *f = &guests.frames[phase];
    return f->count == 0 ? 0 : (double)f->taken / (double)f->count;
}

/* What the honest one gets through beside the hostile one, of what it does alone; where either was not tried: 1. */
static double share(void)
{
    if (guests.frames[QUIET].taken == 0 || guests.frames[HOSTILE].count == 0) return 1;
    return a_frame(HOSTILE) / a_frame(QUIET);
}

/* The same for the worst of the frames of each. */
static double share_at_worst(void)
{
    const struct frames *quiet = &guests.frames[QUIET], *hostile = &guests.frames[HOSTILE];
    if (quiet->least == 0 || hostile->count == 0) return 1;
    return (double)hostile->least / (double)quiet->least;
}

/* More is no harm. */
static bool stays_within(double share)
{
    return share >= 1 - STAYS_WITHIN;
}

static const char *judge(bool ended)
{
    const struct guests *g = &guests;
    if (!ended) return "the system did not end";
    if (g->sent.count != g->wanted) return "not all was sent";
    if (g->denials_seen != 0) return "the honest sender was denied something";
    if (g->lost != 0 || g->refused != 0) return "messages were lost, or would not have been let through";
    if (g->taken.count != g->sent.count) return "the counts differ";
    if (g->taken.digest != g->sent.digest) return "the digests differ";
    if (g->recorded != g->sent.count || g->misrecorded != 0) return "not each message is on record once, in its order";
    if (g->attacks && (g->acts == 0 || g->denied == 0 || g->flooded == 0)) return "the hostile sender did nothing";
    if (g->rests && g->attacks && (g->frames[QUIET].count == 0 || g->frames[HOSTILE].count == 0))
        return "too few messages for both phases";
    if (!stays_within(share()) || !stays_within(share_at_worst()))
        return "the hostile sender changes what the honest one gets through";
    return NULL;
}

static void print_frames(const char *name, enum phase phase)
{
    const struct frames *f = &guests.frames[phase];
    printf("\"%s\": {\"frames\": %llu, \"messages_a_frame\": %.3f, \"least\": %llu, \"most\": %llu}, ", name,
           (unsigned long long)f->count, a_frame(phase), (unsigned long long)f->least, (unsigned long long)f->most);
}

static int report(bool ended)
{
    const struct guests *g = &guests;
    const char *wrong = judge(ended);
    printf("{\"channel\": \"mediated\", \"sent\": %llu, \"taken\": %llu, \"lost\": %llu, \"recorded\": %llu, "
           "\"digest_sent\": \"%016llx\", \"digest_taken\": \"%016llx\", ", (unsigned long long)g->sent.count,
           (unsigned long long)g->taken.count, (unsigned long long)g->lost, (unsigned long long)g->recorded,
           (unsigned long long)g->sent.digest, (unsigned long long)g->taken.digest);
    print_frames("alone", QUIET);
    print_frames("beside_hostile", HOSTILE);
    printf("\"share\": %.4f, \"share_at_worst\": %.4f, ", share(), share_at_worst());
    printf("\"hostile\": {\"acts\": %llu, \"lives\": %llu, \"denied\": %llu, \"taken\": %llu}, ",
           (unsigned long long)g->acts, (unsigned long long)g->lives, (unsigned long long)g->denied,
           (unsigned long long)g->flooded);
    printf("\"seconds\": %.3f, \"wrong\": %s%s%s}\n", (double)(soak_now() - progress.begun) / 1e9,
           wrong == NULL ? "" : "\"", wrong == NULL ? "null" : wrong, wrong == NULL ? "" : "\"");
    return wrong != NULL;
}

int main(int argc, char **argv)
{
    static machine_program *const programs[] = {
        [SUBJECT_honest] = guest_honest, [SUBJECT_hostile] = guest_hostile, [SUBJECT_sink] = guest_sink,
        [SUBJECT_audit] = guest_audit
    };
    bool quiet = argc == 4 && strcmp(argv[3], "quiet") == 0, hostile = argc == 4 && strcmp(argv[3], "hostile") == 0;
    if (argc != 3 && !quiet && !hostile) {
        fprintf(stderr, "usage: soak_mediated IMAGE MESSAGES [quiet|hostile]\n");
        return SOAK_CANNOT;
    }
    guests = (struct guests){ .wanted = soak_number(argv[2], MESSAGES_MAX), .rests = !hostile, .attacks = !quiet,
                              .last_frame = UINT64_MAX };
    machine_open(argv[1]);
    soak_progress_begin(&progress, "mediated", guests.wanted);
    bool ended = machine_run(programs, guests.wanted / LEAST_A_FRAME + FRAMES_MORE);
    soak_progress_end(&progress);
    return report(ended);
}
