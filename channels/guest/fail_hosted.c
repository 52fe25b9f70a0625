/* SPDX-License-Identifier: Apache-2.0 */
/* guest_fail() of programs under an operating system that supply none: no kernel would hear of it, so the process aborts. */
#include "guest/guest.h"
#include <stdio.h>
#include <stdlib.h>

_Noreturn void guest_fail(void)
{
    fputs("guest_fail: the program gives up\n", stderr);
    abort();
}
