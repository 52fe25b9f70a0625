/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays messages against a system image: the kernel's own monitor on the compiled tables. Events come on the standard input;
 * for each message one line goes out, such as `allow RULE flow+payload told`: whether the receiver got it, what the monitor put
 * on record, by the names of the image's catalogue, and whether the sender was told of a denial. For the use of a privilege the
 * line is `allow RULE` or `deny RULE`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "channels/abi.h"
#include "core/core.h"
#include "core/monitor.h"
#include "image_check.h"
#include "guest/catalogue.h"
#include "replay_core.h"
#include "state.h"

enum event_kind {
    EVENT_MESSAGE, EVENT_RESTART, EVENT_START, EVENT_RECEIVE, EVENT_OPERATE, EVENT_NOTIFY, EVENT_FRAME, EVENT_LABEL
};

/* As traffic.py packs it; `size` bytes of payload follow. The channel of an operation is the operation. */
struct event {
    uint8_t kind, zero;
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
    const struct image_header *header = core_policy_tables.header;
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

/* ---- what happens beside messages ---- */
/* The system starts. */
static void start(void)
{
    memset(monitor_senders, 0, sizeof monitor_senders);
    memset(monitor_consumed, 0, sizeof monitor_consumed);
    memset(monitor_first, 0, sizeof monitor_first);
    memset(monitor_due, 0, sizeof monitor_due);
    replay_core_start();
    monitor_start();
}

/* The receiver takes all that is there. */
static void receive(const struct event *e)
{
    if (monitor_receive(e->subject, e->channel, monitor_senders[e->channel].published) != ABI_OK)
        replay_fail("a receive was refused");
}

static void restart(uint32_t subject)
{
    replay_core.stopped[subject] = false;
    if (monitor_restarted(subject, 1) != 0) abort();
}

/* Gives a subject in the checked tables the label that the policy gave another: start-up would have looked at that one. */
static void relabel(const struct event *e)
{
    struct image_subject *s = (struct image_subject *)&core_policy_tables.subjects[e->subject];
    if (e->type >= core_policy_tables.subjects_count) replay_fail("no such subject");
    s->label_low = replay_core.subjects[e->type].label_low;
    s->label_high = replay_core.subjects[e->type].label_high;
    notify_start(&core_policy_tables);
    for (uint32_t i = 0; i < core_policy_tables.channels_count; i++) {
        decide_line(&core_policy_tables, monitor_paces, &core_policy_tables.channels[i], &monitor_lines[i]);
    }
}

/* ---- messages ---- */
/* The sender writes the message into the first slot of its outbox, as far as it has room. */
static void outbox_put(const struct event *e, const uint8_t *payload)
{
    const struct image_channel *c = &core_policy_tables.channels[e->channel];
    const struct message_header header = { .type = e->type, .version = e->version, .length = e->length };
    uint8_t *slot = core_region(c->outbox_region);
    uint32_t room = c->slot_size - (uint32_t)sizeof header;
    memcpy(slot, &header, sizeof header);
    memcpy(slot + sizeof header, payload, e->size < room ? e->size : room);
}

static uint64_t delivered(const struct event *e)
{
    return e->channel < core_policy_tables.channels_count ? monitor_senders[e->channel].published : 0;
}

static const char *payload_mark(const struct audit_record *r, const struct event *e, const uint8_t *payload)
{
    if (r->payload_length == 0) return "";
    uint32_t wanted = e->size < AUDIT_PAYLOAD_MAX ? e->size : AUDIT_PAYLOAD_MAX;
    return r->payload_length == wanted && memcmp(r->payload, payload, wanted) == 0 ? "+payload" : "+other";
}

/* A verdict that leaves no record shows no rule. */
static void print_verdict(const struct event *e, const uint8_t *payload, bool allowed, bool recorded, bool told)
{
    const struct audit_record *r = &replay_core.record;
    const char *class_ = !recorded ? "nothing" : r->class_ == IMAGE_CLASS_FLOW ? "flow" : "security";
    bool releases = r->event == AUDIT_EVENT_DOWNGRADE || r->event == AUDIT_EVENT_ENDORSE;
    bool record_allows = r->event == AUDIT_EVENT_ALLOWED || releases;
    if (recorded && record_allows != allowed) replay_fail("the record says another verdict than the inbox");
    printf("%s %s %s%s %s\n", allowed ? "allow" : "deny", recorded ? rule_name(r->rule) : "-", class_,
           recorded ? payload_mark(r, e, payload) : "", told ? "told" : "untold");
}

static void judge(const struct event *e, const uint8_t *payload)
{
    struct monitor_send job;
    uint32_t before = replay_core.record_count;
    uint64_t delivered_before = delivered(e);
    if (e->channel < core_policy_tables.channels_count) outbox_put(e, payload);
    bool told = monitor_send_begin(e->subject, e->channel, 0, 1, &job) != ABI_OK;
    if (!told) {
        if (!monitor_send_continue(e->subject, &job)) replay_fail("a send of one message did not end");
        told = job.rule != IMAGE_RULE_NONE;
        if (told == (job.accepted == 1)) replay_fail("the answer to a send contradicts itself");
        if (told && replay_core.record_count != before && job.rule != replay_core.record.rule)
            replay_fail("the sender is told another rule than the record");
    }
    if (replay_core.record_count > before + 1) replay_fail("a message left more than one record");
    print_verdict(e, payload, delivered(e) != delivered_before, replay_core.record_count != before, told);
}

static void notify(const struct event *e)
{
    uint32_t before = replay_core.record_count, events = replay_core.event_count;
    bool told = monitor_notify(e->subject, e->channel) != ABI_OK;
    print_verdict(e, NULL, replay_core.event_count != events, replay_core.record_count != before, told);
}

/* ---- operations: the monitor's verdict, and the core's part ---- */
static bool carry_out(const struct image_operation *o)
{
    switch (o->kind) {
    case IMAGE_OPERATION_SWITCH:
        if (replay_core.switching) return false;
        replay_core.switching = true;
        replay_core.next_plan = o->object;
        return true;
    case IMAGE_OPERATION_RESTART:
        restart(o->object);
        return true;
    case IMAGE_OPERATION_STOP:
        replay_core.stopped[o->object] = true;
        return true;
    default:
        replay_fail("no such operation");
    }
}

static void operate(const struct event *e)
{
    uint32_t rule, before = replay_core.record_count;
    replay_core.is_given = false;
    if (!monitor_operate(e->subject, ABI_CALL_OPERATE, e->channel, 0, 0)) {
        const struct image_operation *given = &core_policy_tables.operations[e->channel];
        if (!replay_core.is_given || replay_core.holder != given->object || replay_core.record_count != before)
            replay_fail("time given to another than the policy names, or on record");
        printf("allow %s\n", rule_name(core_policy_tables.rules[given->allow].rule));
        return;
    }
    const struct image_operation *o = monitor_judge_operation(e->subject, e->channel, &rule);
    if (o != NULL && carry_out(o)) printf("allow %s\n", rule_name(rule));
    else printf("deny %s\n", rule_name(o == NULL ? rule : (uint32_t)IMAGE_RULE_PLAN));
}

/* ---- events ---- */
/* What a subject does; one that is stopped does nothing. */
static void act(const struct event *e, const uint8_t *payload)
{
    if (replay_core.stopped[e->subject]) {
        puts("deny stopped");
        return;
    }
    switch (e->kind) {
    case EVENT_MESSAGE: judge(e, payload); break;
    case EVENT_OPERATE: operate(e); break;
    case EVENT_NOTIFY: notify(e); break;
    default: replay_fail("no such event");
    }
}

static void take(const struct event *e, const uint8_t *payload)
{
    replay_core.now = e->now;
    if (e->subject >= core_policy_tables.subjects_count) replay_fail("no such subject");
    switch (e->kind) {
    case EVENT_RESTART: restart(e->subject); break;
    case EVENT_START: start(); break;
    case EVENT_RECEIVE: receive(e); break;
    case EVENT_FRAME: replay_core_frame(); break;
    case EVENT_LABEL: relabel(e); break;
    default: act(e, payload);
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
