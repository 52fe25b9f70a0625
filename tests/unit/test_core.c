/* SPDX-License-Identifier: Apache-2.0 */
/* The generic core on the scripted machine: windows, faults, restarts, hypercalls, events. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "channels/abi.h"
#include "channels/info.h"
#include "compiler/test_world.h"
#include "core/audit.h"
#include "core/core.h"
#include "core/monitor.h"
#include "core/schedule.h"
#include "core/start.h"
#include "core/subject.h"
#include "host/host.h"

enum { KHZ = 1000, START = 1024, MAJOR_US = 10000, RAM_SIZE = 0x20000, LOAD_SIZE = 100, SUBJECTS = 3, A = 0, B = 1, C = 2 };

/* An image with three subjects: A and B share CPU 0, C has CPU 1 alone. Only the tables that the core reads. */
static struct image {
    struct image_header header;
    struct image_cpu cpus[2];
    struct image_plan plans[2];
    struct image_window windows[6];
    struct image_operation operations[5];
    struct image_subject subjects[SUBJECTS];
    struct image_region regions[2 * SUBJECTS];
    struct image_load loads[1];
    uint8_t content[LOAD_SIZE];
} image;

static uint8_t ram[SUBJECTS][RAM_SIZE];
static union { struct subject_info info; uint8_t page[IMAGE_PAGE]; } info[SUBJECTS];

/* ---- what the core asks of others ---- */
static struct audit_record records[64];
static uint32_t record_count, closes, flushes, restarted[SUBJECTS], steps_of_send;
static bool send_unfinished;

void audit_write(uint32_t cpu, struct audit_record *event)
{
    assert_int_equal(cpu, image.subjects[event->subject].cpu);
    if (record_count < 64) records[record_count++] = *event;
}

void audit_flush(uint32_t cpu)
{
    (void)cpu;
    flushes++;
}

void audit_close(void)
{
    closes++;
}

uint32_t audit_ack(uint64_t cpu, uint64_t sequence, uint64_t *sealed)
{
    *sealed = cpu + sequence;
    return sequence < 1000 ? ABI_OK : ABI_ACK;
}

uint32_t monitor_send_begin(uint32_t subject, uint64_t channel, uint64_t first, uint64_t count, struct monitor_send *job)
{
    (void)subject;
    *job = (struct monitor_send){ .channel = (uint16_t)channel, .next = (uint16_t)first, .count = (uint16_t)count };
    return channel == 7 ? ABI_CHANNEL : ABI_OK;
}

bool monitor_send_continue(uint32_t subject, struct monitor_send *job)
{
    (void)subject;
    steps_of_send++;
    job->rule = 70;
    job->accepted = 5;
    bool done = !send_unfinished;
    send_unfinished = false;
    return done;
}

uint32_t monitor_receive(uint32_t subject, uint64_t channel, uint64_t sequence)
{
    return subject == A && channel == 1 && sequence == 2 ? ABI_OK : ABI_SEQUENCE;
}

uint32_t monitor_notify(uint32_t subject, uint64_t channel)
{
    (void)subject;
    return channel == 3 ? ABI_OK : ABI_CHANNEL;
}

const struct image_operation *monitor_judge_operation(uint32_t subject, uint64_t operation, uint32_t *rule)
{
    *rule = subject == A && operation < 3 ? 80 + (uint32_t)operation : IMAGE_RULE_PRIVILEGE;
    return *rule == IMAGE_RULE_PRIVILEGE ? 0 : &image.operations[operation];
}

bool monitor_operate(uint32_t subject, uint64_t call, uint64_t operation, uint64_t a1, uint64_t a2)
{
    (void)a1, (void)a2;
    const struct image_operation *o = &image.operations[operation % 5];
    if (operation < 5 && o->kind == IMAGE_OPERATION_GIVE && o->subject == subject) return core_give(subject, o->object);
    return core_operate(subject, call, operation);
}

uint32_t monitor_restarted(uint32_t subject, uint32_t next)
{
    (void)next;
    restarted[subject]++;
    return 0;
}

void *core_region(uint32_t region)
{
    return region < SUBJECTS ? (void *)ram[region] : (void *)&info[region - SUBJECTS];
}

_Noreturn void core_panic(const char *what, const char *file, int line)
{
    fail_msg("panic: %s at %s:%d", what, file, line);
    __builtin_unreachable();
}

/* ---- fixture ---- */
static void set_table(uint32_t id, const void *start, uint32_t count)
{
    image.header.tables[id] = (struct image_table){ (uint32_t)((const uint8_t *)start - (const uint8_t *)&image), count };
}

static void build_image(void)
{
    memset(&image, 0, sizeof image);
    image.header.audit_always = IMAGE_AUDIT_DENIED | IMAGE_AUDIT_RESTART;
    image.plans[0].major_us = MAJOR_US;
    image.windows[0] = (struct image_window){ 0, 0, A, 0, 0, 3000 };
    image.windows[1] = (struct image_window){ 0, 0, B, 0, 3000, 5000 };
    image.windows[2] = (struct image_window){ 0, 0, IMAGE_NONE, 0, 8000, 2000 };
    image.windows[3] = (struct image_window){ 0, 1, C, IMAGE_WINDOW_DEDICATED, 0, MAJOR_US };
    for (uint16_t s = 0; s < SUBJECTS; s++) {
        image.subjects[s] = (struct image_subject){ .ram_region = s, .info_region = SUBJECTS + s, .cpu = s == C,
                                                  .monitor = IMAGE_NONE, .serves = IMAGE_NONE };
        image.regions[s] = (struct image_region){ .size = RAM_SIZE, .kind = IMAGE_REGION_RAM, .owner = s };
        image.regions[SUBJECTS + s] = (struct image_region){ .size = IMAGE_PAGE, .kind = IMAGE_REGION_INFO, .owner = s };
    }
    memset(image.content, 0x5a, LOAD_SIZE);
    image.loads[0] = (struct image_load){ 0x1000, offsetof(struct image, content), LOAD_SIZE, B, 0 };
    set_table(IMAGE_CPUS, image.cpus, 2);
    /* Plan 1: a frame of half the length, for A alone, and CPU 1 is divided. */
    image.plans[1].major_us = MAJOR_US / 2;
    image.windows[4] = (struct image_window){ 1, 0, A, 0, 0, MAJOR_US / 2 };
    image.windows[5] = (struct image_window){ 1, 1, C, 0, 0, MAJOR_US / 2 };
    image.operations[0] = (struct image_operation){ A, IMAGE_OPERATION_SWITCH, 1, 0 };
    image.operations[1] = (struct image_operation){ A, IMAGE_OPERATION_RESTART, B, 0 };
    image.operations[2] = (struct image_operation){ A, IMAGE_OPERATION_STOP, B, 0 };
    image.operations[3] = (struct image_operation){ A, IMAGE_OPERATION_GIVE, B, 0 };
    image.operations[4] = (struct image_operation){ B, IMAGE_OPERATION_GIVE, A, 0 };
    set_table(IMAGE_OPERATIONS, image.operations, 5);
    set_table(IMAGE_PLANS, image.plans, 2);
    set_table(IMAGE_WINDOWS, image.windows, 6);
    set_table(IMAGE_SUBJECTS, image.subjects, SUBJECTS);
    set_table(IMAGE_REGIONS, image.regions, 2 * SUBJECTS);
    set_table(IMAGE_LOADS, image.loads, 1);
}

static bool runs_on(uint32_t subject, uint32_t n, struct host_act *act)
{
    (void)subject, (void)n, (void)act;
    return false;
}

static uint32_t least_margin;

/* Each test sees its subjects as at start: the core's state is reset by starting it anew. */
static void begin(host_script *script, uint64_t frames)
{
    host_reset(script, UINT64_MAX);
    record_count = closes = flushes = steps_of_send = 0;
    send_unfinished = false;
    memset(restarted, 0, sizeof restarted);
    memset(ram, 0xee, sizeof ram);
    core_policy_tables = policy_tables_open(&image);
    image.header.margin_ticks = least_margin;
    schedule_start(START, KHZ);
    schedule_fits();
    for (uint16_t s = 0; s < SUBJECTS; s++) event_take(s);
    subject_start_all();
    host.now = 0;
    host.end = START + frames * MAJOR_US * KHZ / 1000;
}

static int setup(void **state)
{
    (void)state;
    build_image();
    return 0;
}

static bool call_once(uint32_t subject, uint32_t n, struct host_act *act, uint64_t call, uint64_t a0, uint64_t a1)
{
    if (subject != A || n != 0) return false;
    act->calls = true;
    act->call = call;
    act->args[0] = a0;
    act->args[1] = a1;
    return true;
}

/* ---- time ---- */
static void windows_begin_at_their_planned_instants(void **state)
{
    (void)state;
    begin(runs_on, 3);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_int_equal(host.entry_count, 6);
    for (uint32_t i = 0; i < host.entry_count; i++) {
        uint64_t planned = START + i / 2 * MAJOR_US + (i % 2 ? 3000 : 0);
        assert_int_equal(host.entries[i].subject, i % 2 ? B : A);
        assert_in_range(host.entries[i].at, planned, planned + 20);
    }
    assert_true(flushes >= 9);        /* idle windows too */
}

static uint32_t flushes_in_three_frames(uint32_t cpu)
{
    begin(runs_on, 3);
    host_run((void (*)(uint32_t))schedule_run, cpu);
    return host.flushes;
}

/* Where subjects of different labels share a CPU, it forgets each before the next; elsewhere there is nothing to hide. */
static void labels_that_share_a_cpu_have_it_flushed(void **state)
{
    (void)state;
    image.subjects[C].label_high = 1;
    assert_int_equal(flushes_in_three_frames(0), 0);
    image.subjects[B].label_high = 1;
    assert_in_range(flushes_in_three_frames(0), 8, 9);
    assert_int_equal(flushes_in_three_frames(1), 0);
    image.subjects[A].label_high = 1;
    assert_int_equal(flushes_in_three_frames(0), 0);
    image.subjects[A].label_high |= (uint64_t)1 << 63;
    assert_in_range(flushes_in_three_frames(0), 8, 9);
    image.subjects[A].label_high = 1;
    assert_int_equal(flushes_in_three_frames(0), 0);
    image.subjects[A].label_low = 1;
    assert_in_range(flushes_in_three_frames(0), 8, 9);
}

static bool floods(uint32_t subject, uint32_t n, struct host_act *act)
{
    (void)n;
    if (subject != A) return false;
    act->exit = HOST_REFUSED;
    act->rule = IMAGE_RULE_PORT;
    return true;
}

static void a_flood_of_exits_ends_with_its_window(void **state)
{
    (void)state;
    begin(floods, 1);
    host_run((void (*)(uint32_t))schedule_run, 0);
    uint64_t first_b = 0;
    for (uint32_t i = 0; i < host.entry_count && first_b == 0; i++) {
        if (host.entries[i].subject == B) first_b = host.entries[i].at;
    }
    assert_in_range(first_b, START + 3000, START + 3000 + 20);
    assert_true(host.entered[A] > 100);
    assert_true(core_window_ends(0));
}

static uint64_t last_timer(uint32_t least)
{
    least_margin = least;
    begin(runs_on, 1);
    least_margin = 0;
    host_run((void (*)(uint32_t))schedule_run, 0);
    return host.timer;
}

/* On a slow clock the margin is in ticks. */
static void the_margin_has_a_least(void **state)
{
    (void)state;
    uint64_t usual = last_timer(0);
    assert_int_equal(last_timer(SCHEDULE_MARGIN_US / 2), usual);
    assert_int_equal(usual - last_timer(500), 500 - SCHEDULE_MARGIN_US);
}

/* Nothing would be left of a window that is no longer. */
static void windows_are_longer_than_the_margin(void **state)
{
    (void)state;
    begin(runs_on, 1);
    image.windows[1].length_us = SCHEDULE_MARGIN_US + 1;
    assert_true(schedule_fits());
    image.windows[1].length_us = SCHEDULE_MARGIN_US;
    assert_false(schedule_fits());
    image.windows[1].subject = IMAGE_NONE;
    assert_true(schedule_fits());
}

static void a_dedicated_cpu_has_no_timer(void **state)
{
    (void)state;
    begin(runs_on, 2);
    host_run((void (*)(uint32_t))schedule_run, 1);
    assert_int_equal(host.timer, UINT64_MAX);
    assert_false(core_window_ends(1));
    assert_int_equal(host.entry_count, 1);
    assert_int_equal(host.entries[0].subject, C);
}

/* ---- faults ---- */
static bool always_faults(uint32_t subject, uint32_t n, struct host_act *act)
{
    (void)n;
    if (subject != B) return false;
    act->exit = HOST_FAULTS;
    act->rule = IMAGE_RULE_MEMORY;
    act->value = 0x1234;
    return true;
}

static void a_fault_without_restarts_stops_the_subject_alone(void **state)
{
    (void)state;
    begin(always_faults, 3);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_true(subject_stopped(B));
    assert_int_equal(host.entered[B], 1);
    assert_int_equal(host.entered[A], 3);
    assert_int_equal(record_count, 2);
    assert_int_equal(records[0].event, AUDIT_EVENT_DENIED);
    assert_int_equal(records[0].value, 0x1234);
    assert_int_equal(records[1].event, AUDIT_EVENT_STOP);
    assert_int_equal(records[1].rule, IMAGE_RULE_MEMORY);
}

static void restarts_are_counted_and_end(void **state)
{
    (void)state;
    image.subjects[B].restart_max = 2;
    image.subjects[B].restart_period_s = 60;
    begin(always_faults, 6);
    uint32_t epoch = core_epoch(B);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_int_equal(host.entered[B], 3);
    assert_int_equal(restarted[B], 2);
    assert_int_equal(core_epoch(B), epoch + 2);
    assert_int_equal(host.resets[B], 3);
    assert_true(subject_stopped(B));
    assert_false(subject_stopped(A));
    assert_int_equal(info[B].info.epoch, epoch + 2);
}

static void a_violation_may_be_the_end(void **state)
{
    (void)state;
    image.subjects[B].restart_max = 2;
    image.subjects[B].restart_period_s = 60;
    image.subjects[B].on_violation = IMAGE_VIOLATION_STOP;
    begin(always_faults, 6);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_int_equal(host.entered[B], 1);
    assert_int_equal(restarted[B], 0);
    assert_true(subject_stopped(B));
}

static void a_new_period_allows_new_restarts(void **state)
{
    (void)state;
    image.subjects[B].restart_max = 1;
    image.subjects[B].restart_period_s = 0;
    begin(always_faults, 4);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_true(restarted[B] > 1);
    assert_false(subject_stopped(B));
}

static void then_halt_stops_the_system_in_order(void **state)
{
    (void)state;
    image.subjects[B].fault_then = IMAGE_FAULT_HALT;
    begin(always_faults, 3);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_true(host.halted);
    assert_int_equal(host.stops, 1);
    assert_int_equal(closes, 1);
}

static bool dirties_then_faults(uint32_t subject, uint32_t n, struct host_act *act)
{
    if (subject != B) return false;
    if (n == 1) {                     /* second life: nothing of the first is left, and what was loaded is there again */
        for (uint32_t i = 0; i < RAM_SIZE; i++) {
            assert_int_equal(ram[B][i], i >= 0x1000 && i < 0x1000 + LOAD_SIZE ? 0x5a : 0);
        }
        return false;
    }
    if (n > 1) return false;
    memset(ram[B], 0x77, RAM_SIZE);
    act->exit = HOST_FAULTS;
    act->rule = IMAGE_RULE_FAULT;
    return true;
}

static void a_restart_leaves_nothing_over(void **state)
{
    (void)state;
    image.subjects[B].restart_max = 1;
    image.subjects[B].restart_period_s = 60;
    begin(dirties_then_faults, 3);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_true(host.entered[B] >= 2);
    assert_int_equal(host.offered[B], 0);
}

/* ---- hypercalls ---- */
#define CALL_SCRIPT(name, call, a0, a1)                                                                                    \
    static bool name(uint32_t subject, uint32_t n, struct host_act *act)                                                 \
    {                                                                                                                      \
        return call_once(subject, n, act, call, a0, a1);                                                                  \
    }

CALL_SCRIPT(calls_null, ABI_CALL_NULL, 0, 0)
CALL_SCRIPT(calls_unknown, 0x10000, 9, 0)
CALL_SCRIPT(calls_receive, ABI_CALL_RECEIVE, 1, 2)
CALL_SCRIPT(calls_notify, ABI_CALL_NOTIFY, 3, 0)
CALL_SCRIPT(calls_send, ABI_CALL_SEND, 1, 0)
CALL_SCRIPT(calls_bad_send, ABI_CALL_SEND, 7, 0)
CALL_SCRIPT(calls_ack, ABI_CALL_AUDIT_ACK, 1, 41)
CALL_SCRIPT(calls_bad_ack, ABI_CALL_AUDIT_ACK, 1, 1000)
CALL_SCRIPT(calls_shutdown, ABI_CALL_SHUTDOWN, 0, 0)
CALL_SCRIPT(calls_wait, ABI_CALL_WAIT, 0, 0)
CALL_SCRIPT(calls_resume, ABI_CALL_RESUME, 0, 0)

static bool calls_from_user(uint32_t subject, uint32_t n, struct host_act *act)
{
    act->from_user = true;
    return call_once(subject, n, act, ABI_CALL_NULL, 0, 0);
}

static void expect_answer(host_script *script, uint64_t status, uint64_t result, uint32_t expected_records)
{
    begin(script, 1);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_int_equal(host.answers[A][0], status);
    assert_int_equal(host.answers[A][1], result);
    assert_int_equal(record_count, expected_records);
}

static void calls_answer_and_refusals_are_recorded(void **state)
{
    (void)state;
    expect_answer(calls_null, ABI_OK, ABI_VERSION, 0);
    expect_answer(calls_receive, ABI_OK, 0, 0);
    expect_answer(calls_notify, ABI_OK, 0, 0);
    expect_answer(calls_send, ABI_DENIED, 70 | 5ull << 32, 0);
    expect_answer(calls_bad_send, ABI_CHANNEL, 0, 0);
    expect_answer(calls_unknown, ABI_NO_CALL, IMAGE_RULE_CALL, 1);
    assert_int_equal(records[0].rule, IMAGE_RULE_CALL);
    expect_answer(calls_resume, ABI_NO_CALL, IMAGE_RULE_CALL, 1);
    expect_answer(calls_from_user, ABI_FROM_USER, IMAGE_RULE_CALL, 1);
    expect_answer(calls_ack, ABI_PRIVILEGE, IMAGE_RULE_PRIVILEGE, 1);
    assert_int_equal(records[0].rule, IMAGE_RULE_PRIVILEGE);
    expect_answer(calls_shutdown, ABI_PRIVILEGE, IMAGE_RULE_PRIVILEGE, 1);
    assert_int_equal(closes, 0);
}

/* ---- monitors: B is A's, and its windows are idle ---- */
static uint64_t answer, wait_call;

static void make_monitor(void)
{
    image.subjects[A].monitor = B;
    image.subjects[B].serves = A;
    image.windows[1].subject = IMAGE_NONE;
    wait_call = ABI_CALL_COUNT;
}

/* A's first act in each life needs its monitor, which may wait first, and then answers. */
static bool needs_monitor(uint32_t subject, uint32_t n, struct host_act *act)
{
    if (subject == A && (n == 0 || host.resets[A] == n + 1)) {
        act->exit = HOST_REFLECTED;
        return true;
    }
    if (subject != B) return false;
    act->calls = true;
    act->call = n == 0 && wait_call != ABI_CALL_COUNT ? wait_call : ABI_CALL_RESUME;
    act->args[0] = answer;
    return true;
}

static void a_monitor_answers_in_its_subjects_window(void **state)
{
    (void)state;
    make_monitor();
    answer = 0;
    begin(needs_monitor, 3);
    host_run((void (*)(uint32_t))schedule_run, 0);
    const uint16_t order[] = { A, B, A };
    for (uint32_t i = 0; i < 3; i++) assert_int_equal(host.entries[i].subject, order[i]);
    assert_in_range(host.entries[2].at, START, START + 3000ull * KHZ / 1000);
    assert_int_equal(host.entered[B], 1);
    assert_int_equal(record_count, 0);
}

static void a_monitor_that_gives_up_ends_its_subjects_life(void **state)
{
    (void)state;
    make_monitor();
    answer = 7;
    image.subjects[A].restart_max = 1;
    image.subjects[A].restart_period_s = 60;
    begin(needs_monitor, 6);
    host_run((void (*)(uint32_t))schedule_run, 0);
    const uint16_t events[] = { AUDIT_EVENT_DENIED, AUDIT_EVENT_RESTART, AUDIT_EVENT_DENIED, AUDIT_EVENT_STOP };
    assert_int_equal(record_count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(records[i].event, events[i]);
        assert_int_equal(records[i].subject, i % 2 == 0 ? B : A);
        assert_int_equal(records[i].rule, IMAGE_RULE_MONITOR);
    }
    assert_int_equal(records[0].value, 7);
    assert_int_equal(host.resets[A], 2);
    assert_int_equal(host.resets[B], 2);
    assert_int_equal(core_epoch(B), 1);
}

/* A's second life never needs its monitor, which is reset all the same, and before A. */
static bool faults_once(uint32_t subject, uint32_t n, struct host_act *act)
{
    assert_int_equal(subject, A);
    assert_int_equal(host.resets[B], n == 0 ? 1 : 2);
    act->exit = HOST_FAULTS;
    return n == 0;
}

static void a_monitor_starts_again_before_its_subject(void **state)
{
    (void)state;
    make_monitor();
    image.subjects[A].restart_max = 1;
    image.subjects[A].restart_period_s = 60;
    begin(faults_once, 6);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_int_equal(host.resets[A], 2);
    assert_int_equal(restarted[B], 1);
}

static void a_monitor_that_waits_goes_on_in_the_next_window(void **state)
{
    (void)state;
    make_monitor();
    answer = 0;
    wait_call = ABI_CALL_WAIT;
    begin(needs_monitor, 4);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_int_equal(host.entries[2].subject, B);
    assert_true(host.entries[2].at >= START + MAJOR_US * KHZ / 1000);
    assert_int_equal(host.entries[3].subject, A);
    assert_int_equal(host.answers[B][0], ABI_OK);
}

static void privileges_open_what_they_name(void **state)
{
    (void)state;
    image.subjects[A].privileges = IMAGE_MAY_READ_AUDIT | IMAGE_MAY_CALL_FROM_USER;
    expect_answer(calls_ack, ABI_OK, 42, 0);
    expect_answer(calls_bad_ack, ABI_ACK, 1001, 1);
    assert_int_equal(records[0].event, AUDIT_EVENT_DENIED);
    assert_int_equal(records[0].rule, IMAGE_RULE_CALL);
    assert_int_equal(records[0].value, 1000);
    assert_int_equal(records[0].other, 1);
    expect_answer(calls_from_user, ABI_OK, ABI_VERSION, 0);
    image.subjects[A].privileges = IMAGE_MAY_SHUTDOWN;
    begin(calls_shutdown, 1);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_true(host.powered_off);
    assert_int_equal(closes, 1);
    assert_int_equal(records[0].event, AUDIT_EVENT_SHUTDOWN);
}

static void a_send_that_runs_out_of_time_goes_on_later(void **state)
{
    (void)state;
    begin(calls_send, 1);
    send_unfinished = true;
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_int_equal(steps_of_send, 2);
    assert_int_equal(host.answers[A][0], ABI_DENIED);
}

/* ---- privileges ---- */
CALL_SCRIPT(calls_switch, ABI_CALL_OPERATE, 0, 0)
CALL_SCRIPT(calls_restart, ABI_CALL_OPERATE, 1, 0)
CALL_SCRIPT(calls_stop, ABI_CALL_OPERATE, 2, 0)
CALL_SCRIPT(calls_foreign, ABI_CALL_OPERATE, 4, 0)

/* A policy's own tests reckon with the same. */
static_assert(TEST_WORLD_MARGIN_US == SCHEDULE_MARGIN_US, "a switch is taken up in tests as in the kernel");

static void a_switch_comes_at_the_end_of_the_frame(void **state)
{
    (void)state;
    begin(calls_switch, 3);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_int_equal(host.answers[A][0], ABI_OK);
    assert_int_equal(records[0].event, AUDIT_EVENT_PLAN);
    assert_int_equal(records[0].rule, 80);
    assert_int_equal(records[0].value, 1);
    assert_int_equal(records[0].other, 0);
    assert_int_equal(host.entered[B], 1);
    uint64_t last = host.entries[host.entry_count - 1].at;
    assert_in_range(last, START + 5 * MAJOR_US / 2, START + 5 * MAJOR_US / 2 + 20);
    assert_int_equal(core_plan(), 1);
    assert_false(schedule_switch(0)); /* the other CPU has not been there */
}

static void a_dedicated_cpu_takes_a_switch_too(void **state)
{
    (void)state;
    begin(runs_on, 3);
    host.now = START;
    assert_true(schedule_switch(1));
    host_run((void (*)(uint32_t))schedule_run, 1);
    assert_int_equal(core_plan(), 1);
    assert_true(host.entry_count >= 3);
    uint64_t switched = START + MAJOR_US * KHZ / 1000, frame = MAJOR_US / 2 * KHZ / 1000;
    for (uint32_t i = 1; i < host.entry_count; i++) {     /* the first window begins like all the others */
        assert_int_equal(host.entries[i].at - switched - (i - 1) * frame, host.entries[1].at - switched);
        assert_in_range(host.entries[i].at - switched - (i - 1) * frame, 0, 3);
    }
}

/* Where frames are as long as they were, they begin where they would have begun, be that a multiple of the plans or not. */
static void a_switch_moves_no_frames(void **state)
{
    (void)state;
    assert_int_not_equal(MAJOR_US * KHZ / 1000 % IMAGE_MAX_PLANS, 0);
    begin(calls_switch, 3);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_int_equal(core_plan(), 1);
    for (uint32_t i = 0; i < host.entry_count; i++) {
        if (host.entries[i].subject != A) continue;
        assert_in_range((host.entries[i].at - START) % (MAJOR_US / 2), 0, MAJOR_US / 2 - SCHEDULE_MARGIN_US);
    }
}

static bool waits_alone(uint32_t subject, uint32_t n, struct host_act *act)
{
    if (subject != C || n != 0) return false;
    act->calls = true;
    act->call = ABI_CALL_WAIT;
    return true;
}

/* What the compiler's flow graph says of a CPU of its own (policy/language/check_plan.c): it is told of every switch. */
static void a_switch_to_the_same_plan_ends_a_wait_on_a_dedicated_cpu(void **state)
{
    (void)state;
    begin(waits_alone, 3);
    host_run((void (*)(uint32_t))schedule_run, 1);
    assert_int_equal(host.entered[C], 1);
    begin(waits_alone, 3);
    host.now = START;
    assert_true(schedule_switch(0));
    host_run((void (*)(uint32_t))schedule_run, 1);
    assert_int_equal(host.entered[C], 2);
    assert_int_equal(core_plan(), 0);
}

static void an_order_restarts_or_stops_another(void **state)
{
    (void)state;
    begin(calls_restart, 3);
    uint32_t epoch = core_epoch(B);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_int_equal(core_epoch(B), epoch + 1);
    assert_int_equal(restarted[B], 1);
    assert_int_equal(records[0].event, AUDIT_EVENT_ORDER);
    assert_int_equal(records[0].value, B);
    assert_int_equal(records[1].event, AUDIT_EVENT_RESTART);
    assert_int_equal(records[1].rule, 81);
    begin(calls_stop, 3);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_true(subject_stopped(B));
    assert_int_equal(host.entered[B], 0);
    assert_int_equal(records[1].event, AUDIT_EVENT_STOP);
}

static void who_has_no_privilege_is_refused(void **state)
{
    (void)state;
    expect_answer(calls_foreign, ABI_DENIED, IMAGE_RULE_PRIVILEGE, 1);
    assert_int_equal(records[0].event, AUDIT_EVENT_DENIED);
    assert_int_equal(records[0].value, ABI_CALL_OPERATE);
    assert_int_equal(records[0].other, 4);
}

/* ---- time that is given ---- */
enum { GIVE_B = 3, GIVE_A = 4 };

static void give(struct host_act *act, uint64_t operation)
{
    act->calls = true;
    act->call = ABI_CALL_OPERATE;
    act->args[0] = operation;
}

/* A asks three times, B answers each time; then A runs on. */
static bool gives_and_takes(uint32_t subject, uint32_t n, struct host_act *act)
{
    if (n >= 3) return false;
    give(act, subject == A ? GIVE_B : GIVE_A);
    return true;
}

static void time_is_given_and_given_back_within_a_window(void **state)
{
    (void)state;
    begin(gives_and_takes, 1);
    host_run((void (*)(uint32_t))schedule_run, 0);
    for (uint32_t i = 0; i < 7; i++) {
        assert_int_equal(host.entries[i].subject, i % 2 ? B : A);
        assert_in_range(host.entries[i].at, START, START + 100);
    }
    assert_int_equal(host.entries[7].subject, B);
    assert_in_range(host.entries[7].at, START + 3000, START + 3000 + 20);
    assert_int_equal(host.answers[A][0], ABI_OK);
    assert_int_equal(record_count, 0);
}

/* B keeps what it is given. */
static bool gives_once_a_life(uint32_t subject, uint32_t n, struct host_act *act)
{
    if (subject != A || n % 2 != 0) return false;
    give(act, GIVE_B);
    return true;
}

static void whoever_keeps_the_time_costs_that_window_alone(void **state)
{
    (void)state;
    begin(gives_once_a_life, 2);
    host_run((void (*)(uint32_t))schedule_run, 0);
    static const uint16_t subjects[] = { A, B, B, A, B };
    static const uint64_t at[] = { 0, 0, 3000, MAJOR_US, MAJOR_US + 3000 };
    assert_int_equal(host.entry_count, 5);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(host.entries[i].subject, subjects[i]);
        assert_in_range(host.entries[i].at, START + at[i], START + at[i] + 40);
    }
}

/* B sleeps in its own windows, is woken by what A gives, and stops of its own fault then: A has the rest. */
static uint32_t had_the_cpu;

static bool wakes_to_fault(uint32_t subject, uint32_t n, struct host_act *act)
{
    if (subject == A && n == 2) had_the_cpu = schedule_current(0);
    if (subject == B) {
        if (host.now < START + MAJOR_US) {
            act->calls = true;
            act->call = ABI_CALL_WAIT;
            return true;
        }
        act->exit = HOST_FAULTS;
        act->rule = IMAGE_RULE_MEMORY;
        return true;
    }
    if (n != 1) return false;
    give(act, GIVE_B);
    return true;
}

static void time_given_to_one_that_stops_comes_back(void **state)
{
    (void)state;
    begin(wakes_to_fault, 3);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_true(subject_stopped(B));
    uint32_t i = 0;
    while (i < host.entry_count && host.entries[i].at < START + MAJOR_US) i++;
    assert_int_equal(host.entries[i].subject, A);
    assert_int_equal(host.entries[i + 1].subject, B);
    assert_int_equal(host.entries[i + 2].subject, A);
    assert_in_range(host.entries[i + 2].at, START + MAJOR_US, START + MAJOR_US + 60);
    assert_int_equal(had_the_cpu, A);
}

/* An order for B that came while B did not run is carried out before B runs in the time of A. */
static bool orders_then_gives(uint32_t subject, uint32_t n, struct host_act *act)
{
    if (subject != A || n > 1) return false;
    give(act, n == 0 ? 2 : GIVE_B);
    return true;
}

static void an_order_comes_before_time_that_is_given(void **state)
{
    (void)state;
    begin(orders_then_gives, 1);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_true(subject_stopped(B));
    assert_int_equal(host.entered[B], 0);
    assert_int_equal(host.entered[A], 3);
    assert_in_range(host.entries[2].at, START, START + 80);
}

/* ---- events ---- */
static void waiting_ends_with_an_event_or_the_next_window(void **state)
{
    (void)state;
    begin(calls_wait, 2);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_true(host.sleeps > 0);
    assert_int_equal(host.entered[A], 2);
    assert_int_equal(host.answers[A][1], 0);
    begin(calls_wait, 1);
    core_event_raise(A, 5);
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_int_equal(host.answers[A][1], 1u << 5);
    assert_int_equal(event_peek(A), 0);
}

static void events_are_offered_until_taken(void **state)
{
    (void)state;
    begin(runs_on, 1);
    core_event_raise(A, 3);
    core_event_raise(A, 9);
    host.takes_events = true;
    host_run((void (*)(uint32_t))schedule_run, 0);
    assert_int_equal(host.offered[A], 1u << 3 | 1u << 9);
    assert_int_equal(event_peek(A), 1u << 9);
}

static void only_a_running_subject_elsewhere_is_kicked(void **state)
{
    (void)state;
    begin(runs_on, 1);
    host_run((void (*)(uint32_t))schedule_run, 1);        /* leaves C current on CPU 1 */
    host.cpu = 0;
    core_event_raise(C, 1);
    assert_int_equal(host.kicks, 1);
    assert_int_equal(host.kicked_for, KICK_EVENT);
    core_event_raise(C, 1);
    assert_int_equal(host.kicks, 1);                      /* already raised */
    core_event_raise(A, 1);
    assert_int_equal(host.kicks, 1);                      /* own CPU */
    subject_order(C, IMAGE_RULE_NONE, true);
    assert_int_equal(host.kicks, 2);
    assert_int_equal(host.kicked_for, KICK_CORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(windows_begin_at_their_planned_instants, setup),
        cmocka_unit_test_setup(labels_that_share_a_cpu_have_it_flushed, setup),
        cmocka_unit_test_setup(a_flood_of_exits_ends_with_its_window, setup),
        cmocka_unit_test_setup(the_margin_has_a_least, setup),
        cmocka_unit_test_setup(windows_are_longer_than_the_margin, setup),
        cmocka_unit_test_setup(a_dedicated_cpu_has_no_timer, setup),
        cmocka_unit_test_setup(a_fault_without_restarts_stops_the_subject_alone, setup),
        cmocka_unit_test_setup(restarts_are_counted_and_end, setup),
        cmocka_unit_test_setup(a_violation_may_be_the_end, setup),
        cmocka_unit_test_setup(a_new_period_allows_new_restarts, setup),
        cmocka_unit_test_setup(then_halt_stops_the_system_in_order, setup),
        cmocka_unit_test_setup(a_restart_leaves_nothing_over, setup),
        cmocka_unit_test_setup(calls_answer_and_refusals_are_recorded, setup),
        cmocka_unit_test_setup(a_monitor_answers_in_its_subjects_window, setup),
        cmocka_unit_test_setup(a_monitor_that_gives_up_ends_its_subjects_life, setup),
        cmocka_unit_test_setup(a_monitor_starts_again_before_its_subject, setup),
        cmocka_unit_test_setup(a_monitor_that_waits_goes_on_in_the_next_window, setup),
        cmocka_unit_test_setup(privileges_open_what_they_name, setup),
        cmocka_unit_test_setup(a_send_that_runs_out_of_time_goes_on_later, setup),
        cmocka_unit_test_setup(a_switch_comes_at_the_end_of_the_frame, setup),
        cmocka_unit_test_setup(a_dedicated_cpu_takes_a_switch_too, setup),
        cmocka_unit_test_setup(a_switch_moves_no_frames, setup),
        cmocka_unit_test_setup(a_switch_to_the_same_plan_ends_a_wait_on_a_dedicated_cpu, setup),
        cmocka_unit_test_setup(an_order_restarts_or_stops_another, setup),
        cmocka_unit_test_setup(who_has_no_privilege_is_refused, setup),
        cmocka_unit_test_setup(time_is_given_and_given_back_within_a_window, setup),
        cmocka_unit_test_setup(whoever_keeps_the_time_costs_that_window_alone, setup),
        cmocka_unit_test_setup(time_given_to_one_that_stops_comes_back, setup),
        cmocka_unit_test_setup(an_order_comes_before_time_that_is_given, setup),
        cmocka_unit_test_setup(waiting_ends_with_an_event_or_the_next_window, setup),
        cmocka_unit_test_setup(events_are_offered_until_taken, setup),
        cmocka_unit_test_setup(only_a_running_subject_elsewhere_is_kicked, setup),
    };
    return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
