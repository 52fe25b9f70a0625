/* SPDX-License-Identifier: Apache-2.0 */
/* See machine.h. */
#include "machine.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>
#include "audit/record.h"
#include "channels/abi.h"
#include "core/audit.h"
#include "core/console.h"
#include "core/core.h"
#include "core/schedule.h"
#include "core/start.h"
#include "core/status.h"
#include "core/subject.h"
#include "guest/call.h"
#include "image_check.h"
#include "soak.h"

enum { KHZ = 20000, BYTES_A_TICK = 64, STACK = 1 << 18 };

struct subject {
    ucontext_t context;
    uint32_t resets;                  /* of the life that its context is of */
    bool runs_on;                     /* it has left for its window's end alone */
    struct host_act act;              /* what it has left for otherwise */
    struct subject_info info;         /* its info page, with addresses of this host */
    void *stack;
};

static struct subject subjects[IMAGE_MAX_SUBJECTS];
static machine_program *const *programs;
static void **kernel_sees, **subject_sees;    /* by region */
static ucontext_t kernel;
static uint32_t current;
static uint64_t begun;                /* the first frame */

/* ---- what the kernel asks of its surroundings ---- */
void *core_region(uint32_t region)
{
    CHECK(region < core_policy()->regions_count && kernel_sees[region] != NULL);
    return kernel_sees[region];
}

/* Where it runs here, nobody reads its console. */
void console_print(const char *format, ...)
{
    (void)format;
}

void core_panic(const char *what, const char *file, int line)
{
    fprintf(stderr, "soak: the kernel stops: %s at %s:%d\n", what, file, line);
    exit(1);
}

/* What the kernel moves takes its time, so that whoever makes it move much, unchecked, makes others wait. */
static void spend_on(uint64_t bytes)
{
    host.now += 1 + bytes / BYTES_A_TICK;
}

void __real_arch_copy_once(void *to, const void *from, uint32_t size);
void __wrap_arch_copy_once(void *to, const void *from, uint32_t size);
void __wrap_arch_copy_once(void *to, const void *from, uint32_t size)
{
    spend_on(size);
    __real_arch_copy_once(to, from, size);
}

void __real_arch_copy(void *to, const void *from, uint64_t size);
void __wrap_arch_copy(void *to, const void *from, uint64_t size);
void __wrap_arch_copy(void *to, const void *from, uint64_t size)
{
    spend_on(size);
    __real_arch_copy(to, from, size);
}

void __real_arch_fill_zero(void *to, uint64_t size);
void __wrap_arch_fill_zero(void *to, uint64_t size);
void __wrap_arch_fill_zero(void *to, uint64_t size)
{
    spend_on(size);
    __real_arch_fill_zero(to, size);
}

/* ---- programs ---- */
static void begin_program(void)
{
    programs[current](&subjects[current].info);
    for (;;) call_make(ABI_CALL_WAIT, 0, 0, 0);
}

static void begin_life(uint32_t subject)
{
    struct subject *s = &subjects[subject];
    s->resets = host.resets[subject];
    if (s->stack == NULL) s->stack = malloc(STACK);
    if (s->stack == NULL || getcontext(&s->context) != 0) soak_cannot("cannot make a stack");
    s->context.uc_stack.ss_sp = s->stack;
    s->context.uc_stack.ss_size = STACK;
    s->context.uc_link = NULL;
    makecontext(&s->context, begin_program, 0);
}

/* The machine's script: the program goes on until it leaves for something. */
static bool enter(uint32_t subject, uint32_t n, struct host_act *act)
{
    struct subject *s = &subjects[subject];
    (void)n;
    if (s->resets != host.resets[subject]) begin_life(subject);
    s->runs_on = false;
    current = subject;
    swapcontext(&kernel, &s->context);
    *act = s->act;
    return !s->runs_on;
}

static struct subject *leave(void)
{
    struct subject *s = &subjects[current];
    swapcontext(&s->context, &kernel);
    return s;
}

void machine_spend(uint64_t ticks)
{
    host.now += ticks;
    if (host.now < host.timer) return;
    subjects[current].runs_on = true;
    leave();
}

void machine_act(const struct host_act *act)
{
    subjects[current].act = *act;
    leave();
}

struct call_answer call_make(uint32_t call, uint64_t a, uint64_t b, uint64_t c)
{
    machine_act(&(struct host_act){ .calls = true, .call = call, .args = { a, b, c } });
    return (struct call_answer){ host.answers[current][0], host.answers[current][1] };
}

/* ---- memory ---- */
static const void *read_image(const char *path, uint64_t *size)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0) soak_cannot(path);
    *size = (uint64_t)status.st_size;
    const void *image = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, file, 0);
    if (image == MAP_FAILED) soak_cannot(path);
    close(file);
    return image;
}

/* Twice: as the kernel sees it, and as a subject does. */
static void make_region(uint32_t i, const struct image_region *r)
{
    bool subjects_write = r->kind == IMAGE_REGION_RAM || r->kind == IMAGE_REGION_OUTBOX;
    int file = memfd_create("region", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, (off_t)r->size) != 0) soak_cannot("cannot make memory");
    kernel_sees[i] = mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    subject_sees[i] = mmap(NULL, r->size, subjects_write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file, 0);
    if (kernel_sees[i] == MAP_FAILED || subject_sees[i] == MAP_FAILED) soak_cannot("cannot map memory");
    close(file);
}

void machine_open(const char *path)
{
    uint64_t size;
    const void *image = read_image(path, &size);
    if (image_check(image, size).code != 0) soak_cannot("the image does not check");
    core_policy_tables = policy_tables_open(image);
    const struct policy_tables *policy = core_policy();
    kernel_sees = calloc(policy->regions_count, sizeof *kernel_sees);
    subject_sees = calloc(policy->regions_count, sizeof *subject_sees);
    if (kernel_sees == NULL || subject_sees == NULL) soak_cannot("out of memory");
    for (uint32_t i = 0; i < policy->regions_count; i++) {
        if (policy->regions[i].kind >= IMAGE_REGION_RAM) make_region(i, &policy->regions[i]);
    }
}

/* From now on no outbox is the kernel's to write, as kernel_map.c has it once start-up is over. */
static void seal_outboxes(void)
{
    const struct policy_tables *policy = core_policy();
    for (uint32_t i = 0; i < policy->regions_count; i++) {
        const struct image_region *r = &policy->regions[i];
        if (r->kind != IMAGE_REGION_OUTBOX) continue;
        if (mprotect(kernel_sees[i], r->size, PROT_READ) != 0) soak_cannot("cannot seal memory");
    }
}

/* The pages that subjects find at RDI say where things are in their memory; here that is somewhere else. */
static void place_info(uint32_t subject)
{
    const struct policy_tables *policy = core_policy();
    struct subject_info *info = &subjects[subject].info;
    memcpy(info, core_region(policy->subjects[subject].info_region), sizeof *info);
    for (uint32_t i = 0; i < info->channel_count; i++) {
        const struct image_channel *c = &policy->channels[info->channels[i].channel];
        bool sends = info->channels[i].direction == INFO_SENDS;
        info->channels[i].gpa = (uintptr_t)subject_sees[sends ? c->outbox_region : c->inbox_region];
    }
    for (uint32_t i = 0; i < info->ring_count; i++)
        info->rings[i].gpa = (uintptr_t)subject_sees[policy->cpus[info->rings[i].cpu].audit_region];
}

/* ---- running ---- */
static uint64_t frame_ticks(void)
{
    return (uint64_t)core_policy()->plans[0].major_us * KHZ / 1000;
}

uint64_t machine_frame(void)
{
    return (host.now - begun) / frame_ticks();
}

bool machine_run(machine_program *const by_subject[], uint64_t frames)
{
    programs = by_subject;
    host_reset(enter, UINT64_MAX);
    schedule_start(0, KHZ);
    if (!schedule_fits()) soak_cannot("the plan's windows are too short");
    start_subjects(AUDIT_MEASURED_NOT);
    seal_outboxes();
    for (uint32_t i = 0; i < core_policy()->subjects_count; i++) place_info(i);
    begun = host.now + 1;
    host.end = begun + frames * frame_ticks();
    schedule_start(begun, KHZ);
    host_run((void (*)(uint32_t))schedule_run, 0);
    return host.powered_off;
}
