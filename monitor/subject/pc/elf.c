/* SPDX-License-Identifier: Apache-2.0 */
#include "pc/elf.h"
#include "guest/memory.h"

enum { CLASS_32 = 1, CLASS_64 = 2, MACHINE_386 = 3, MACHINE_X86_64 = 62, SEGMENT_LOAD = 1 };

struct header_32 {
    uint8_t magic[4], class_, rest[11];
    uint16_t type, machine;
    uint32_t version, entry, segments_at, sections_at, flags;
    uint16_t size, segment_size, segments, section_size, sections, names;
};
struct header_64 {
    uint8_t magic[4], class_, rest[11];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, segments_at, sections_at;
    uint32_t flags;
    uint16_t size, segment_size, segments, section_size, sections, names;
};
struct segment_32 { uint32_t type, offset, virtual_at, physical_at, stored, size, flags, align; };
struct segment_64 { uint32_t type, flags; uint64_t offset, virtual_at, physical_at, stored, size, align; };
_Static_assert(sizeof(struct header_32) == 52 && sizeof(struct segment_32) == 32, "gABI");
_Static_assert(sizeof(struct header_64) == 64 && sizeof(struct segment_64) == 56, "gABI");

const char *elf_read(struct multiboot_file f, struct elf *elf)
{
    struct header_32 narrow;
    struct header_64 wide;
    if (f.size < sizeof wide) return "it is too short for an ELF file";
    memcpy(&narrow, f.bytes, sizeof narrow);
    memcpy(&wide, f.bytes, sizeof wide);
    bool is_elf = memcmp(narrow.magic, "\x7f" "ELF", 4) == 0, is_wide = narrow.class_ == CLASS_64;
    if (!is_elf || (!is_wide && narrow.class_ != CLASS_32) || narrow.machine != (is_wide ? MACHINE_X86_64 : MACHINE_386)) {
        return "it is no ELF file for i386 or x86-64";
    }
    *elf = is_wide ? (struct elf){ wide.entry, wide.segments_at, wide.segments, true }
                   : (struct elf){ narrow.entry, narrow.segments_at, narrow.segments, false };
    uint64_t size = is_wide ? sizeof(struct segment_64) : sizeof(struct segment_32);
    uint64_t said = is_wide ? wide.segment_size : narrow.segment_size;
    if (said != size || !elf_inside(elf->segments_at, elf->segments * size, f.size)) {
        return "its program headers lie outside the file";
    }
    return 0;
}

struct elf_segment elf_segment(struct multiboot_file f, const struct elf *elf, uint32_t index)
{
    const uint8_t *at = f.bytes + elf->segments_at;
    struct segment_32 narrow;
    struct segment_64 wide;
    if (elf->wide) {
        memcpy(&wide, at + index * sizeof wide, sizeof wide);
        return (struct elf_segment){ wide.type == SEGMENT_LOAD, wide.offset, wide.virtual_at, wide.physical_at, wide.stored,
                                     wide.size };
    }
    memcpy(&narrow, at + index * sizeof narrow, sizeof narrow);
    return (struct elf_segment){ narrow.type == SEGMENT_LOAD, narrow.offset, narrow.virtual_at, narrow.physical_at,
                                 narrow.stored, narrow.size };
}
