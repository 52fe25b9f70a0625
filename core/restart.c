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

#define SLICE 4096u                   /* bytes between two looks at the clock: scrubbed or loaded, */
#define HASHED 64u                    /* hashed: a block */

struct progress {
    uint64_t filled;                  /* bytes that are in place of this step: */
    uint32_t step;                    /* zeros in all of RAM; from 1 on the loads */
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

/* The step's next slice, if it is the subject's. The first is what the others leave, whole as they are. */
static void fill(struct progress *p, const struct image_subject *s, const struct image_load *l)
{
    if (l->region == s->ram_region || l->region == s->info_region) {
        uint64_t n = (l->size - p->filled - 1) % SLICE + 1;
        uint8_t *to = (uint8_t *)core_region(l->region) + l->region_offset + p->filled;
        if (p->step == 0) arch_fill_zero(to, n);
        else arch_copy(to, (const uint8_t *)core_policy()->header + l->image_offset + p->filled, n);
        p->filled += n;
        if (p->filled < l->size) return;
    }
    p->filled = 0;
    p->step++;
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
    const struct image_load all = { .size = core_policy()->regions[s->ram_region].size, .region = s->ram_region };
    const uint8_t *ram = core_region(all.region);
    do {
        if (p->step <= core_policy()->loads_count) {
            fill(p, s, p->step == 0 ? &all : &core_policy()->loads[p->step - 1]);
        } else if (s->digest != 0 && p->hash.length < all.size) {
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
