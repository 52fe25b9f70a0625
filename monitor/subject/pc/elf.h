/* SPDX-License-Identifier: Apache-2.0 */
/* ELF files for i386 and x86-64 (gABI, chapters 4 and 5): what a loader needs of them. The files are untrusted. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "pc/multiboot.h"

struct elf {
    uint64_t entry, segments_at;
    uint32_t segments;
    bool wide;                        /* ELFCLASS64 */
};
struct elf_segment { bool loads; uint64_t offset, virtual_at, physical_at, stored, size; };

/* Null if all went well, else what is wrong: all segments' headers lie in the file then. */
const char *elf_read(struct multiboot_file file, struct elf *elf);
struct elf_segment elf_segment(struct multiboot_file file, const struct elf *elf, uint32_t index);

static inline bool elf_inside(uint64_t offset, uint64_t size, uint64_t total)
{
    return offset <= total && size <= total - offset;
}
