/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subject's memory as the policy describes it: zeros, then what the measured image loads, then the info page's fields that
 * only the kernel knows. The same code serves the first start and every restart, in slices that fit into the subject's window.
 */
#include "channels/info.h"
#include "core/arch.h"
#include "core/core.h"
#include "core/subject.h"

#define SLICE 65536u                  /* bytes between two looks at the clock */

struct progress {
    uint64_t scrubbed;                /* bytes of RAM that are zero */
    uint32_t load;                    /* index of the load under way */
    uint64_t loaded;                  /* bytes of it in place */
};

static struct progress progress[IMAGE_MAX_SUBJECTS];

void restart_begin(uint32_t subject)
{
    progress[subject] = (struct progress){ 0 };
}

static uint64_t slice(uint64_t left)
{
    return left < SLICE ? left : SLICE;
}

static void scrub(struct progress *p, const struct image_subject *s, uint64_t size)
{
    uint64_t n = slice(size - p->scrubbed);
    arch_fill_zero((uint8_t *)core_region(s->ram_region) + p->scrubbed, n);
    p->scrubbed += n;
}

static void load(struct progress *p, const struct image_load *l)
{
    uint64_t n = slice(l->size - p->loaded);
    const uint8_t *image = (const uint8_t *)core_policy()->header;
    arch_copy((uint8_t *)core_region(l->region) + l->region_offset + p->loaded, image + l->image_offset + p->loaded, n);
    p->loaded += n;
    if (p->loaded == l->size) {
        p->load++;
        p->loaded = 0;
    }
}

static void finish_info(uint32_t subject, const struct image_subject *s)
{
    struct subject_info *info = core_region(s->info_region);
    info->call = arch_call_instruction();
    info->tsc_khz = core_tsc_khz();
    info->epoch = core_epoch(subject);
}

bool restart_continue(uint32_t subject)
{
    const struct policy_tables *policy = core_policy();
    const struct image_subject *s = &policy->subjects[subject];
    struct progress *p = &progress[subject];
    uint64_t ram = policy->regions[s->ram_region].size;
    do {
        if (p->scrubbed < ram) {
            scrub(p, s, ram);
        } else if (p->load == policy->loads_count) {
            finish_info(subject, s);
            return true;
        } else if (policy->loads[p->load].region == s->ram_region || policy->loads[p->load].region == s->info_region) {
            load(p, &policy->loads[p->load]);
        } else {
            p->load++;
        }
    } while (!core_time_up());
    return false;
}
