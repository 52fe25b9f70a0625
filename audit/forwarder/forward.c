/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `audit`: writes every sealed audit record to COM4 as one syslog line, then acknowledges it. What stands there is
 * therefore in the chain whose heads the kernel prints on COM1. A restarted forwarder goes on at the first record that is not
 * acknowledged: a few lines may come twice, none is missing.
 *
 * COM4 also takes the operator's commands. `shutdown` first forwards all that is recorded so far; records of the shutdown
 * itself come after the last line, and the kernel's last lines on COM1 cover them.
 */
#include "channels/abi.h"
#include "command.h"
#include "guest/call.h"
#include "guest/clock.h"
#include "guest/guest.h"
#include "guest/memory.h"
#include "guest/serial.h"
#include "syslog.h"

enum {
    FORWARD_STEP = 32,                /* records between two acknowledgements */
    FORWARD_LAST_MS = 5000            /* how long a shutdown waits for subjects that go on causing records */
};

struct forward_ring {
    const struct audit_ring *ring;
    uint32_t cpu, slots;
    uint64_t next;                    /* first record that is not written to COM4 yet */
};

struct forward {
    const struct subject_info *info;
    struct serial serial;
    struct catalogue catalogue;
    struct command_line line;
    struct forward_ring rings[INFO_MAX_RINGS];
};

static char forward_buffer[SYSLOG_LINE_MAX];

static struct text forward_begin(void)
{
    struct text text;

    text_start(&text, forward_buffer, sizeof forward_buffer);
    return text;
}

static void forward_end(struct forward *forward, const struct text *text)
{
    serial_write(&forward->serial, text->data, text->length);
}

static void forward_write_record(struct forward *forward, const struct forward_ring *ring)
{
    struct text text = forward_begin();
    struct audit_record record;
    const uint8_t *records = (const uint8_t *)ring->ring + AUDIT_PAGE;

    memcpy(&record, records + ring->next % ring->slots * sizeof record, sizeof record);
    syslog_print_record(&text, &forward->catalogue, &record);
    forward_end(forward, &text);
}

/* Acknowledges what is written, has a slice sealed, and writes what is sealed. False if there was and is nothing to do. */
static bool forward_ring_step(struct forward *forward, struct forward_ring *ring)
{
    struct call_answer sealed = call_make(ABI_CALL_AUDIT_ACK, ring->cpu, ring->next, 0);
    uint64_t start = ring->next;

    if (sealed.status != ABI_OK) guest_fail();
    while (ring->next < sealed.result && ring->next - start < FORWARD_STEP) {
        forward_write_record(forward, ring);
        ring->next++;
    }
    return ring->next > start || __atomic_load_n(&ring->ring->written, __ATOMIC_ACQUIRE) > ring->next;
}

static bool forward_step(struct forward *forward)
{
    bool busy = false;

    for (uint32_t i = 0; i < forward->info->ring_count; i++) busy |= forward_ring_step(forward, &forward->rings[i]);
    return busy;
}

static void forward_print_status(struct forward *forward)
{
    for (uint32_t i = 0; i < forward->info->ring_count; i++) {
        struct text text = forward_begin();
        syslog_print_ring(&text, forward->rings[i].ring, forward->rings[i].cpu);
        forward_end(forward, &text);
    }
}

static void forward_remark(struct forward *forward, const char *remark)
{
    struct text text = forward_begin();

    syslog_print_remark(&text, remark);
    forward_end(forward, &text);
}

static void forward_shut_down(struct forward *forward)
{
    uint64_t begun = clock_now();

    while (forward_step(forward)) {
        if (clock_now() - begun > clock_ticks(forward->info->tsc_khz, FORWARD_LAST_MS)) break;
    }
    forward_print_status(forward);
    call_make(ABI_CALL_SHUTDOWN, 0, 0, 0);
    forward_remark(forward, "shutdown refused: the policy does not give it to this subject");
}

static bool forward_take_command(struct forward *forward)
{
    char byte;

    if (serial_read(&forward->serial, &byte, 1) == 0) return false;
    switch (command_add(&forward->line, byte)) {
    case COMMAND_STATUS: forward_print_status(forward); break;
    case COMMAND_SHUTDOWN: forward_shut_down(forward); break;
    case COMMAND_UNKNOWN: forward_remark(forward, "unknown command; there are: status, shutdown"); break;
    case COMMAND_NONE: break;
    }
    return true;
}

static void forward_open(struct forward *forward, const struct subject_info *info)
{
    struct text text = forward_begin();

    if (info->ring_count > INFO_MAX_RINGS) guest_fail();
    forward->info = info;
    serial_open(&forward->serial, SERIAL_COM4);
    for (uint32_t i = 0; i < info->ring_count; i++) {
        const struct audit_ring *ring = (const struct audit_ring *)info->rings[i].gpa;
        forward->rings[i] = (struct forward_ring){ ring, info->rings[i].cpu, info->rings[i].slots, ring->acked };
    }
    syslog_print_start(&text, info->policy_hash, info->epoch, info->ring_count);
    forward_end(forward, &text);
    if (info->catalogue_gpa == 0 ||
        !catalogue_open(&forward->catalogue, (const void *)info->catalogue_gpa, info->catalogue_size)) {
        forward_remark(forward, "no catalogue: rules and subjects appear as numbers");
    }
}

void guest_main(const struct subject_info *info)
{
    static struct forward forward;

    forward_open(&forward, info);
    for (;;) {
        bool busy = forward_step(&forward);
        while (forward_take_command(&forward)) busy = true;
        if (!busy) call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
