/* SPDX-License-Identifier: Apache-2.0 */
/* See fake_core.h. */
#include "fake_core.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/arch.h"
#include "core/console.h"
#include "core/status.h"

struct policy_tables core_policy_tables;
struct fake_core fake_core;

void fake_core_open(const void *image)
{
    memset(&fake_core, 0, sizeof fake_core);
    core_policy_tables = policy_tables_open(image);
    fake_core.tsc_khz = 1000000;
    fake_core.looks = UINT32_MAX;
    assert_true(core_policy_tables.regions_count <= FAKE_REGIONS);
    for (uint32_t i = 0; i < core_policy_tables.regions_count; i++) {
        const struct image_region *r = &core_policy_tables.regions[i];
        bool shared = r->kind != IMAGE_REGION_RAM && r->kind != IMAGE_REGION_KERNEL_POOL && r->kind != IMAGE_REGION_IMAGE_HOME;
        if (shared) fake_core.regions[i] = calloc(1, r->size);
    }
    fake_core.now = 1000000000;
}

void fake_core_close(void)
{
    for (uint32_t i = 0; i < FAKE_REGIONS; i++) free(fake_core.regions[i]);
    memset(&fake_core, 0, sizeof fake_core);
}

uint64_t arch_now(void)
{
    if (fake_core.before_verdict) fake_core.before_verdict();
    return ++fake_core.now;
}

/*
 * What has been loaded is spoiled at its source until fake_core_restore(): whoever loads a byte of a message twice, by this or
 * otherwise, goes on with something else than what was sent.
 */
void arch_copy_once(void *to, const void *from, uint32_t size)
{
    uint8_t *source = (uint8_t *)(uintptr_t)from;

    assert_true(size % 8 == 0);       /* of quadwords: the processor's copy reads no others */
    if (fake_core.before_load) fake_core.before_load(source, size);
    memcpy(to, from, size);
    assert_true(size <= FAKE_LOADED - fake_core.loaded_bytes && fake_core.load_count < FAKE_LOADS);
    struct fake_load *load = &fake_core.loads[fake_core.load_count++];
    *load = (struct fake_load){ .at = source, .size = size, .was = fake_core.loaded + fake_core.loaded_bytes };
    fake_core.loaded_bytes += size;
    memcpy(load->was, to, size);
    for (uint32_t i = 0; i < size; i++) source[i] = load->was[i] ^ 0xff;
}

uint64_t arch_load_once(const uint64_t *from)
{
    uint64_t value;
    arch_copy_once(&value, from, sizeof value);
    return value;
}

void fake_core_restore(void)
{
    while (fake_core.load_count > 0) {
        const struct fake_load *load = &fake_core.loads[--fake_core.load_count];
        for (uint32_t i = 0; i < load->size; i++) {
            bool as_spoiled = (load->at[i] ^ load->was[i]) == 0xff;      /* its sender has written nothing else since */
            if (as_spoiled) load->at[i] = load->was[i];
        }
    }
    fake_core.loaded_bytes = 0;
}

void arch_copy(void *to, const void *from, uint64_t size)
{
    memcpy(to, from, size);
}

void arch_fill_zero(void *to, uint64_t size)
{
    memset(to, 0, size);
}

void *core_region(uint32_t region)
{
    assert_true(region < FAKE_REGIONS && fake_core.regions[region] != NULL);
    return fake_core.regions[region];
}

uint32_t core_tsc_khz(void)
{
    return fake_core.tsc_khz;
}

uint32_t core_plan(void)
{
    return fake_core.plan;
}

uint32_t arch_cpu(void)
{
    return fake_core.cpu;
}

void arch_kick(uint32_t cpu, enum arch_kick why)
{
    (void)cpu;
    (void)why;
    fake_core.kicks++;
}

uint32_t core_epoch(uint32_t subject)
{
    assert_true(subject < IMAGE_MAX_SUBJECTS);
    return fake_core.epochs[subject];
}

bool core_window_ends(uint32_t cpu)
{
    return !fake_core.endless[cpu];
}

bool core_time_up(void)
{
    if (fake_core.before_look) fake_core.before_look();
    if (fake_core.looks == UINT32_MAX) return false;
    if (fake_core.looks == 0) return true;
    fake_core.looks--;
    return false;
}

bool core_give(uint64_t subject, uint64_t to)
{
    fake_core.given[subject] = to;
    return false;
}

bool core_operate(uint32_t subject, uint64_t call, uint64_t operation)
{
    (void)subject, (void)call, (void)operation;
    fake_core.operated++;
    return true;
}

void core_event_raise(uint32_t subject, uint8_t event)
{
    assert_true(fake_core.raised_count < FAKE_RAISED);
    fake_core.raised[fake_core.raised_count].subject = subject;
    fake_core.raised[fake_core.raised_count++].event = event;
}

void core_panic(const char *what, const char *file, int line)
{
    fprintf(stderr, "panic: %s at %s:%d\n", what, file, line);
    abort();
}

static int print_one(char *at, size_t room, char conversion, va_list *args)
{
    switch (conversion) {
    case 's': return snprintf(at, room, "%s", va_arg(*args, const char *));
    case 'u': return snprintf(at, room, "%u", va_arg(*args, uint32_t));
    case 'U': return snprintf(at, room, "%lu", va_arg(*args, uint64_t));
    case 'x': return snprintf(at, room, "%lx", va_arg(*args, uint64_t));
    case 'h': {
        const uint8_t *bytes = va_arg(*args, const uint8_t *);
        for (uint32_t i = 0; i < 32; i++) snprintf(at + 2 * i, room - 2 * i, "%02x", bytes[i]);
        return 2 * 32;
    }
    default: return 0;
    }
}

void console_print(const char *format, ...)
{
    va_list args;
    size_t used = 0;
    assert_true(fake_core.line_count < FAKE_LINES);
    char *line = fake_core.lines[fake_core.line_count++];
    size_t room = sizeof fake_core.lines[0];
    va_start(args, format);
    for (; *format != '\0'; format++) {
        if (*format == '%') used += (size_t)print_one(line + used, room - used, *++format, &args);
        else line[used++] = *format;
        assert_true(used < room);
    }
    va_end(args);
    line[used] = '\0';
}
