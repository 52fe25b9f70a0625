/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Monitor `counter` of the subject `bench`: passes over CPUID and tells in RDX how long that took it, so that what is left of
 * the way there and back is the kernel's. The leaf that was asked says what it wants from the next exit on (count.h): the few
 * fields that most exits need or all, with an alarm that never comes or without.
 */
#include <stdbool.h>
#include "channels/abi.h"
#include "count.h"
#include "guest/call.h"
#include "guest/clock.h"
#include "guest/guest.h"
#include "monitor/exit.h"

enum { LENGTH_CPUID = 2, REASON_CPUID_SVM = 0x72, REASON_CPUID_VMX = 10 };
#define FAR_AHEAD 3000000u            /* ticks: most of a window */
#define NEAR 2000000u

/* Leaves in RDX what the counter has gained since it read `since`, resumes, and reads it at once when its turn comes again. */
#define COUNT(frame, since, call)                                                                                          \
    ({                                                                                                                     \
        uint64_t now_;                                                                                                     \
        __asm__ volatile("rdtsc\n\tshl $32, %%rdx\n\tor %%rdx, %%rax\n\t"                                                  \
                         "sub %1, %%rax\n\tmov %%rax, %2\n\tmov %3, %%eax\n\t"                                              \
                         call "\n\trdtsc\n\tshl $32, %%rdx\n\tor %%rdx, %%rax"                                               \
                         : "=&a"(now_) : "r"(since), "m"((frame)->rdx), "i"(ABI_CALL_RESUME), "D"(0ul) : "rdx", "memory"); \
        now_;                                                                                                              \
    })

/* Sooner than the one before, as far as it goes: the kernel sets its timer anew, which a later one does not have it do. */
static uint64_t next_alarm(void)
{
    static uint64_t alarm;
    alarm--;
    if (alarm < clock_now() + NEAR) alarm = clock_now() + FAR_AHEAD;
    return alarm;
}

/* An exit that is none of CPUID is the alarm's, which stood while another had the CPU: the subject goes on where it was. */
static void prepare(struct monitor_frame *f, bool vmx)
{
    uint32_t few = vmx ? MONITOR_VMX_EVENT : MONITOR_SVM_EVENT, all = vmx ? MONITOR_VMX_FIELDS : MONITOR_SVM_FIELDS;
    if (f->fields[MONITOR_SVM_REASON] == (vmx ? REASON_CPUID_VMX : REASON_CPUID_SVM))
        f->fields[MONITOR_SVM_RIP] += LENGTH_CPUID;
    f->counts[MONITOR_SHOW] = (f->rax & COUNT_ALL) != 0 ? all : few;
    f->alarm = (f->rax & COUNT_ALARM) != 0 ? next_alarm() : 0;
}

void guest_main(const struct subject_info *info)
{
    struct monitor_frame *f = (struct monitor_frame *)MONITOR_FRAME;
    f->counts[MONITOR_SHOW] = info->call == INFO_CALL_VMCALL ? MONITOR_VMX_EVENT : MONITOR_SVM_EVENT;
    call_make(ABI_CALL_RESUME, 0, 0, 0);
    f->counts[MONITOR_TAKE] = MONITOR_SVM_REASON;
    bool vmx = info->call == INFO_CALL_VMCALL;
    for (uint64_t since = clock_now();;) {
        prepare(f, vmx);
        since = vmx ? COUNT(f, since, "vmcall") : COUNT(f, since, "vmmcall");
    }
}
