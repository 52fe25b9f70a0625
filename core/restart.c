/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subject's memory as the policy describes it: zeros, then what the measured image loads, then the info page's fields that
 * only the kernel knows. The same code serves the first start and every restart, in slices that fit into the subject's window.
 */
#include "channels/info.h"
#include "core/arch.h"
#include "core/compiler.h"
#include "core/core.h"
#include "core/sha256.h"
#include "core/subject.h"

#define SLICE 4096u                   /* bytes between two looks at the clock: scrubbed, */
#define HASHED 64u                    /* hashed: a block; loads are cut to IMAGE_MAX_LOAD */

struct progress {
    uint64_t scrubbed;                /* bytes of RAM that are zero */
    uint32_t load;                    /* index of the next load */
    struct sha256 hash;               /* of RAM, as far as it has been looked at */
};

static struct progress progress[IMAGE_MAX_SUBJECTS];
static SEALED struct progress nothing;

STARTUP void restart_start(void)
{
    sha256_start(&nothing.hash);
}

void restart_begin(uint32_t subject)
{
    progress[subject] = nothing;
}

/* The first slice is what the others leave, whole as they are. */
static void scrub(struct progress *p, uint8_t *ram, uint64_t size)
{
    uint64_t n = (size - p->scrubbed - 1) % SLICE + 1;
    arch_fill_zero(ram + p->scrubbed, n);
    p->scrubbed += n;
}

/* Does the next load, if it is the subject's. */
static void load(struct progress *p, const struct image_subject *s)
{
    const struct image_load *l = &core_policy()->loads[p->load++];
    if (l->region != s->ram_region && l->region != s->info_region) return;
    uint8_t *to = (uint8_t *)core_region(l->region) + l->region_offset;
    arch_copy(to, (const uint8_t *)core_policy()->header + l->image_offset, l->size);
}

/* Whether the memory that has been hashed is what the image says. What is left of a block is empty. */
static bool is_sound(struct progress *p, const struct image_subject *s)
{
    const uint8_t *digest = (core_policy()->digests + s->digest - 1)->sha256;
    sha256_digest(&p->hash, p->hash.block);
    for (uint32_t i = 0; i < sizeof(struct image_digest); i++)
        if (p->hash.block[i] != digest[i]) return false;
    return true;
}

static void finish_info(uint32_t subject, const struct image_subject *s)
{
    struct subject_info *info = core_region(s->info_region);
    info->call = arch_call_instruction();
    info->tsc_khz = core_tsc_khz();
    info->epoch = core_epoch(subject);
}

enum restart restart_continue(uint32_t subject)
{
    const struct image_subject *s = &core_policy()->subjects[subject];
    struct progress *p = &progress[subject];
    uint64_t size = core_policy()->regions[s->ram_region].size;
    uint8_t *ram = core_region(s->ram_region);
    do {
        if (p->scrubbed < size) {
            scrub(p, ram, size);
        } else if (p->load < core_policy()->loads_count) {
            load(p, s);
        } else if (s->digest != 0 && p->hash.length < size) {
            sha256_add(&p->hash, ram + p->hash.length, HASHED);
        } else if (s->digest != 0 && !is_sound(p, s)) {
            return RESTART_SPOILED;
        } else {
            finish_info(subject, s);
            return RESTART_DONE;
        }
    } while (!core_time_up());
    return RESTART_GOES_ON;
}
