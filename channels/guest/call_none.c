/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call_make() of programs under an operating system that supply none: there is no kernel to call, and each call is answered so.
 * Direct channels and select_poll() need no more.
 */
#include "channels/abi.h"
#include "guest/call.h"

struct call_answer call_make(uint32_t call, uint64_t a, uint64_t b, uint64_t c)
{
    (void)call, (void)a, (void)b, (void)c;
    return (struct call_answer){ .status = ABI_NO_CALL };
}
