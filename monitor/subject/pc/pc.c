/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Monitor `pc`: the small PC that 32-bit multiboot test kernels expect, for one subject. The subject's first program is
 * the loader (loader.c); it asks by CPUID that its kernel be started, and from then on there is no such leaf.
 *
 * Each turn: time passes, the exit is answered, and what interrupts the subject next is offered to its processor. Between two
 * exits nothing of the devices changes but by time, and when that next matters is the frame's alarm.
 */
#include "guest/guest.h"
#include "guest/memory.h"
#include "pc/apic.h"
#include "pc/breakpoint.h"
#include "pc/ioapic.h"
#include "pc/loader.h"
#include "pc/pc.h"
#include "pc/pic.h"
#include "pc/pit.h"

enum { TIMER_LINE = 0, TIMER_PIN = 2 };

enum source { SOURCE_NONE, SOURCE_APIC, SOURCE_PIC };

const struct processor *processor;
static enum source offered;
static uint8_t offered_vector;
static bool started;
static uint32_t met;                  /* breakpoints, by the instruction that is carried out: bits of DR6 */

static uint64_t now(void)
{
    return __builtin_ia32_rdtsc();
}

/* ---- interrupts ---- */
static bool pic_reaches(void)
{
    return apic_passes_pic() || ioapic_passes_pic();
}

/* The PIC's output is LINT0's input. */
static void pass_line(void)
{
    static bool before;
    uint8_t vector;
    bool line = pic_pending(&vector);
    if (line && !before) apic_raise_line();
    before = line;
}

static enum source next_interrupt(uint8_t *vector)
{
    if (apic_pending(vector)) return SOURCE_APIC;
    return pic_reaches() && pic_pending(vector) ? SOURCE_PIC : SOURCE_NONE;
}

static void collect(const struct exit *e)
{
    bool taken = offered != SOURCE_NONE && processor->took(e);
    if (taken && offered == SOURCE_APIC) apic_taken(offered_vector);
    if (taken && offered == SOURCE_PIC) pic_acknowledge();
    offered = SOURCE_NONE;
}

static void offer(const struct exit *e)
{
    offered = next_interrupt(&offered_vector);
    const struct offer o = {
        .interrupt = offered != SOURCE_NONE, .nmi = apic_has_nmi(), .vector = offered_vector,
        .task_priority = apic_task_priority()
    };
    if (processor->offer(e, &o)) apic_take_nmi();
}

/* ---- time ---- */
static void pass_time(void)
{
    uint64_t instant = now();
    apic_run(instant);
    if (pit_run(instant)) {
        pic_raise(TIMER_LINE);
        ioapic_raise(TIMER_PIN);
    }
    pass_line();
}

/* The next instant at which time would interrupt the subject: 0 for none. */
static uint64_t next_alarm(void)
{
    bool heard = (pic_listens(TIMER_LINE) && (pic_reaches() || apic_hears_line())) || ioapic_listens(TIMER_PIN);
    uint64_t timer = heard ? pit_due() : PIT_NEVER, own = apic_due(), first = timer < own ? timer : own;
    return first == PIT_NEVER ? 0 : first;
}

/* Time passes until something interrupts; it is the subject's own. */
static uint64_t answer_halt(struct exit *e)
{
    uint8_t vector;
    if (!(*pc_field(e, FIELD_RFLAGS) & RFLAGS_INTERRUPTS)) return pc_end(PC_HALTED, (uint32_t)e->rip);
    while (next_interrupt(&vector) == SOURCE_NONE) {
        if (next_alarm() == 0) return pc_end(PC_HALTED, (uint32_t)e->rip);
        __builtin_ia32_pause();
        pass_time();
    }
    exit_skip(e, e->length);
    return PC_GO_ON;
}

/* ---- exits ---- */
static void answer_exception(struct exit *e)
{
    if (e->length > 0) exit_skip(e, e->length);
    if (e->at == VECTOR_ALIGNMENT) pc_fault_error(e, VECTOR_ALIGNMENT, 0);
    else exit_raise(e, (uint8_t)e->at);
    if (e->at == VECTOR_DEBUG) control_debug_raised();
}

/* What firmware leaves in its data area, and kernels look up there: COM1's port, where its extension begins, KiB below that. */
static void leave_firmware_data(const struct exit *e)
{
    static const struct { uint16_t at, value; } words[] = {
        { 0x400, 0x3f8 }, { 0x40e, 0x9fc00 >> 4 }, { 0x413, 0x9fc00 >> 10 }
    };
    for (uint32_t i = 0; i < sizeof words / sizeof *words; i++) {
        void *word = exit_memory(e, words[i].at, sizeof words[i].value);
        if (word) memcpy(word, &words[i].value, sizeof words[i].value);
    }
}

static uint64_t answer_cpuid(struct exit *e)
{
    struct monitor_frame *f = e->frame;
    if (started || (uint32_t)f->rax != LOADER_LEAF) {
        control_cpuid(e);
        return PC_GO_ON;
    }
    if ((uint32_t)f->rbx == 0) return pc_end(PC_NOT_LOADED, 0);
    started = true;
    leave_firmware_data(e);
    control_start(e, (uint32_t)f->rcx, (uint32_t)f->rbx);
    return PC_GO_ON;
}

static uint64_t dispatch(struct exit *e)
{
    switch (e->kind) {
    case EXIT_CPUID: return answer_cpuid(e);
    case EXIT_HLT: return answer_halt(e);
    case EXIT_IN: case EXIT_OUT: return ports_answer(e);
    case EXIT_RDMSR: case EXIT_WRMSR: msr_answer(e); return PC_GO_ON;
    case EXIT_READ: case EXIT_WRITE: case EXIT_FETCH: return device_answer(e);
    case EXIT_REGISTER: return control_answer(e);
    case EXIT_TASK: return task_answer(e);
    case EXIT_EXCEPTION: answer_exception(e); return PC_GO_ON;
    case EXIT_CACHE: exit_skip(e, e->length); return PC_GO_ON;
    case EXIT_COUNTER: pc_protection(e); return PC_GO_ON;
    case EXIT_INSTRUCTION: pc_fault(e, VECTOR_UNDEFINED); return PC_GO_ON;
    case EXIT_INTERRUPTED: return PC_GO_ON;
    default: return pc_end(PC_UNKNOWN_EXIT, (uint32_t)e->at);
    }
}

/* ---- what comes behind an instruction ---- */
static struct breakpoints breakpoints(const struct exit *e)
{
    return (struct breakpoints){ e->frame->debug, *pc_field(e, FIELD_DR7), *pc_field(e, FIELD_CR4) & CR4_DE };
}

void pc_touch_port(const struct exit *e, uint64_t port, uint32_t size)
{
    const struct breakpoints b = breakpoints(e);
    met |= breakpoint_at_port(&b, port, size);
}

void pc_touch(const struct exit *e, uint64_t linear, uint32_t size, bool writes)
{
    const struct breakpoints b = breakpoints(e);
    met |= breakpoint_at_memory(&b, pc_width(e) == 64 ? linear : (uint32_t)linear, size, writes);
}

/*
 * AMD64 APM volume 2, 13.1.4, 13.1.2: an instruction that was carried out here is a step as any other, and has met breakpoints.
 * One that repeats breaks each time, and goes on without stopping at itself: RF, which any other leaves clear.
 */
static void trap(struct exit *e, bool steps)
{
    uint64_t *rflags = pc_field(e, FIELD_RFLAGS);
    bool done = e->kind != EXIT_EXCEPTION && e->frame->fields[MONITOR_SVM_RIP] != e->rip;
    if (done) *rflags &= ~RFLAGS_RESUME;
    else if (met) *rflags |= RFLAGS_RESUME;
    if (met || (steps && done)) control_raise_debug(e, met | (steps ? DR6_STEP : 0));
    met = 0;
}

/* Outside 64-bit mode code that ends below 4 GiB goes on at 0. */
static void settle(const struct exit *e)
{
    struct monitor_frame *f = e->frame;
    if (f->counts[MONITOR_TAKE] < processor->usual) f->counts[MONITOR_TAKE] = processor->usual;
    if (pc_width(e) != 64) f->fields[MONITOR_SVM_RIP] = (uint32_t)f->fields[MONITOR_SVM_RIP];
    processor->settle(e);
}

/* What every answer sets; some set all. The first exit is shown in part: the subject does the same again. */
static uint64_t answer(struct exit *e)
{
    struct monitor_frame *f = e->frame;
    bool shown = f->counts[MONITOR_SHOW] == processor->all;
    f->counts[MONITOR_SHOW] = processor->all;
    f->counts[MONITOR_TAKE] = 0;
    if (!shown) return PC_GO_ON;
    processor->begin(e);
    stand_in_end(e);
    collect(e);
    pass_time();
    bool steps = *pc_field(e, FIELD_RFLAGS) & RFLAGS_STEP && started;
    uint64_t end = dispatch(e);
    trap(e, steps);
    pass_line();
    offer(e);
    settle(e);
    f->alarm = next_alarm();
    return end;
}

void guest_main(const struct subject_info *info)
{
    processor = info->call == INFO_CALL_VMCALL ? &processor_vmx : &processor_svm;
    apic_reset();
    ioapic_reset();
    ports_reset(info);
    exit_serve(info, answer);
}
