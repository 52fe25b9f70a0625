/* SPDX-License-Identifier: Apache-2.0 */
/* See replay_core.h. */
#include "replay_core.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/arch.h"
#include "core/audit.h"
#include "core/core.h"
#include "core/status.h"

struct policy_tables core_policy_tables;
struct replay_core replay_core;

void replay_fail(const char *what)
{
    fprintf(stderr, "replay: %s\n", what);
    exit(2);
}

static size_t subjects_size(void)
{
    return core_policy_tables.subjects_count * sizeof *replay_core.subjects;
}

void replay_core_open(const void *image, uint32_t tsc_khz)
{
    struct replay_core *c = &replay_core;
    core_policy_tables = policy_tables_open(image);
    *c = (struct replay_core){ .tsc_khz = tsc_khz };
    c->regions = calloc(core_policy_tables.regions_count, sizeof *c->regions);
    if (c->regions == NULL) replay_fail("out of memory");
    memcpy(c->subjects, core_policy_tables.subjects, subjects_size());
    for (uint32_t i = 0; i < core_policy_tables.regions_count; i++) {
        const struct image_region *r = &core_policy_tables.regions[i];
        if (r->kind != IMAGE_REGION_OUTBOX && r->kind != IMAGE_REGION_INBOX) continue;
        c->regions[i] = calloc(1, r->size);
        if (c->regions[i] == NULL) replay_fail("out of memory");
    }
}

void replay_core_start(void)
{
    replay_core.plan = 0;
    replay_core.switching = false;
    memset(replay_core.stopped, 0, sizeof replay_core.stopped);
    memcpy((void *)core_policy_tables.subjects, replay_core.subjects, subjects_size());
}

void replay_core_frame(void)
{
    if (replay_core.switching) replay_core.plan = replay_core.next_plan;
    replay_core.switching = false;
}

void *core_region(uint32_t region)
{
    if (region >= core_policy_tables.regions_count || replay_core.regions[region] == NULL) replay_fail("no such region");
    return replay_core.regions[region];
}

uint64_t arch_now(void)
{
    return replay_core.now;
}

uint32_t core_tsc_khz(void)
{
    return replay_core.tsc_khz;
}

uint32_t core_plan(void)
{
    return replay_core.plan;
}

uint32_t arch_cpu(void)
{
    return 0;
}

bool core_time_up(void)
{
    return false;
}

bool core_give(uint64_t subject, uint64_t to)
{
    (void)subject;
    replay_core.holder = (uint16_t)to;
    replay_core.is_given = true;
    return false;
}

bool core_operate(uint32_t subject, uint64_t call, uint64_t operation)
{
    (void)subject, (void)call, (void)operation;
    return true;
}

void core_event_raise(uint32_t subject, uint8_t event)
{
    (void)subject;
    (void)event;
    replay_core.event_count++;
}

void core_panic(const char *what, const char *file, int line)
{
    (void)file;
    (void)line;
    replay_fail(what);
}

void arch_copy_once(void *to, const void *from, uint32_t size)
{
    memcpy(to, from, size);
}

uint64_t arch_load_once(const uint64_t *from)
{
    uint64_t value;
    arch_copy_once(&value, from, sizeof value);
    return value;
}

void arch_copy(void *to, const void *from, uint64_t size)
{
    memcpy(to, from, size);
}

void arch_fill_zero(void *to, uint64_t size)
{
    memset(to, 0, size);
}

bool audit_admits(uint32_t subject, uint32_t class_)
{
    (void)subject;
    (void)class_;
    return true;
}

void audit_write(uint32_t cpu, struct audit_record *event)
{
    (void)cpu;
    replay_core.record = *event;
    replay_core.record_count++;
}
