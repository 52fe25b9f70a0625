/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays messages against a system image: the kernel's own monitor on the compiled tables. Events come on the standard input;
 * for each message one line goes out, `allow RULE` or `deny RULE`: what the monitor puts on record, by the names of the image's
 * catalogue. The policy records everything.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "channels/abi.h"
#include "core/core.h"
#include "core/monitor.h"
#include "image_check.h"
#include "policy/catalogue.h"
#include "replay_core.h"
#include "state.h"

enum event_kind { EVENT_MESSAGE, EVENT_RESTART, EVENT_START, EVENT_RECEIVE };

/* As traffic.py packs it; `size` bytes of payload follow. */
struct event {
    uint8_t kind, plan;
    uint16_t subject;
    uint32_t channel;
    uint64_t now;
    uint16_t type, version;
    uint32_t length, size;
} __attribute__((packed));

static const struct catalogue_header *catalogue;

static void *read_image(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) replay_fail("cannot read the image");
    long size = ftell(file);
    rewind(file);
    void *image = size > 0 ? malloc((size_t)size) : NULL;
    if (image == NULL || fread(image, 1, (size_t)size, file) != (size_t)size) replay_fail("cannot read the image");
    fclose(file);
    if (image_check(image, (uint64_t)size).code != 0) replay_fail("the image does not check");
    return image;
}

static void find_catalogue(const uint8_t *image)
{
    const struct image_header *header = replay_core.tables.header;
    const struct image_component *components = policy_components(header);
    for (uint32_t i = 0; i < header->component_count; i++) {
        if (components[i].kind == IMAGE_COMPONENT_CATALOGUE) catalogue = (const void *)(image + components[i].offset);
    }
    if (catalogue == NULL) replay_fail("the image has no catalogue");
}

static const char *rule_name(uint32_t rule)
{
    const struct catalogue_entry *entries = (const void *)(catalogue + 1);
    for (uint32_t i = 0; i < catalogue->count; i++) {
        if (entries[i].kind == CATALOGUE_RULE && entries[i].index == rule) return entries[i].name;
    }
    return "?";
}

/* The system starts. */
static void start(void)
{
    memset(monitor_senders, 0, sizeof monitor_senders);
    memset(monitor_consumed, 0, sizeof monitor_consumed);
    memset(monitor_first, 0, sizeof monitor_first);
    memset(monitor_due, 0, sizeof monitor_due);
    monitor_start();
}

/* The sender writes the message into the first slot of its outbox, as far as it has room. */
static void outbox_put(const struct event *e, const uint8_t *payload)
{
    const struct image_channel *c = &replay_core.tables.channels[e->channel];
    const struct message_header header = { .type = e->type, .version = e->version, .length = e->length };
    uint8_t *slot = core_region(c->outbox_region);
    uint32_t room = c->slot_size - (uint32_t)sizeof header;
    memcpy(slot, &header, sizeof header);
    memcpy(slot + sizeof header, payload, e->size < room ? e->size : room);
}

static void judge(const struct event *e, const uint8_t *payload)
{
    struct monitor_send job;
    uint32_t before = replay_core.record_count;
    if (e->channel < replay_core.tables.channels_count) outbox_put(e, payload);
    if (monitor_send_begin(e->subject, e->channel, 0, 1, &job) == ABI_OK && !monitor_send_continue(e->subject, &job))
        replay_fail("a send of one message did not end");
    if (replay_core.record_count != before + 1) replay_fail("a message left no record, or more than one");
    const struct audit_record *r = &replay_core.record;
    bool allowed = r->event == AUDIT_EVENT_ALLOWED || r->event == AUDIT_EVENT_DOWNGRADE;
    printf("%s %s\n", allowed ? "allow" : "deny", rule_name(r->rule));
}

/* The receiver takes all that is there. */
static void receive(const struct event *e)
{
    if (monitor_receive(e->subject, e->channel, monitor_senders[e->channel].published) != ABI_OK)
        replay_fail("a receive was refused");
}

static void take(const struct event *e, const uint8_t *payload)
{
    replay_core.now = e->now;
    replay_core.plan = e->plan;
    switch (e->kind) {
    case EVENT_MESSAGE: judge(e, payload); break;
    case EVENT_RESTART: monitor_restarted(e->subject); break;
    case EVENT_START: start(); break;
    case EVENT_RECEIVE: receive(e); break;
    default: replay_fail("no such event");
    }
}

int main(int count, char **arguments)
{
    static uint8_t payload[IMAGE_MAX_MESSAGE];
    struct event e;
    if (count != 3) replay_fail("usage: replay IMAGE TICKS_PER_MS <events");
    void *image = read_image(arguments[1]);
    replay_core_open(image, (uint32_t)strtoul(arguments[2], NULL, 10));
    find_catalogue(image);
    while (fread(&e, sizeof e, 1, stdin) == 1) {
        if (e.size > sizeof payload) replay_fail("a payload is too long");
        if (fread(payload, 1, e.size, stdin) != e.size) replay_fail("the events end early");
        take(&e, payload);
    }
    free(image);
    return 0;
}
