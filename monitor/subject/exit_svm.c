/* SPDX-License-Identifier: Apache-2.0 */
/* What exits mean on AMD SVM: AMD64 APM volume 2, 15.7 to 15.12, 15.25.6, appendix C. */
#include "exit_backend.h"

enum {
    REASON_DR_LAST = 0x3f, REASON_EXCEPTION = 0x40, REASON_EXCEPTION_LAST = 0x5f, REASON_INTERRUPT = 0x60, REASON_NMI = 0x61,
    REASON_RDPMC = 0x6f, REASON_CPUID = 0x72, REASON_IRET = 0x74, REASON_INVD = 0x76, REASON_HLT = 0x78, REASON_IO = 0x7b,
    REASON_MSR = 0x7c, REASON_TASK = 0x7d, REASON_ICEBP = 0x88, REASON_WBINVD = 0x89,
    REASON_INSTRUCTIONS_END = 0x100, REASON_MEMORY = 0x400
};
enum { LENGTH_CPUID = 2, LENGTH_HLT = 1, LENGTH_MSR = 2, LENGTH_CACHE = 2, LENGTH_ICEBP = 1, DEBUG = 1 };
#define PORT_STRING 4u
#define PORT_REPEATS 8u

/*
 * Port in bits 31 to 16; size in bits 6 to 4; bit 0: in. The next instruction's address is given. Of strings not all processors
 * tell more.
 */
static void read_port(struct exit *e, const uint64_t *f)
{
    uint64_t info = f[MONITOR_SVM_INFO1];
    exit_set(e, info & 1 ? EXIT_IN : EXIT_OUT, info >> 16 & 0xffff, (uint32_t)(f[MONITOR_SVM_INFO2] - e->rip));
    e->size = (uint32_t)(info >> 4 & 7);
    e->string = (struct exit_string){ .is = info & PORT_STRING, .repeats = info & PORT_REPEATS };
}

static void read_rest(struct exit *e, uint32_t reason)
{
    if (reason <= REASON_DR_LAST) exit_set(e, EXIT_REGISTER, reason, 0);
    else if (reason >= REASON_EXCEPTION && reason <= REASON_EXCEPTION_LAST) {
        exit_set(e, EXIT_EXCEPTION, reason - REASON_EXCEPTION, 0);
    } else if (reason >= REASON_INTERRUPT && reason < REASON_INSTRUCTIONS_END) exit_set(e, EXIT_INSTRUCTION, reason, 0);
    else exit_set(e, EXIT_OTHER, reason, 0);
}

static void read(struct exit *e)
{
    const uint64_t *f = e->frame->fields;
    uint64_t info = f[MONITOR_SVM_INFO1];
    uint32_t reason = (uint32_t)f[MONITOR_SVM_REASON];
    switch (reason) {
    case REASON_INTERRUPT: case REASON_NMI: case REASON_IRET: exit_set(e, EXIT_INTERRUPTED, reason, 0); break;
    case REASON_CPUID: exit_set(e, EXIT_CPUID, 0, LENGTH_CPUID); break;
    case REASON_HLT: exit_set(e, EXIT_HLT, 0, LENGTH_HLT); break;
    case REASON_IO: read_port(e, f); break;
    case REASON_MSR: exit_set(e, info & 1 ? EXIT_WRMSR : EXIT_RDMSR, (uint32_t)e->frame->rcx, LENGTH_MSR); break;
    case REASON_MEMORY: exit_set(e, info & 16 ? EXIT_FETCH : info & 2 ? EXIT_WRITE : EXIT_READ, f[MONITOR_SVM_INFO2], 0); break;
    case REASON_INVD: case REASON_WBINVD: exit_set(e, EXIT_CACHE, reason, LENGTH_CACHE); break;
    case REASON_RDPMC: exit_set(e, EXIT_COUNTER, reason, 0); break;
    case REASON_ICEBP: exit_set(e, EXIT_EXCEPTION, DEBUG, LENGTH_ICEBP); break;
    case REASON_TASK: exit_set(e, EXIT_OTHER, reason, 0); break;
    default: read_rest(e, reason); break;
    }
}

static void raise(const struct exit *e, uint32_t event, uint32_t error)
{
    e->frame->fields[MONITOR_SVM_EVENT] = event | (uint64_t)error << 32;
    e->frame->counts[MONITOR_TAKE] = MONITOR_SVM_EVENT + 1;
}

const struct exit_backend exit_svm = { MONITOR_SVM_EVENT, read, raise };
