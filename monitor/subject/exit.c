/* SPDX-License-Identifier: Apache-2.0 */
/* What exits mean: AMD64 APM volume 2, 15.7 to 15.10, 15.25.6; Intel SDM volume 3, 28.2.1. */
#include "monitor/exit.h"
#include "channels/abi.h"
#include "guest/call.h"

enum {
    SVM_CPUID = 0x72, SVM_HLT = 0x78, SVM_IO = 0x7b, SVM_MSR = 0x7c, SVM_MEMORY = 0x400,
    VMX_CPUID = 10, VMX_HLT = 12, VMX_IO = 30, VMX_RDMSR = 31, VMX_WRMSR = 32, VMX_MEMORY = 48
};
enum { LENGTH_CPUID = 2, LENGTH_HLT = 1, LENGTH_MSR = 2 };
#define EVENT_VALID 0x80000000u
#define EVENT_ERROR 0x800u
#define EVENT_EXCEPTION 0x300u

static bool is_vmx;
static uint64_t subject_size;

static struct monitor_frame *frame(void)
{
    return (struct monitor_frame *)MONITOR_FRAME;
}

/* ---- what happened ---- */
static void set(struct exit *e, enum exit_kind kind, uint64_t at, uint32_t length)
{
    e->kind = kind;
    e->at = at;
    e->length = length;
}

/* Port in bits 31 to 16; size in bits 6 to 4; bit 0: in. The next instruction's address is given. */
static void read_svm_port(struct exit *e, const uint64_t *f)
{
    uint64_t info = f[MONITOR_SVM_INFO1];
    set(e, info & 1 ? EXIT_IN : EXIT_OUT, info >> 16 & 0xffff, (uint32_t)(f[MONITOR_SVM_INFO2] - e->rip));
    e->size = (uint32_t)(info >> 4 & 7);
}

static void read_svm(struct exit *e)
{
    const uint64_t *f = e->frame->fields;
    uint64_t info = f[MONITOR_SVM_INFO1];
    switch ((uint32_t)f[MONITOR_SVM_REASON]) {
    case SVM_CPUID: set(e, EXIT_CPUID, 0, LENGTH_CPUID); break;
    case SVM_HLT: set(e, EXIT_HLT, 0, LENGTH_HLT); break;
    case SVM_IO: read_svm_port(e, f); break;
    case SVM_MSR: set(e, info & 1 ? EXIT_WRMSR : EXIT_RDMSR, (uint32_t)e->frame->rcx, LENGTH_MSR); break;
    case SVM_MEMORY: set(e, info & 16 ? EXIT_FETCH : info & 2 ? EXIT_WRITE : EXIT_READ, f[MONITOR_SVM_INFO2], 0); break;
    default: set(e, EXIT_OTHER, f[MONITOR_SVM_REASON], 0); break;
    }
}

/* Port in bits 31 to 16; bytes less one in bits 2 to 0; bit 3: in. */
static void read_vmx_port(struct exit *e, uint64_t q, uint32_t length)
{
    set(e, q & 8 ? EXIT_IN : EXIT_OUT, q >> 16 & 0xffff, length);
    e->size = (uint32_t)(q & 7) + 1;
}

static void read_vmx(struct exit *e)
{
    const uint64_t *f = e->frame->fields;
    uint64_t q = f[MONITOR_VMX_QUALIFICATION];
    uint32_t length = (uint32_t)f[MONITOR_VMX_LENGTH];
    switch ((uint32_t)f[MONITOR_VMX_REASON]) {
    case VMX_CPUID: set(e, EXIT_CPUID, 0, length); break;
    case VMX_HLT: set(e, EXIT_HLT, 0, length); break;
    case VMX_IO: read_vmx_port(e, q, length); break;
    case VMX_RDMSR: set(e, EXIT_RDMSR, (uint32_t)e->frame->rcx, length); break;
    case VMX_WRMSR: set(e, EXIT_WRMSR, (uint32_t)e->frame->rcx, length); break;
    case VMX_MEMORY: set(e, q & 4 ? EXIT_FETCH : q & 2 ? EXIT_WRITE : EXIT_READ, f[MONITOR_VMX_PHYSICAL], 0); break;
    default: set(e, EXIT_OTHER, f[MONITOR_VMX_REASON], length); break;
    }
}

static_assert(MONITOR_SVM_RIP == (int)MONITOR_VMX_RIP && MONITOR_SVM_SHADOW == (int)MONITOR_VMX_SHADOW, "in one place");

static struct exit read_exit(void)
{
    struct exit e = { .frame = frame(), .rip = frame()->fields[MONITOR_SVM_RIP] };
    if (is_vmx) read_vmx(&e);
    else read_svm(&e);
    return e;
}

/* ---- answers ---- */
/* What held interrupts back for one instruction ends with it. */
void exit_skip(struct exit *e, uint32_t length)
{
    e->frame->fields[MONITOR_SVM_RIP] = e->rip + length;
    e->frame->fields[MONITOR_SVM_SHADOW] = 0;
}

/* Fields that are not shown are set all the same: whatever lies before them is taken back as it was shown. */
static void raise(struct exit *e, uint64_t event, uint32_t error)
{
    uint64_t *f = e->frame->fields;
    f[is_vmx ? MONITOR_VMX_EVENT : MONITOR_SVM_EVENT] = is_vmx ? event : event | (uint64_t)error << 32;
    if (is_vmx) f[MONITOR_VMX_ERROR] = error;
    e->frame->counts[MONITOR_TAKE] = (is_vmx ? MONITOR_VMX_ERROR : MONITOR_SVM_EVENT) + 1;
}

void exit_raise(struct exit *e, uint8_t vector)
{
    raise(e, EVENT_VALID | EVENT_EXCEPTION | vector, 0);
}

void exit_raise_error(struct exit *e, uint8_t vector, uint32_t error)
{
    raise(e, EVENT_VALID | EVENT_ERROR | EVENT_EXCEPTION | vector, error);
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
    is_vmx = info->call == INFO_CALL_VMCALL;
    subject_size = info->served_size;
    frame()->counts[MONITOR_SHOW] = is_vmx ? MONITOR_VMX_EVENT : MONITOR_SVM_EVENT;
    call_make(ABI_CALL_RESUME, 0, 0, 0);
    for (;;) {
        struct exit e = read_exit();
        frame()->counts[MONITOR_TAKE] = MONITOR_SVM_REASON;
        uint64_t failed = answer(&e);
        call_make(ABI_CALL_RESUME, failed, 0, 0);
    }
}
