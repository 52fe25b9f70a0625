/* SPDX-License-Identifier: Apache-2.0 */
/* The loadable segments of a guest's ELF64 file (gABI, chapter 5), which is untrusted. */
#include "compiler/verify/guests.h"

#include <sys/stat.h>

#define FILE_MAX_SIZE (64l << 20)
#define ELF_HEADER 64u
#define ELF_ENTRY 24, 8
#define ELF_PHOFF 32, 8
#define ELF_PHENTSIZE 54, 2
#define ELF_PHNUM 56, 2
#define SEGMENT_HEADER 56u
#define SEGMENT_TYPE 0, 4             /* 1: load */
#define SEGMENT_FLAGS 4, 4            /* 1: execute, 2: write */
#define SEGMENT_OFFSET 8, 8
#define SEGMENT_VADDR 16, 8
#define SEGMENT_FILESZ 32, 8
#define SEGMENT_MEMSZ 40, 8

static const uint8_t *program_bytes(struct guest_view *g, size_t *size)
{
    struct stat about;
    const char *name = g->s->image.text;
    const char *path = name[0] == '/' ? name : arena_print(g->v->arena, "%s/%s", g->v->in->images, name);
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size > FILE_MAX_SIZE) return NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL) return NULL;
    uint8_t *bytes = arena_take(g->v->arena, (size_t)about.st_size + 1);
    *size = fread(bytes, 1, (size_t)about.st_size, file);
    fclose(file);
    return bytes;
}

static bool program_segment(struct guest_view *g, const uint8_t *header, const uint8_t *bytes, size_t size)
{
    uint64_t offset = raw_number(header, SEGMENT_OFFSET), stored = raw_number(header, SEGMENT_FILESZ);
    uint64_t flags = raw_number(header, SEGMENT_FLAGS);
    if (raw_number(header, SEGMENT_TYPE) != 1 || raw_number(header, SEGMENT_MEMSZ) == 0) return true;
    if (g->segment_count == SEGMENTS_MAX || offset > size || stored > size - offset) return false;
    g->segments[g->segment_count++] = (struct segment){
        .gpa = raw_number(header, SEGMENT_VADDR), .size = raw_number(header, SEGMENT_MEMSZ), .stored = stored,
        .access = ACCESS_READ | ((flags & 2) != 0 ? ACCESS_WRITE : 0u) | ((flags & 1) != 0 ? ACCESS_EXECUTE : 0u),
        .bytes = bytes + offset,
    };
    return true;
}

bool program_read(struct guest_view *g)
{
    size_t size = 0;
    const uint8_t *bytes = program_bytes(g, &size);
    bool good = bytes != NULL && size >= ELF_HEADER && memcmp(bytes, "\177ELF\2\1", 6) == 0 &&
                raw_number(bytes, ELF_PHENTSIZE) == SEGMENT_HEADER;
    uint64_t at = good ? raw_number(bytes, ELF_PHOFF) : 0, count = good ? raw_number(bytes, ELF_PHNUM) : 0;
    good = good && at <= size && count * SEGMENT_HEADER <= size - at;
    for (uint64_t i = 0; good && i < count; i++) good = program_segment(g, bytes + at + i * SEGMENT_HEADER, bytes, size);
    if (good)
        g->entry = raw_number(bytes, ELF_ENTRY);
    else
        differ(g->v, "subject %u: its program `%s` cannot be read below %s", g->s->index, g->s->image.text, g->v->in->images);
    return good;
}
