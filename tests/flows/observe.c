/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each subject of a system sees while all act at random: the whole kernel (core, monitor, audit) on the scripted machine.
 * Each line on the standard input is a run: a seed for each subject, in hexadecimal. Each run is a line on the standard output:
 * for each subject how often it ran and a hash of all that it saw at these times. What a subject does depends on its seed and
 * on how often it has run, and on nothing that it sees, but that it takes no message that has not come.
 *
 * usage: observe IMAGE FRAMES ACKS [CHANNEL SUBJECT]...: who shares an outbox. ACKS 0: nobody reads the audit ring
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "channels/abi.h"
#include "channels/info.h"
#include "channels/message.h"
#include "core/audit.h"
#include "core/console.h"
#include "core/core.h"
#include "core/monitor.h"
#include "core/schedule.h"
#include "core/start.h"
#include "core/subject.h"
#include "host/host.h"
#include "image_check.h"

enum { KHZ = 1000, START_TSC = 1000, ACTS = 7, ACT_TICKS = 100, SHARERS = 64, TYPES_TRIED = 8 };

struct sharer { uint32_t channel, subject; };

static void **regions;
static struct sharer sharers[SHARERS];
static uint32_t sharer_count;
static uint64_t seeds[IMAGE_MAX_SUBJECTS], seen[IMAGE_MAX_SUBJECTS], received[IMAGE_MAX_CHANNELS], acknowledged;
static bool acks;

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "observe: %s\n", what);
    exit(2);
}

/* ---- what the kernel asks of others ---- */
void *core_region(uint32_t region)
{
    return regions[region];
}

_Noreturn void core_panic(const char *what, const char *file, int line)
{
    fprintf(stderr, "observe: panic: %s at %s:%d\n", what, file, line);
    abort();
}

void console_print(const char *format, ...)
{
    (void)format;
}

/* ---- chance ---- */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

static uint32_t draw(uint64_t *state, uint32_t most)
{
    *state += 0x9e3779b97f4a7c15ull;
    return (uint32_t)(mix(*state) % most);
}

/* ---- what a subject sees ---- */
static void see(uint32_t subject, const void *data, uint64_t size)
{
    const uint8_t *bytes = data;
    for (uint64_t i = 0; i < size; i++) seen[subject] = (seen[subject] ^ bytes[i]) * 0x100000001b3ull;
}

static void see_region(uint32_t subject, uint32_t region)
{
    see(subject, regions[region], core_policy()->regions[region].size);
}

static bool shares(uint32_t subject, uint32_t channel)
{
    for (uint32_t i = 0; i < sharer_count; i++) {
        if (sharers[i].channel != channel) continue;
        if (sharers[i].subject == subject || core_policy()->channels[channel].sender == subject) return true;
    }
    return false;
}

/* Memory, events and the last answer. The events are taken. */
static void look(uint32_t subject)
{
    const struct policy_tables *policy = core_policy();
    const struct image_subject *s = &policy->subjects[subject];
    uint64_t events = event_take(subject);
    see(subject, host.answers[subject], sizeof host.answers[subject]);
    see(subject, &events, sizeof events);
    see(subject, &((struct subject_info *)regions[s->info_region])->epoch, sizeof(uint32_t));
    for (uint32_t i = 0; i < policy->channels_count; i++) {
        if (policy->channels[i].receiver == subject) see_region(subject, policy->channels[i].inbox_region);
        if (shares(subject, i)) see_region(subject, policy->channels[i].outbox_region);
    }
    if (s->privileges & IMAGE_MAY_READ_AUDIT) see_region(subject, policy->cpus[0].audit_region);
}

/* ---- what a subject does ---- */
/* A message of a type that the channel may have a rule for, into one of the first two slots. */
static void write_message(uint32_t channel, uint64_t *chance)
{
    const struct policy_tables *policy = core_policy();
    const struct image_channel *c = &policy->channels[channel];
    uint8_t *slot = (uint8_t *)regions[c->outbox_region] + draw(chance, 2) * c->slot_size;
    uint32_t rule = c->first_rule + draw(chance, c->rule_count), type = policy->rules[rule].type;
    struct message_header header = { .type = (uint16_t)type, .version = policy->types[type].version,
                                     .length = policy->types[type].size };
    memcpy(slot, &header, sizeof header);
    memset(slot + sizeof header, 0, header.length);
    slot[sizeof header] = (uint8_t)draw(chance, TYPES_TRIED);
}

static bool is_sender(uint32_t subject, uint32_t channel)
{
    return core_policy()->channels[channel].sender == subject;
}

static void call(struct host_act *act, uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2)
{
    *act = (struct host_act){ .calls = true, .call = number, .args = { a0, a1, a2 } };
}

/* One more message than before if it has come: a refusal would be on record, and is the subject's own doing. */
static void receive_next(uint32_t channel, struct host_act *act)
{
    const struct inbox_header *inbox = regions[core_policy()->channels[channel].inbox_region];
    if (received[channel] < inbox->first) received[channel] = inbox->first;
    if (++received[channel] <= inbox->published) call(act, ABI_CALL_RECEIVE, channel, received[channel], 0);
}

static void act_on_channel(uint32_t subject, uint32_t channel, uint64_t *chance, struct host_act *act)
{
    bool sends = is_sender(subject, channel);
    if ((sends || shares(subject, channel)) && draw(chance, 4) != 0) write_message(channel, chance);
    if (sends && draw(chance, 8) == 0) call(act, ABI_CALL_NOTIFY, channel, 0, 0);
    else if (sends) call(act, ABI_CALL_SEND, channel, 0, 1 + draw(chance, 2));
    else if (core_policy()->channels[channel].receiver == subject) receive_next(channel, act);
}

static void act_at_random(uint32_t subject, uint64_t chance, struct host_act *act)
{
    const struct policy_tables *policy = core_policy();
    const struct image_subject *s = &policy->subjects[subject];
    call(act, ABI_CALL_NULL, 0, 0, 0);
    uint32_t what = draw(&chance, 16);
    if (what == 0 && s->restart_max > 0 && draw(&chance, 4) == 0)
        *act = (struct host_act){ .exit = HOST_FAULTS, .rule = IMAGE_RULE_CALL };
    else if (what < 4 && policy->operations_count > 0)
        call(act, ABI_CALL_OPERATE, draw(&chance, policy->operations_count), 0, 0);
    else if (what < 8 && acks && (s->privileges & IMAGE_MAY_READ_AUDIT))
        call(act, ABI_CALL_AUDIT_ACK, 0, acknowledged += draw(&chance, 3), 0);
    else if (policy->channels_count > 0)
        act_on_channel(subject, draw(&chance, policy->channels_count), &chance, act);
}

static bool script(uint32_t subject, uint32_t n, struct host_act *act)
{
    look(subject);
    host.now += ACT_TICKS;
    if (n % ACTS == ACTS - 1) return false;
    act_at_random(subject, mix(seeds[subject] + n), act);
    return true;
}

/* ---- a run ---- */
static void make_regions(void)
{
    const struct policy_tables *policy = core_policy();
    regions = calloc(policy->regions_count + 1, sizeof *regions);
    for (uint32_t i = 0; regions != NULL && i < policy->regions_count; i++) {
        regions[i] = calloc(1, policy->regions[i].size);
        if (regions[i] == NULL) give_up("out of memory");
    }
    if (regions == NULL) give_up("out of memory");
}

static void run(uint32_t frames)
{
    const struct policy_tables *policy = core_policy();
    uint64_t major = (uint64_t)policy->plans[0].major_us * KHZ / 1000;
    host_reset(script, START_TSC + frames * major);
    host.stands_still = true;
    host.now = START_TSC - 1;
    schedule_start(START_TSC, KHZ);
    audit_start();
    monitor_start();
    subject_start_all();
    host_run(schedule_run, 0);
    for (uint32_t s = 0; s < policy->subjects_count; s++)
        printf("%u:%016llx ", host.entered[s], (unsigned long long)seen[s]);
    puts("");
    fflush(stdout);
}

static void read_image(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) give_up("cannot read the image");
    long size = ftell(file);
    rewind(file);
    void *image = size > 0 ? malloc((size_t)size) : NULL;
    if (image == NULL || fread(image, 1, (size_t)size, file) != (size_t)size) give_up("cannot read the image");
    fclose(file);
    if (image_check(image, (uint64_t)size).code != 0) give_up("the image does not check");
    core_policy_tables = policy_tables_open(image);
}

static bool read_seeds(char *line)
{
    char *at = strtok(line, " \n");
    for (uint32_t s = 0; s < core_policy()->subjects_count; s++, at = strtok(NULL, " \n")) {
        if (at == NULL) return false;
        seeds[s] = strtoull(at, NULL, 16);
    }
    return true;
}

int main(int count, char **arguments)
{
    char line[4096];
    int status = 0;
    if (count < 4 || count % 2 != 0) give_up("usage: observe IMAGE FRAMES ACKS [CHANNEL SUBJECT]...");
    read_image(arguments[1]);
    uint32_t frames = (uint32_t)atoi(arguments[2]);
    acks = atoi(arguments[3]) != 0;
    for (int i = 4; i < count && sharer_count < SHARERS; i += 2)
        sharers[sharer_count++] = (struct sharer){ (uint32_t)atoi(arguments[i]), (uint32_t)atoi(arguments[i + 1]) };
    make_regions();
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (!read_seeds(line)) give_up("a seed for each subject");
        pid_t child = fork();         /* the kernel starts once */
        if (child < 0) give_up("cannot fork");
        if (child == 0) {
            run(frames);
            _exit(0);
        }
        if (waitpid(child, &status, 0) < 0 || status != 0) give_up("a run failed");
    }
    return 0;
}
