/* SPDX-License-Identifier: Apache-2.0 */
/* A monitor's turns, and its answers; what the exits mean exit_svm.c and exit_vmx.c tell. */
#include "monitor/exit.h"
#include "channels/abi.h"
#include "exit_backend.h"
#include "guest/call.h"

static const struct exit_backend *backend;
static uint64_t subject_size;

static struct monitor_frame *frame(void)
{
    return (struct monitor_frame *)MONITOR_FRAME;
}

/* Of STI and of loads of SS: AMD64 APM volume 2, 15.21.5; Intel SDM volume 3, table 25-3. That of an NMI outlasts it. */
#define SHADOW_ONE_INSTRUCTION 3ull

static_assert(MONITOR_SVM_RIP == (int)MONITOR_VMX_RIP && MONITOR_SVM_SHADOW == (int)MONITOR_VMX_SHADOW &&
              MONITOR_SVM_REASON == (int)MONITOR_VMX_REASON, "in one place");

static struct exit read_exit(void)
{
    struct exit e = { .frame = frame(), .rip = frame()->fields[MONITOR_SVM_RIP] };
    backend->read(&e);
    return e;
}

/* ---- answers ---- */
/* What held interrupts back for one instruction ends with it. */
void exit_skip(struct exit *e, uint32_t length)
{
    e->frame->fields[MONITOR_SVM_RIP] = e->rip + length;
    e->frame->fields[MONITOR_SVM_SHADOW] &= ~SHADOW_ONE_INSTRUCTION;
}

/* Fields that are not shown are set all the same: whatever lies before them is taken back as it was shown. */
void exit_raise(struct exit *e, uint8_t vector)
{
    backend->raise(e, EVENT_VALID | EVENT_EXCEPTION | vector, 0);
}

void exit_raise_error(struct exit *e, uint8_t vector, uint32_t error)
{
    backend->raise(e, EVENT_VALID | EVENT_ERROR | EVENT_EXCEPTION | vector, error);
}

void *exit_memory(const struct exit *e, uint64_t gpa, uint64_t size)
{
    (void)e;
    if (gpa > subject_size || size > subject_size - gpa) return 0;
    return (void *)(MONITOR_SUBJECT + gpa);
}

/*
 * At its start the monitor has not said yet what it wants to see: it says so, its subject does the same again, and the frame
 * tells of it.
 */
_Noreturn void exit_serve(const struct subject_info *info, uint64_t (*answer)(struct exit *e))
{
    backend = info->call == INFO_CALL_VMCALL ? &exit_vmx : &exit_svm;
    subject_size = info->served_size;
    frame()->counts[MONITOR_SHOW] = backend->shown;
    call_make(ABI_CALL_RESUME, 0, 0, 0);
    for (;;) {
        struct exit e = read_exit();
        frame()->counts[MONITOR_TAKE] = MONITOR_SVM_REASON;
        uint64_t failed = answer(&e);
        call_make(ABI_CALL_RESUME, failed, 0, 0);
    }
}
