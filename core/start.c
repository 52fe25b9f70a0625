/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up, generic part: from what the loader left to subjects that could run. The handoff and the image are untrusted. */
#include "core/start.h"
#include "core/arch.h"
#include "core/audit.h"
#include "core/console.h"
#include "core/monitor.h"
#include "core/subject.h"
#include "image_check.h"

#define ADDRESS_LIMIT (1ull << 32)    /* start-up maps memory below it */

static bool usable(const struct handoff *h, uint64_t base, uint64_t end)
{
    for (uint32_t i = 0; i < h->usable_count; i++)
        if (base >= h->usable[i].base && end <= h->usable[i].end) return true;
    return false;
}

/* Whether the image lies in usable memory beside the kernel, where start-up reaches it. */
static bool lies_well(const struct handoff *h, uint64_t kernel_start, uint64_t kernel_end)
{
    if (h->image % 8 != 0 || h->image_size > IMAGE_MAX_SIZE || h->image >= ADDRESS_LIMIT) return false;
    uint64_t end = h->image + h->image_size;
    return (end <= kernel_start || h->image >= kernel_end) && usable(h, h->image, end);
}

/* Says `why`, a format for two numbers. */
static status_t refuse(uint32_t code, const char *why, uint64_t a, uint64_t b)
{
    console_print(why, a, b);
    return (status_t){ code };
}

static void move(uint8_t *to, const uint8_t *from, uint64_t size)
{
    if (to <= from || to >= from + size) {
        arch_copy(to, from, size);
        return;
    }
    while (size-- > 0) to[size] = from[size];
}

status_t start_take_image(const struct handoff *h, uint64_t kernel_start, uint64_t kernel_end)
{
    if (h->image == 0 || h->image_size == 0) {
        return refuse(START_NO_IMAGE, "no system image: give it to the boot loader as the first module", 0, 0);
    }
    if (!lies_well(h, kernel_start, kernel_end)) {
        return refuse(START_IMAGE_PLACE, "image at %x, %U bytes: not in usable memory", h->image, h->image_size);
    }
    const struct image_header *image = (const struct image_header *)h->image;
    struct image_check_result check = image_check(image, h->image_size);
    if (check.code != 0) {
        const char *what = image_check_name(check.code);
        console_print("image refused: %s (check %x, entry %u)", what, (uint64_t)check.code, check.index);
        return (status_t){ START_IMAGE_BAD };
    }
    if (image->ram_end > ADDRESS_LIMIT || !usable(h, image->ram_base, image->ram_end)) {
        return refuse(START_MEMORY, "memory %x to %x of the platform is not usable here", image->ram_base, image->ram_end);
    }
    core_policy_tables = policy_tables_open(image);
    void *home = core_region(image->image_home);
    move(home, (const uint8_t *)image, image->image_size);
    core_policy_tables = policy_tables_open(home);
    return STATUS_OK;
}

/* All that subjects see, but RAM, which is cleared with them. */
static void clear_regions(void)
{
    const struct policy_tables *policy = core_policy();
    for (uint32_t i = 0; i < policy->regions_count; i++)
        if (policy->regions[i].kind >= IMAGE_REGION_INFO) arch_fill_zero(core_region(i), policy->regions[i].size);
}

static void load_catalogue(void)
{
    const struct policy_tables *policy = core_policy();
    for (uint32_t i = 0; i < policy->loads_count; i++) {
        const struct image_load *l = &policy->loads[i];
        if (policy->regions[l->region].kind != IMAGE_REGION_CATALOGUE) continue;
        arch_copy((uint8_t *)core_region(l->region) + l->region_offset, (const uint8_t *)policy->header + l->image_offset,
                  l->size);
    }
}

void start_subjects(uint32_t measured)
{
    clear_regions();
    load_catalogue();
    audit_start();
    audit_note(AUDIT_NONE, IMAGE_RULE_NONE, measured, core_policy()->header->pcr, AUDIT_NONE, AUDIT_EVENT_MEASURED);
    monitor_start();
    subject_start_all();
}
