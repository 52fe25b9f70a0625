/* SPDX-License-Identifier: Apache-2.0 */
/* From the entry point to the subject's program. */
#include "guest/guest.h"
#include "channels/abi.h"
#include "guest/call.h"

_Noreturn void guest_start(const struct subject_info *info);

_Noreturn void guest_start(const struct subject_info *info)
{
    if (info->magic != INFO_MAGIC || info->abi_version != ABI_VERSION) guest_fail();
    call_use(info->call);
    guest_main(info);
    for (;;) call_make(ABI_CALL_WAIT, 0, 0, 0);
}

/* Without a handler for #UD the processor shuts down: a triple fault, which the kernel sees. */
_Noreturn void guest_fail(void)
{
    static const struct { uint64_t words[2]; } no_handlers;

    __asm__ volatile("lidt %0; ud2" : : "m"(no_handlers));
    __builtin_unreachable();
}
