/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that the policy has checked before a subject is entered, on the scripted machine: what is sound, and what is not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "channels/abi.h"
#include "channels/info.h"
#include "core/audit.h"
#include "core/core.h"
#include "core/monitor.h"
#include "core/schedule.h"
#include "core/start.h"
#include "core/subject.h"
#include "host/host.h"

enum { KHZ = 1000, START = 1024, MAJOR_US = 10000, RAM_SIZE = 0x21000, LOAD_SIZE = 100, LARGE = 0x10123, SLICE = 4096,
       SUBJECTS = 3, A = 0, B = 1, MONITOR = 2 };

/* A and B share a CPU; B is the one whose memory is loaded and checked. MONITOR has no time of its own. */
static struct image {
    struct image_header header;
    struct image_cpu cpus[1];
    struct image_plan plans[1];
    struct image_window windows[2];
    struct image_subject subjects[SUBJECTS];
    struct image_region regions[2 * SUBJECTS];
    struct image_load loads[1];
    struct image_digest digests[2];
    uint8_t content[LARGE];
} image;

/* SHA-256 of RAM_SIZE bytes, zeros but for LOAD_SIZE of 0x5a at 0x1000; and of zeros alone. */
static const struct image_digest loaded = { {
    0xa3, 0x69, 0x71, 0x23, 0xdd, 0x54, 0x28, 0x18, 0xb0, 0x6e, 0x4d, 0x7c, 0x70, 0xfc, 0x84, 0x49,
    0x79, 0xf7, 0xc8, 0x50, 0x10, 0xd9, 0xcb, 0x99, 0x0c, 0xd1, 0x80, 0xc7, 0x80, 0x9f, 0x63, 0x14,
} };
static const struct image_digest empty = { {
    0x74, 0x51, 0x8f, 0x20, 0x4d, 0x46, 0xde, 0x66, 0x0d, 0xff, 0x3e, 0xd0, 0x03, 0xe9, 0x24, 0x76,
    0xba, 0xd8, 0xc6, 0x91, 0xba, 0x39, 0x24, 0x53, 0xfc, 0x1c, 0x75, 0x32, 0xcc, 0x85, 0x60, 0x18,
} };

static uint8_t ram[SUBJECTS][RAM_SIZE];
static union { struct subject_info info; uint8_t page[IMAGE_PAGE]; } info[SUBJECTS];
static struct audit_record records[16];
static uint32_t record_count, restarted;

/* ---- what the core asks of others ---- */
void audit_write(uint32_t cpu, struct audit_record *event)
{
    assert_int_equal(cpu, image.subjects[event->subject].cpu);
    if (record_count < sizeof records / sizeof *records) records[record_count++] = *event;
}

void audit_flush(uint32_t cpu)
{
    (void)cpu;
}

void audit_close(void)
{
}

uint32_t audit_ack(uint64_t cpu, uint64_t sequence, uint64_t *sealed)
{
    (void)cpu, (void)sequence;
    *sealed = 0;
    return ABI_ACK;
}

uint32_t monitor_send_begin(uint32_t subject, uint64_t channel, uint64_t first, uint64_t count, struct monitor_send *job)
{
    (void)subject, (void)channel, (void)first, (void)count, (void)job;
    return ABI_CHANNEL;
}

bool monitor_send_continue(uint32_t subject, struct monitor_send *job)
{
    (void)subject, (void)job;
    return true;
}

uint32_t monitor_receive(uint32_t subject, uint64_t channel, uint64_t sequence)
{
    (void)subject, (void)channel, (void)sequence;
    return ABI_SEQUENCE;
}

uint32_t monitor_notify(uint32_t subject, uint64_t channel)
{
    (void)subject, (void)channel;
    return ABI_CHANNEL;
}

const struct image_operation *monitor_judge_operation(uint32_t subject, uint64_t operation, uint32_t *rule)
{
    (void)subject, (void)operation;
    *rule = IMAGE_RULE_PRIVILEGE;
    return NULL;
}

bool monitor_operate(uint32_t subject, uint64_t call, uint64_t operation, uint64_t a1, uint64_t a2)
{
    (void)a1, (void)a2;
    return core_operate(subject, call, operation);
}

static bool stops_while_told;         /* somebody has the subject stopped when its peers have learnt of half its restart */

uint32_t monitor_restarted(uint32_t subject, uint32_t next)
{
    if (stops_while_told && next == 1) {
        subject_order(subject, IMAGE_RULE_FIRST, true);
        return 2;
    }
    restarted++;
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

static int build_image(void **state)
{
    (void)state;
    memset(&image, 0, sizeof image);
    image.header.audit_always = IMAGE_AUDIT_RESTART;
    image.plans[0].major_us = MAJOR_US;
    image.windows[0] = (struct image_window){ 0, 0, A, 0, 0, 3000 };
    image.windows[1] = (struct image_window){ 0, 0, B, 0, 3000, 7000 };
    for (uint16_t s = 0; s < SUBJECTS; s++) {
        image.subjects[s] = (struct image_subject){ .ram_region = s, .info_region = SUBJECTS + s, .restart_max = 2,
                                                    .restart_period_s = 60, .monitor = IMAGE_NONE, .serves = IMAGE_NONE };
        image.regions[s] = (struct image_region){ .size = RAM_SIZE, .kind = IMAGE_REGION_RAM, .owner = s };
        image.regions[SUBJECTS + s] = (struct image_region){ .size = IMAGE_PAGE, .kind = IMAGE_REGION_INFO, .owner = s };
    }
    memset(image.content, 0x5a, LOAD_SIZE);
    image.loads[0] = (struct image_load){ 0x1000, offsetof(struct image, content), LOAD_SIZE, B, 0 };
    image.digests[0] = loaded;
    image.digests[1] = empty;
    image.subjects[B].digest = 1;
    set_table(IMAGE_CPUS, image.cpus, 1);
    set_table(IMAGE_PLANS, image.plans, 1);
    set_table(IMAGE_WINDOWS, image.windows, 2);
    set_table(IMAGE_SUBJECTS, image.subjects, SUBJECTS);
    set_table(IMAGE_REGIONS, image.regions, 2 * SUBJECTS);
    set_table(IMAGE_LOADS, image.loads, 1);
    set_table(IMAGE_DIGESTS, image.digests, 2);
    return 0;
}

static void run(host_script *script, uint64_t frames)
{
    host_reset(script, UINT64_MAX);
    record_count = restarted = 0;
    memset(ram, 0xee, sizeof ram);
    core_policy_tables = policy_tables_open(&image);
    schedule_start(START, KHZ);
    assert_true(schedule_fits());
    subject_start_all();
    host.now = 0;
    host.end = START + frames * MAJOR_US * KHZ / 1000;
    host_run((void (*)(uint32_t))schedule_run, 0);
}

static void expect_record(uint32_t at, uint32_t event, uint32_t subject, uint32_t rule)
{
    assert_true(at < record_count);
    assert_int_equal(records[at].event, event);
    assert_int_equal(records[at].subject, subject);
    assert_int_equal(records[at].rule, rule);
}

/* ---- what subjects do ---- */
static bool runs_on(uint32_t subject, uint32_t n, struct host_act *act)
{
    (void)subject, (void)n, (void)act;
    return false;
}

static bool faults(uint32_t subject, uint32_t n, struct host_act *act)
{
    (void)n;
    if (subject != B) return false;
    memset(ram[B], 0xee, RAM_SIZE);
    act->exit = HOST_FAULTS;
    act->rule = IMAGE_RULE_MEMORY;
    return true;
}

/* What the next life gets is another byte: a copy that goes wrong, as the digest sees it. */
static bool faults_and_is_miscopied(uint32_t subject, uint32_t n, struct host_act *act)
{
    if (subject == B) image.content[LOAD_SIZE - 1] ^= 1;
    return faults(subject, n, act);
}

static uint32_t orders;

static bool is_ordered_to_begin_again(uint32_t subject, uint32_t n, struct host_act *act)
{
    if (subject == A && subject_stopped(B) && orders++ == 0) {
        image.content[LOAD_SIZE - 1] ^= 1;
        subject_order(B, IMAGE_RULE_FIRST, false);
    }
    return host.entered[B] == 1 && faults_and_is_miscopied(subject, n, act);
}

static bool needs_monitor(uint32_t subject, uint32_t n, struct host_act *act)
{
    (void)n;
    if (subject == A) return false;
    if (subject == MONITOR) ram[MONITOR][5] = 1;
    act->exit = subject == B ? HOST_REFLECTED : HOST_FAULTS;
    act->rule = IMAGE_RULE_MEMORY;
    if (subject == MONITOR) image.digests[1].sha256[31] ^= 1;
    return true;
}

/* ---- what becomes of them ---- */
static void sound_memory_is_entered_at_the_start_and_after_restarts(void **state)
{
    (void)state;
    run(faults, 6);
    assert_int_equal(host.entered[B], 3);
    assert_int_equal(restarted, 2);
    assert_int_equal(record_count, 3);
    expect_record(2, AUDIT_EVENT_STOP, B, IMAGE_RULE_MEMORY);
}

static void a_byte_that_is_copied_wrongly_ends_the_subject(void **state)
{
    (void)state;
    run(faults_and_is_miscopied, 6);
    assert_true(subject_stopped(B));
    assert_int_equal(host.entered[B], 1);
    assert_int_equal(host.entered[A], 6);
    assert_int_equal(restarted, 0);
    assert_int_equal(record_count, 2);
    expect_record(0, AUDIT_EVENT_RESTART, B, IMAGE_RULE_MEMORY);
    expect_record(1, AUDIT_EVENT_CORRUPT, B, IMAGE_RULE_DIGEST);
    assert_int_equal(records[1].class_, AUDIT_CLASS_KERNEL);
    assert_false(host.halted);
}

static void memory_that_the_policy_does_not_have_checked_is_entered(void **state)
{
    (void)state;
    image.subjects[B].digest = 0;
    run(faults_and_is_miscopied, 6);
    assert_int_equal(host.entered[B], 3);
}

/* Of the digest each byte, of memory those behind the last load: what the test had left there is zero. */
static void every_byte_of_the_memory_counts(void **state)
{
    (void)state;
    const uint32_t at[] = { 0, 1, 15, 31 };
    for (uint32_t i = 0; i < sizeof at / sizeof *at; i++) {
        build_image(state);
        image.digests[0].sha256[at[i]] ^= 0x80;
        run(runs_on, 2);
        assert_int_equal(host.entered[B], 0);
    }
    build_image(state);
    image.loads[0].region_offset = RAM_SIZE - LOAD_SIZE;
    run(runs_on, 2);
    assert_int_equal(host.entered[B], 0);
    image.digests[0] = empty;
    set_table(IMAGE_LOADS, image.loads, 0);
    run(runs_on, 2);
    assert_int_equal(host.entered[B], 2);
}

/* Of the first start too; told in the subject's own window, when its CPU writes its own ring. */
static void what_start_up_loads_is_checked(void **state)
{
    (void)state;
    image.content[0] ^= 1;
    run(runs_on, 3);
    assert_int_equal(host.entered[B], 0);
    assert_int_equal(host.entered[A], 3);
    assert_int_equal(record_count, 1);
    expect_record(0, AUDIT_EVENT_CORRUPT, B, IMAGE_RULE_DIGEST);
}

static void peers_learn_all_of_a_restart_before_a_stop(void **state)
{
    (void)state;
    stops_while_told = true;
    run(faults, 6);
    stops_while_told = false;
    assert_int_equal(restarted, 1);
    assert_int_equal(host.entered[B], 1);
    assert_true(subject_stopped(B));
    expect_record(1, AUDIT_EVENT_STOP, B, IMAGE_RULE_FIRST);
}

static void the_system_halts_where_the_policy_says_so(void **state)
{
    (void)state;
    image.subjects[B].fault_then = IMAGE_FAULT_HALT;
    run(faults_and_is_miscopied, 6);
    assert_true(host.halted);
    expect_record(1, AUDIT_EVENT_CORRUPT, B, IMAGE_RULE_DIGEST);
}

/* The subject of a monitor that cannot begin would wait for it for ever. */
static void a_monitor_that_is_spoilt_ends_its_subject(void **state)
{
    (void)state;
    image.subjects[B].monitor = MONITOR;
    image.subjects[MONITOR].serves = B;
    image.subjects[MONITOR].digest = 2;
    run(needs_monitor, 6);
    assert_true(subject_stopped(B));
    assert_int_equal(host.entered[MONITOR], 1);
    assert_int_equal(host.entered[A], 6);
    assert_int_equal(record_count, 2);
    expect_record(1, AUDIT_EVENT_CORRUPT, B, IMAGE_RULE_DIGEST);
}

static void an_order_to_begin_again_has_it_checked_again(void **state)
{
    (void)state;
    orders = 0;
    run(is_ordered_to_begin_again, 6);
    assert_int_equal(orders, 1);
    assert_true(host.entered[B] > 1);
    assert_false(subject_stopped(B));
    expect_record(1, AUDIT_EVENT_CORRUPT, B, IMAGE_RULE_DIGEST);
    expect_record(2, AUDIT_EVENT_RESTART, B, IMAGE_RULE_FIRST);
    assert_int_equal(record_count, 3);
}

/* One look at the clock for each block: three windows of 1,000 ticks, all of them its own. */
static void the_check_takes_the_subjects_own_windows(void **state)
{
    (void)state;
    image.windows[1].length_us = 1000;
    run(faults, 6);
    assert_int_equal(host.entered[A], 6);
    uint64_t second = 0, of_b = 0;
    for (uint32_t i = 0; i < host.entry_count; i++) {
        if (host.entries[i].subject == B && ++of_b == 2) second = host.entries[i].at;
        uint64_t at = (host.entries[i].at - START) % MAJOR_US;
        assert_true(host.entries[i].subject == B ? at >= 3000 && at < 4000 : at < 3000);
    }
    assert_in_range(second, START + 2 * MAJOR_US, START + 4 * MAJOR_US);
}

/* Between two looks at the clock, none of which finds any time left, no more than a slice of it changes. */
static void a_large_load_is_copied_in_slices(void **state)
{
    (void)state;
    static uint8_t before[RAM_SIZE];
    for (uint32_t i = 0; i < LARGE; i++) image.content[i] = (uint8_t)(1 + i % 255);
    image.loads[0].size = LARGE;
    image.subjects[B].digest = 0;
    run(runs_on, 1);
    memset(ram, 0xee, sizeof ram);
    memcpy(before, ram[B], RAM_SIZE);
    host.now = UINT64_MAX / 2;
    host.end = UINT64_MAX;
    restart_begin(B);
    uint32_t slices = 0;
    for (; restart_continue(B) == RESTART_GOES_ON; slices++) {
        uint32_t changed = 0;
        for (uint32_t i = 0; i < RAM_SIZE; i++) changed += ram[B][i] != before[i];
        assert_in_range(changed, 1, SLICE);
        memcpy(before, ram[B], RAM_SIZE);
    }
    assert_int_equal(slices, (RAM_SIZE + SLICE - 1) / SLICE + (LARGE + SLICE - 1) / SLICE);
    for (uint32_t i = 0; i < RAM_SIZE; i++) {
        assert_int_equal(ram[B][i], i - 0x1000 < LARGE ? image.content[i - 0x1000] : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sound_memory_is_entered_at_the_start_and_after_restarts, build_image),
        cmocka_unit_test_setup(a_byte_that_is_copied_wrongly_ends_the_subject, build_image),
        cmocka_unit_test_setup(memory_that_the_policy_does_not_have_checked_is_entered, build_image),
        cmocka_unit_test_setup(every_byte_of_the_memory_counts, build_image),
        cmocka_unit_test_setup(what_start_up_loads_is_checked, build_image),
        cmocka_unit_test_setup(peers_learn_all_of_a_restart_before_a_stop, build_image),
        cmocka_unit_test_setup(the_system_halts_where_the_policy_says_so, build_image),
        cmocka_unit_test_setup(a_monitor_that_is_spoilt_ends_its_subject, build_image),
        cmocka_unit_test_setup(an_order_to_begin_again_has_it_checked_again, build_image),
        cmocka_unit_test_setup(the_check_takes_the_subjects_own_windows, build_image),
        cmocka_unit_test_setup(a_large_load_is_copied_in_slices, build_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
