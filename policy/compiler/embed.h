/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the source tree inside of the program. */
#pragma once

/* Defines NAME, the file's bytes, with a NUL behind them. `path` is relative to the top of the tree, where make runs. */
#define EMBED(NAME, path)                                                                                                  \
    __asm__(".pushsection .rodata." #NAME ", \"a\"\n" #NAME ": .incbin \"" path "\"\n.byte 0\n.popsection\n");            \
    extern const char NAME[]
