/* SPDX-License-Identifier: Apache-2.0 */
/* Reading ELF64 (System V ABI, gABI chapters 4 and 5; psABI for x86-64). */
#include "compiler/guest.h"

#include <elf.h>
#include <errno.h>
#include <mbedtls/sha256.h>
#include <stdio.h>
#include <string.h>

static bool inside(uint64_t offset, uint64_t size, uint64_t total)
{
    return offset <= total && size <= total - offset;
}

static const char *elf_header(const Elf64_Ehdr *h, size_t size)
{
    if (memcmp(h->e_ident, ELFMAG, SELFMAG) != 0) return "it is no ELF file";
    if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB || h->e_machine != EM_X86_64)
        return "it is not for 64-bit x86";
    if (h->e_type != ET_EXEC) return "it is not linked at fixed addresses (link statically, without -pie)";
    if (h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phnum == 0) return "it has no program headers";
    if (!inside(h->e_phoff, (uint64_t)h->e_phnum * sizeof(Elf64_Phdr), size)) return "its program headers lie outside the file";
    return NULL;
}

static const char *elf_segment(struct guest *g, const Elf64_Phdr *p, const uint8_t *bytes, size_t size, uint64_t limit)
{
    if (p->p_type == PT_INTERP || p->p_type == PT_DYNAMIC) return "it is linked dynamically";
    if (p->p_type != PT_LOAD || p->p_memsz == 0) return NULL;
    if (p->p_filesz > p->p_memsz || !inside(p->p_offset, p->p_filesz, size)) return "a segment lies outside the file";
    if (p->p_vaddr % IMAGE_PAGE != 0) return "a segment does not begin on a page of its own";
    if (p->p_vaddr < GUEST_LOWEST || !inside(p->p_vaddr, p->p_memsz, limit))
        return "a segment lies outside the subject's memory";
    if ((p->p_flags & PF_W) != 0 && (p->p_flags & PF_X) != 0) return "a segment is writable and executable";
    if (g->segment_count == GUEST_MAX_SEGMENTS) return "it has too many segments";
    struct guest_segment *s = &g->segments[g->segment_count];
    const struct guest_segment *before = g->segment_count > 0 ? s - 1 : NULL;
    uint64_t end = before != NULL ? (before->gpa + before->size + IMAGE_PAGE - 1) / IMAGE_PAGE * IMAGE_PAGE : 0;
    if (p->p_vaddr < end) return "its segments overlap, share a page or are not sorted by address";
    *s = (struct guest_segment){
        .gpa = p->p_vaddr, .size = p->p_memsz, .bytes = bytes + p->p_offset, .stored = p->p_filesz,
        .access = IMAGE_READ | (p->p_flags & PF_W ? IMAGE_WRITE : 0u) | (p->p_flags & PF_X ? IMAGE_EXECUTE : 0u),
    };
    g->segment_count++;
    return NULL;
}

static bool entry_is_code(const struct guest *g)
{
    for (uint32_t i = 0; i < g->segment_count; i++) {
        const struct guest_segment *s = &g->segments[i];
        if ((s->access & IMAGE_EXECUTE) != 0 && g->entry >= s->gpa && g->entry - s->gpa < s->stored) return true;
    }
    return false;
}

const char *guest_parse(struct guest *g, const uint8_t *bytes, size_t size, uint64_t limit)
{
    Elf64_Ehdr header;
    *g = (struct guest){ 0 };
    if (size < sizeof header) return "it is too short for an ELF file";
    memcpy(&header, bytes, sizeof header);
    const char *wrong = elf_header(&header, size);
    for (uint32_t i = 0; wrong == NULL && i < header.e_phnum; i++) {
        Elf64_Phdr segment;
        memcpy(&segment, bytes + header.e_phoff + i * sizeof segment, sizeof segment);
        wrong = elf_segment(g, &segment, bytes, size, limit);
    }
    if (wrong != NULL) return wrong;
    g->entry = header.e_entry;
    return entry_is_code(g) ? NULL : "its entry point lies in no code segment";
}

const char *guest_path(struct arena *a, const struct subject *s, const char *images)
{
    return s->image.text[0] == '/' ? s->image.text : arena_print(a, "%s/%s", images, s->image.text);
}

/* A release pins the image of each subject that handles several labels; `digest` is what it could pin. */
static bool guest_need_no_pin(struct build *b, const struct subject *s, const char *digest)
{
    if (s->trust != NULL || !b->release || s->label == NULL || s->label->least == s->label->most) return true;
    diag_error(b->diag, BH_TRUST, s->image.at, "`%s` handles several labels: a release pins its image", s->name.text);
    diag_note(b->diag, s->label->subject.at, "say `trust %s image \"%s\" reason \"...\";`", s->name.text, digest);
    return false;
}

#define DIGEST_SIZE 32u

static const char *digest_text(struct arena *a, const uint8_t digest[DIGEST_SIZE])
{
    char hex[2 * DIGEST_SIZE + 1];
    for (size_t i = 0; i < DIGEST_SIZE; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return arena_print(a, "sha256:%s", hex);
}

const char *guest_code(struct arena *a, const struct guest *g)
{
    uint8_t digest[DIGEST_SIZE];
    mbedtls_sha256_context code;
    mbedtls_sha256_init(&code);
    mbedtls_sha256_starts_ret(&code, 0);
    for (uint32_t i = 0; i < g->segment_count; i++) {
        const struct guest_segment *s = &g->segments[i];
        if ((s->access & IMAGE_EXECUTE) != 0) mbedtls_sha256_update_ret(&code, s->bytes, s->stored);
    }
    mbedtls_sha256_finish_ret(&code, digest);
    mbedtls_sha256_free(&code);
    return digest_text(a, digest);
}

/* Whether the file is the one that the policy pins, where it does or must. */
static bool guest_is_pinned(struct build *b, const struct subject *s, const char *path, const uint8_t *bytes, size_t size)
{
    uint8_t digest[DIGEST_SIZE];
    mbedtls_sha256_ret(bytes, size, digest, 0);
    const char *text = digest_text(b->arena, digest);
    if (s->trust != NULL && memcmp(digest, s->trust->sha256, sizeof digest) != 0) {
        diag_error(b->diag, BH_IMAGE_DIGEST, s->trust->image.at, "%s is not the image that is pinned: it has \"%s\"",
                   path, text);
        diag_note(b->diag, s->image.at, "the image of `%s`; pin the new digest once that file is reviewed", s->name.text);
        return false;
    }
    return guest_need_no_pin(b, s, text);
}

bool guest_read(struct build *b, const struct subject *s, const char *images, struct guest *g)
{
    static const uint8_t halt[] = { 0xf4 };
    static const struct guest_segment least = { GUEST_LOWEST, IMAGE_PAGE, IMAGE_READ | IMAGE_EXECUTE, halt, sizeof halt };
    size_t size = 0;
    if (images == NULL) {
        *g = (struct guest){ .entry = least.gpa, .segment_count = 1, .segments = { least } };
        return guest_need_no_pin(b, s, "sha256:...");
    }
    const char *path = guest_path(b->arena, s, images);
    const uint8_t *bytes = (const uint8_t *)source_read_regular(b->arena, path, GUEST_MAX_FILE, &size);
    if (bytes == NULL) {
        diag_error(b->diag, BH_IMAGE_FILE, s->image.at, "cannot read %s: %s", path, source_why(errno));
        if (!b->images_told)
            diag_note(b->diag, PLACE_NOWHERE, "`--images DIR` says where guests are; `check --no-images` looks at none");
        b->images_told = true;
        guest_need_no_pin(b, s, "sha256:...");
        return false;
    }
    if (!guest_is_pinned(b, s, path, bytes, size)) return false;
    const char *wrong = guest_parse(g, bytes, size, (uint64_t)s->memory.number);
    if (wrong != NULL) diag_error(b->diag, BH_IMAGE_ELF, s->image.at, "`%s` cannot run %s: %s", s->name.text, path, wrong);
    return wrong == NULL;
}
