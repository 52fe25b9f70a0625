/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Monitor `tracer` of a `breaker`: sets the debug register that CPUID's leaf names, and hands its subject each exception. Only
 * what DR7 needs is a large answer: the first of them must have all that was set before.
 */
#include "guest/guest.h"
#include "monitor/exit.h"

enum { LEAF = 0x50000000, CONTROL = 7, UNDEFINED = 6, CARRIES_ON = 0 };

static bool is_vmx;

static uint64_t tracer_answer(struct exit *e)
{
    struct monitor_frame *f = e->frame;
    uint32_t all = is_vmx ? MONITOR_VMX_FIELDS : MONITOR_SVM_FIELDS, number = (uint32_t)f->rax - LEAF;
    bool shown = f->counts[MONITOR_SHOW] == all;
    f->counts[MONITOR_SHOW] = all;
    f->counts[MONITOR_TAKE] = 0;
    if (!shown) return CARRIES_ON;
    if (e->kind == EXIT_EXCEPTION) {
        exit_raise(e, (uint8_t)e->at);
    } else if (e->kind == EXIT_CPUID && number <= CONTROL) {
        uint64_t *control = &f->fields[is_vmx ? MONITOR_VMX_DR7 : MONITOR_SVM_DR7];
        *(number < 4 ? &f->debug[number] : control) = f->rdx;
        exit_skip(e, e->length);
        f->counts[MONITOR_TAKE] = number < CONTROL ? MONITOR_FIELDS_FEW : all;
    } else if (e->kind != EXIT_INTERRUPTED) {
        exit_raise(e, UNDEFINED);
    }
    return CARRIES_ON;
}

void guest_main(const struct subject_info *info)
{
    is_vmx = info->call == INFO_CALL_VMCALL;
    exit_serve(info, tracer_answer);
}
