/* SPDX-License-Identifier: Apache-2.0 */
/* What the processor can be told to forget. */
#ifndef X86_FLUSH_H
#define X86_FLUSH_H

#include <stdint.h>

enum flush {
    FLUSH_PREDICTORS = 1u,            /* IBPB */
    FLUSH_L1D = 2u,
    FLUSH_BUFFERS = 4u                /* VERW clears them: MD_CLEAR */
};

/* Start-up: what arch_flush() does beside filling the return stack. */
void flush_set(uint32_t what);

#endif
