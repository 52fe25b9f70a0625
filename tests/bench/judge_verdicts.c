/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges messages by the tables of a system image, with the monitor's own code: for callgrind to count decide(),
 * decide_commit(), for lackey to trace what decide() loads, or for a clock. Nothing moves from one verdict to the next.
 *
 * usage: judge_verdicts IMAGE CHANNEL RANK PAYLOAD COUNT [SAMPLES | alone | long | both]
 *
 * The message is of the type that rule RANK of the channel allows, PAYLOAD its first bytes in hexadecimal, the rest zero.
 * CHANNEL `every`: one message of each channel in turn, but for those of a protocol or with a `restrict`. With SAMPLES a line
 * for each: nanoseconds of a verdict, and of a dependent addition before and after it: one clock of the processor, whatever its
 * frequency. With `alone` decide() is called and nothing else, with `long` without the channels' lines: by all checks. With
 * `both` each way of messages that have one thing wrong, or none: whether they say the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "decide.h"
#include "image_check.h"

#define USAGE "usage: judge_verdicts IMAGE CHANNEL RANK PAYLOAD COUNT [SAMPLES | alone | long | both]"
enum { ROUNDS = 200, ADDITIONS = 100, TSC_KHZ = 1000000 };
#define START (1ull << 40)            /* TSC at which all is judged */

static struct policy_tables policy, checked;      /* of a copy that verdicts alone look at, and of the image that is checked */
static const struct image_field *judged_fields;           /* the copy's */
static struct decide_pace paces[IMAGE_MAX_RULES], first_paces[IMAGE_MAX_RULES];    /* the latter for lines to be made of */
static uint64_t due[IMAGE_MAX_RULES], protocols[IMAGE_MAX_PROTOCOLS];
static struct decide_line lines[IMAGE_MAX_CHANNELS] __attribute__((aligned(64)));
static const struct decide_line none[IMAGE_MAX_CHANNELS];
static struct decide_state state = {
    .paces = paces, .lines = lines, .due = due, .protocols = protocols, .tsc_khz = TSC_KHZ
};
static struct decide_message messages[IMAGE_MAX_CHANNELS];
static struct decide_request requests[IMAGE_MAX_CHANNELS];
static uint32_t requests_count;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "judge_verdicts: %s\n", what);
    exit(2);
}

/* Prints where that lies which a verdict loads from, as `lines` of a trace are to be told apart. */
static void print_place(const char *what, const void *at, size_t size)
{
    printf("%s %p %zu\n", what, at, size);
}

static void open_image(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail("cannot read the image");
    size_t size = (size_t)ftell(file);
    rewind(file);
    void *image = malloc(size), *copy = aligned_alloc(IMAGE_PAGE, (size + IMAGE_PAGE - 1) / IMAGE_PAGE * IMAGE_PAGE);
    if (image == NULL || copy == NULL || fread(image, 1, size, file) != size) fail("cannot read the image");
    fclose(file);
    if (image_check(image, size).code != 0) fail("the image does not check");
    memcpy(copy, image, size);
    checked = policy_tables_open(image);
    struct policy_tables judged = policy_tables_open(copy);
    judged_fields = judged.fields;
    policy = judged;
    print_place("tables", (const uint8_t *)copy + checked.header->header_size, size - checked.header->header_size);
    print_place("index", &policy, sizeof policy);
    print_place("line", lines, sizeof lines);
    print_place("state", paces, sizeof paces);
    print_place("state", due, sizeof due);
}

static void put_payload(struct decide_message *m, const char *digits)
{
    if (strlen(digits) % 2 != 0 || strlen(digits) / 2 > m->header.length) fail("no such payload");
    for (uint8_t *to = m->payload; digits[0] != '\0'; digits += 2, to++) {
        unsigned byte;
        if (sscanf(digits, "%2x", &byte) != 1) fail("no such payload");
        *to = (uint8_t)byte;
    }
}

static void add_request(uint32_t channel, uint32_t rank, const char *payload)
{
    const struct image_channel *c = &checked.channels[channel];
    if (rank >= c->rule_count) fail("the channel has fewer rules");
    const struct image_rule *rule = &checked.rules[c->first_rule + rank];
    struct decide_message *m = &messages[requests_count];
    m->header = (struct message_header){
        .type = rule->type, .version = checked.types[rule->type].version, .length = checked.types[rule->type].size
    };
    put_payload(m, payload);
    requests[requests_count++] =
        (struct decide_request){ .message = m, .now = START, .plan = 0, .channel = channel, .subject = c->sender };
}

static bool stands_alone(uint32_t channel, uint32_t rank)
{
    const struct image_rule *rule = &checked.rules[checked.channels[channel].first_rule + rank];
    return rule->next == 0 && rule->protocol == IMAGE_NONE;
}

static void add_requests(const char *name, uint32_t rank, const char *payload)
{
    bool every = strcmp(name, "every") == 0;
    for (uint32_t i = 0; i < checked.channels_count; i++) {
        bool is_named = strncmp(name, checked.channels[i].name, IMAGE_NAME) == 0;
        if (every ? stands_alone(i, rank) : is_named) add_request(i, rank, payload);
    }
    if (requests_count == 0) fail("no such channel");
}

static bool same(const struct decide_verdict *a, const struct decide_verdict *b)
{
    return a->value == b->value && a->rule == b->rule && a->allow == b->allow && a->field == b->field &&
           a->allowed == b->allowed && a->feedback == b->feedback;
}

/* As before the first message. */
static void forget(const struct decide_verdict *v)
{
    uint32_t rule = v->allow;
    if (checked.rules[rule].protocol != IMAGE_NONE) protocols[checked.rules[rule].protocol] = decide_protocol_word(0, 0, START);
    do {
        due[rule] = 0;
        rule = checked.rules[rule].next;
    } while (rule != 0);
}

static uint64_t judge(uint64_t count, bool commits)
{
    struct decide_verdict v;
    uint64_t allowed = 0;
    for (uint64_t i = 0; i < count; i++) {
        decide(&policy, &state, &requests[i % requests_count], &v);
        if (!v.allowed) continue;
        if (!commits) allowed++;
        else allowed += decide_commit(&policy, &state, &v, START);
        forget(&v);
    }
    return allowed;
}

/* One thing at a time that a message may have otherwise than the one that is allowed; the first changes nothing. */
enum { CHANGES = 8 };
static void change(uint64_t what, struct decide_request *r, struct decide_message *m)
{
    uint32_t rule = checked.channels[r->channel].first_rule;
    switch (what % CHANGES) {
    case 1: m->header.type++; break;
    case 2: m->header.version ^= 1; break;
    case 3: m->header.length--; break;
    case 4: r->subject++; break;
    case 5: r->plan++; break;
    case 6: m->payload[what / CHANGES % m->header.length] ^= 0x80; break;
    case 7: due[rule] = START + what / CHANGES % 2 * paces[rule].tolerance + 1; break;
    default: break;
    }
}

static void compare_ways(uint64_t count)
{
    struct decide_verdict v, other;
    struct decide_state by_all = state;
    by_all.lines = none;
    for (uint64_t i = 0; i < count * CHANGES; i++) {
        struct decide_request r = requests[i / CHANGES % requests_count];
        struct decide_message m = *r.message;
        uint32_t rule = checked.channels[r.channel].first_rule;
        r.message = &m;
        change(i, &r, &m);
        decide(&policy, &state, &r, &v);
        decide(&policy, &by_all, &r, &other);
        due[rule] = 0;
        if (!same(&v, &other)) fail("a line says another verdict");
    }
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double time_addition(void)
{
    uint64_t sum = 1;
    double begin = now_ns();
    for (int i = 0; i < ROUNDS; i++) __asm__ volatile(".rept %c1\n add %0, %0\n .endr" : "+r"(sum) : "i"(ADDITIONS));
    return (now_ns() - begin) / (ROUNDS * ADDITIONS);
}

static double time_verdict(uint64_t count)
{
    struct decide_verdict v;
    double begin = now_ns();
    for (uint64_t i = 0, at = 0; i < count; i++) {
        decide(&policy, &state, &requests[at], &v);
        if (++at == requests_count) at = 0;
    }
    return (now_ns() - begin) / (double)count;
}

static void time_samples(uint64_t count, uint64_t samples)
{
    time_verdict(requests_count);     /* what is cold the first time is not what is asked for */
    for (; samples > 0; samples--) {
        double before = time_addition(), verdict = time_verdict(count);
        printf("sample %.4f %.6f %.6f\n", verdict, before, time_addition());
    }
}

/* Made of the tables that are checked, told of those that verdicts look at, and not looked at before them. */
static void make_lines(void)
{
    for (uint32_t i = 0; i < checked.channels_count; i++) {
        struct decide_line line = { .plans = 0 };
        decide_line(&checked, first_paces, &checked.channels[i], &line);
        if (line.plans != 0) {
            line.fields = judged_fields + (line.fields - checked.fields);
            line.fields_end = line.fields + line.field_count;
        }
        lines[i] = line;
    }
}

int main(int argc, char **argv)
{
    if (argc != 6 && argc != 7) fail(USAGE);
    const char *how = argc == 7 ? argv[6] : "";
    open_image(argv[1]);
    for (uint32_t i = 0; i < checked.rules_count; i++) paces[i] = first_paces[i] = decide_pace(&checked.rules[i], TSC_KHZ);
    make_lines();
    for (uint32_t i = 0; i < IMAGE_MAX_PROTOCOLS; i++) protocols[i] = decide_protocol_word(0, 0, START);
    add_requests(argv[2], (uint32_t)strtoul(argv[3], NULL, 10), argv[4]);
    uint64_t count = strtoull(argv[5], NULL, 10), samples = strtoull(how, NULL, 10);
    if (strcmp(how, "long") == 0) state.lines = none;
    uint64_t allowed = judge(count, strcmp(how, "alone") != 0);
    printf("channels %u rules %u subjects %u messages %u allowed %llu\n", checked.channels_count, checked.rules_count,
           checked.subjects_count, requests_count, (unsigned long long)allowed);
    if (strcmp(how, "both") == 0) compare_ways(count);
    else if (samples != 0) time_samples(count, samples);
    return 0;
}
