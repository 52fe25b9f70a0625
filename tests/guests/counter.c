/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Monitor `counter` of the subject `bench`: passes over CPUID, whatever was asked, and tells in RDX how long that took it, so
 * that what is left of the way there and back is the kernel's.
 */
#include <stdbool.h>
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/clock.h"
#include "guest/guest.h"
#include "monitor/exit.h"

enum { LENGTH_CPUID = 2 };

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

void guest_main(const struct subject_info *info)
{
    struct monitor_frame *f = (struct monitor_frame *)MONITOR_FRAME;
    f->counts[MONITOR_SHOW] = info->call == INFO_CALL_VMCALL ? MONITOR_VMX_EVENT : MONITOR_SVM_EVENT;
    call_make(ABI_CALL_RESUME, 0, 0, 0);
    f->counts[MONITOR_TAKE] = MONITOR_SVM_REASON;
    bool vmx = info->call == INFO_CALL_VMCALL;
    for (uint64_t since = clock_now();;) {
        f->fields[MONITOR_SVM_RIP] += LENGTH_CPUID;
        since = vmx ? COUNT(f, since, "vmcall") : COUNT(f, since, "vmmcall");
    }
}
