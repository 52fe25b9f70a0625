/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays a sequence of messages against a system image: the kernel's own verdict code on the compiled tables. Events come on
 * the standard input, a verdict for each message goes out: `allow RULE` or `deny RULE`, by the names of the image's catalogue.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "decide.h"
#include "image_check.h"
#include "policy/catalogue.h"

enum event_kind { EVENT_MESSAGE, EVENT_RESTART, EVENT_START };

/* As traffic.py packs it; `size` bytes of payload follow. */
struct event {
    uint8_t kind, plan;
    uint16_t subject;
    uint32_t channel;
    uint64_t now;
    uint16_t type, version;
    uint32_t length, size;
} __attribute__((packed));

struct replay {
    struct policy_tables tables;
    struct decide_state state;
    struct decide_pace paces[IMAGE_MAX_RULES];
    uint64_t due[IMAGE_MAX_RULES], protocols[IMAGE_MAX_PROTOCOLS];
    const struct catalogue_header *catalogue;
    struct decide_message message;
};

static void fail(const char *what)
{
    fprintf(stderr, "replay: %s\n", what);
    exit(2);
}

static void *read_image(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail("cannot read the image");
    long size = ftell(file);
    rewind(file);
    void *image = size > 0 ? malloc((size_t)size) : NULL;
    if (image == NULL || fread(image, 1, (size_t)size, file) != (size_t)size) fail("cannot read the image");
    fclose(file);
    if (image_check(image, (uint64_t)size).code != 0) fail("the image does not check");
    return image;
}

static void open_image(struct replay *r, const uint8_t *image, uint32_t tsc_khz)
{
    r->tables = policy_tables_open(image);
    const struct image_component *components = policy_components(r->tables.header);
    for (uint32_t i = 0; i < r->tables.header->component_count; i++) {
        if (components[i].kind == IMAGE_COMPONENT_CATALOGUE) r->catalogue = (const void *)(image + components[i].offset);
    }
    if (r->catalogue == NULL) fail("the image has no catalogue");
    for (uint32_t i = 0; i < r->tables.rules_count; i++) r->paces[i] = decide_pace(&r->tables.rules[i], tsc_khz);
    r->state = (struct decide_state){ .paces = r->paces, .due = r->due, .protocols = r->protocols, .tsc_khz = tsc_khz };
}

static const char *rule_name(const struct replay *r, uint32_t rule)
{
    const struct catalogue_entry *entries = (const void *)(r->catalogue + 1);
    for (uint32_t i = 0; i < r->catalogue->count; i++) {
        if (entries[i].kind == CATALOGUE_RULE && entries[i].index == rule) return entries[i].name;
    }
    return "?";
}

/* The system starts. */
static void start(struct replay *r, uint64_t now)
{
    memset(r->due, 0, sizeof r->due);
    for (uint32_t i = 0; i < r->tables.protocols_count; i++) r->protocols[i] = decide_protocol_word(0, 0, now);
}

/* As monitor_restarted() does. */
static void restart(struct replay *r, uint16_t subject, uint64_t now)
{
    for (uint32_t i = 0; i < r->tables.resets_count; i++) {
        const struct image_reset *reset = &r->tables.resets[i];
        if (reset->subject == subject) r->protocols[reset->protocol] = decide_protocol_word(0, 0, now);
    }
}

static void judge(struct replay *r, const struct event *e)
{
    struct decide_verdict v;
    r->message.header = (struct message_header){ .type = e->type, .version = e->version, .length = e->length };
    struct decide_request request = {
        .message = &r->message, .now = e->now, .plan = e->plan, .channel = e->channel, .subject = e->subject
    };
    decide(&r->tables, &r->state, &request, &v);
    if (v.allowed && !decide_commit(&r->tables, &r->state, &v, e->now)) fail("a commit failed without another CPU");
    printf("%s %s\n", v.allowed ? "allow" : "deny", rule_name(r, v.rule));
}

int main(int count, char **arguments)
{
    static struct replay r;
    struct event e;
    if (count != 3) fail("usage: replay IMAGE TICKS_PER_MS <events");
    void *image = read_image(arguments[1]);
    open_image(&r, image, (uint32_t)strtoul(arguments[2], NULL, 10));
    while (fread(&e, sizeof e, 1, stdin) == 1) {
        if (e.size > sizeof r.message.payload) fail("a payload is too long");
        /* What is not copied from the slot stays from the message before, as in the kernel. */
        if (fread(r.message.payload, 1, e.size, stdin) != e.size) fail("the events end early");
        if (e.kind == EVENT_START) start(&r, e.now);
        else if (e.kind == EVENT_RESTART) restart(&r, e.subject, e.now);
        else judge(&r, &e);
    }
    free(image);
    return 0;
}
