/* SPDX-License-Identifier: Apache-2.0 */
/* What exits mean on Intel VMX: SDM volume 3, 28.2, tables 28-1 to 28-8, appendix C. Instructions' lengths are told. */
#include "exit_backend.h"

enum {
    REASON_EXCEPTION = 0, REASON_INTERRUPT = 1, REASON_WINDOW = 7, REASON_NMI_WINDOW = 8, REASON_TASK = 9, REASON_CPUID = 10,
    REASON_GETSEC = 11, REASON_HLT = 12, REASON_INVD = 13, REASON_RDPMC = 15, REASON_RSM = 17, REASON_VMCLEAR = 19,
    REASON_VMXON = 27, REASON_CR = 28, REASON_DR = 29, REASON_IO = 30, REASON_RDMSR = 31, REASON_WRMSR = 32,
    REASON_MWAIT = 36, REASON_MONITOR = 39, REASON_MEMORY = 48, REASON_INVEPT = 50, REASON_RDTSCP = 51, REASON_TIMER = 52,
    REASON_INVVPID = 53, REASON_WBINVD = 54, REASON_XSETBV = 55, REASON_RDRAND = 57, REASON_INVPCID = 58
};
enum { EVENT_TYPE = 7 << 8, EVENT_NMI = 2 << 8, EVENT_ICEBP = 5 << 8, SEGMENT_DS = 3 };

/* Table 28-5: port in bits 31 to 16; bytes less one in bits 2 to 0; bit 3: in; bit 4: string; bit 5: REP. 28-8: of a string. */
static void read_port(struct exit *e, uint64_t q, uint32_t length, uint64_t instruction)
{
    exit_set(e, q & 8 ? EXIT_IN : EXIT_OUT, q >> 16 & 0xffff, length);
    e->size = (uint32_t)(q & 7) + 1;
    e->string = (struct exit_string){
        .is = q & 16, .repeats = q & 32, .address = (uint8_t)(2 << (instruction >> 7 & 3)),
        .segment = q & 8 ? SEGMENT_DS : instruction >> 15 & 7
    };
}

/* An NMI is the kernel's, and came when the alarm was due. Who has few fields shown does not know which exception it was. */
static void read_exception(struct exit *e, const uint64_t *f, uint32_t length)
{
    uint64_t event = f[MONITOR_VMX_EXIT_EVENT];
    if (e->frame->counts[MONITOR_SHOW] <= MONITOR_VMX_EXIT_EVENT) exit_set(e, EXIT_OTHER, REASON_EXCEPTION, 0);
    else if ((event & EVENT_TYPE) == EVENT_NMI) exit_set(e, EXIT_INTERRUPTED, REASON_EXCEPTION, 0);
    else exit_set(e, EXIT_EXCEPTION, (uint8_t)event, (event & EVENT_TYPE) == EVENT_ICEBP ? length : 0);
}

static void read_rest(struct exit *e, uint32_t reason)
{
    switch (reason) {
    case REASON_GETSEC: case REASON_RSM: case REASON_MWAIT: case REASON_MONITOR: case REASON_INVEPT: case REASON_RDTSCP:
    case REASON_INVVPID: case REASON_XSETBV: case REASON_RDRAND: case REASON_INVPCID: case REASON_VMCLEAR ... REASON_VMXON:
        exit_set(e, EXIT_INSTRUCTION, reason, 0);
        break;
    default: exit_set(e, EXIT_OTHER, reason, 0); break;
    }
}

static void read(struct exit *e)
{
    const uint64_t *f = e->frame->fields;
    uint64_t q = f[MONITOR_VMX_QUALIFICATION];
    uint32_t length = (uint32_t)f[MONITOR_VMX_LENGTH], reason = (uint32_t)f[MONITOR_VMX_REASON];
    switch (reason) {
    case REASON_EXCEPTION: read_exception(e, f, length); break;
    case REASON_INTERRUPT: case REASON_TIMER: case REASON_WINDOW: case REASON_NMI_WINDOW:
        exit_set(e, EXIT_INTERRUPTED, reason, 0);
        break;
    case REASON_CPUID: exit_set(e, EXIT_CPUID, 0, length); break;
    case REASON_HLT: exit_set(e, EXIT_HLT, 0, length); break;
    case REASON_IO: read_port(e, q, length, f[MONITOR_VMX_INSTRUCTION]); break;
    case REASON_RDMSR: exit_set(e, EXIT_RDMSR, (uint32_t)e->frame->rcx, length); break;
    case REASON_WRMSR: exit_set(e, EXIT_WRMSR, (uint32_t)e->frame->rcx, length); break;
    case REASON_MEMORY: exit_set(e, q & 4 ? EXIT_FETCH : q & 2 ? EXIT_WRITE : EXIT_READ, f[MONITOR_VMX_PHYSICAL], 0); break;
    case REASON_CR: case REASON_DR: exit_set(e, EXIT_REGISTER, reason, length); break;
    case REASON_TASK:                 /* table 28-2: where from in bits 31 and 30, selector in bits 15 to 0 */
        exit_set(e, EXIT_TASK, q & 0xffff, length);
        e->size = (uint32_t)(q >> 30 & 3);
        break;
    case REASON_INVD: case REASON_WBINVD: exit_set(e, EXIT_CACHE, reason, length); break;
    case REASON_RDPMC: exit_set(e, EXIT_COUNTER, reason, 0); break;
    default: read_rest(e, reason); break;
    }
}

static void raise(const struct exit *e, uint32_t event, uint32_t error)
{
    e->frame->fields[MONITOR_VMX_EVENT] = event;
    e->frame->fields[MONITOR_VMX_ERROR] = error;
    e->frame->counts[MONITOR_TAKE] = MONITOR_VMX_ERROR + 1;
}

const struct exit_backend exit_vmx = { MONITOR_VMX_EVENT, read, raise };
