/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures the system image piece by piece: the header, then each component. The contract is core/launch.h. The image has the
 * form that image_check() demands, its content is untrusted, and so is the handoff. What could not be measured is said to be
 * so, line by line and as a whole; what differs from the header stops the start in any case, after it has been measured.
 */
#include <stdbool.h>
#include "audit/record.h"
#include "core/console.h"
#include "core/launch.h"
#include "core/sha256.h"
#include "launch_status.h"
#include "policy/tables.h"
#include "tpm.h"
#include "tpm_tis.h"

static const char *status_text(status_t s)
{
    static const char *const text[LAUNCH_END - LAUNCH_BASE] = {
#define LAUNCH_STATUS_TEXT(id, text) [LAUNCH_##id - LAUNCH_BASE] = text,
        LAUNCH_STATUS_LIST(LAUNCH_STATUS_TEXT)
#undef LAUNCH_STATUS_TEXT
    };
    return text[s.code - LAUNCH_BASE];
}

/* Hashes one piece and, as long as nothing has failed, extends the PCR with its digest. `tpm` becomes the first failure. */
static void measure_piece(const char *name, const void *piece, uint64_t size, uint32_t pcr, status_t *tpm, uint8_t digest[32])
{
    struct sha256 hash;
    sha256_start(&hash);
    sha256_add(&hash, piece, size);
    sha256_digest(&hash, digest);
    if (tpm->code == 0) *tpm = tpm_extend(pcr, digest);
    if (tpm->code == 0) {
        console_print("measure %s sha256=%h pcr=%u", name, digest, pcr);
    } else {
        console_print("digest %s sha256=%h, not measured", name, digest);
    }
}

static bool equal(const uint8_t a[32], const uint8_t b[32])
{
    uint32_t i = 0;
    while (i < 32 && a[i] == b[i]) i++;
    return i == 32;
}

/* Measures everything before it judges anything, so that the PCR tells even of an image that is refused. */
static status_t measure_all(const struct image_header *image, status_t *tpm)
{
    const struct image_component *components = policy_components(image);
    uint32_t differing = 0;
    uint8_t digest[32];
    measure_piece("header", image, image->header_size, image->pcr, tpm, digest);
    for (uint32_t i = 0; i < image->component_count; i++) {
        const struct image_component *c = &components[i];
        measure_piece(c->name, (const uint8_t *)image + c->offset, c->size, image->pcr, tpm, digest);
        if (equal(digest, c->sha256)) continue;
        console_print("launch: component %s: digest differs from the header's", c->name);
        differing++;
    }
    ENSURE(differing == 0, LAUNCH_COMPONENT);
    return STATUS_OK;
}

/* A static start is worth what measured the kernel, and nothing that boots by multiboot does. */
static void print_outcome(const struct image_header *image, status_t tpm)
{
    if (tpm.code == 0) {
        console_print("launch: image measured by an unmeasured kernel, PCR %u", image->pcr);
    } else {
        console_print("not measured: %s", status_text(tpm));
    }
}

status_t launch_measure(const struct handoff *handoff, const struct image_header *image, uint32_t *measured)
{
    status_t tpm = { LAUNCH_UNWANTED };
    if (handoff->txt != HANDOFF_TXT_MEASURED) console_print("launch: not measured by TXT");
    if (image->measure != IMAGE_MEASURE_NONE) tpm = tis_open();
    bool opened = tpm.code == 0;
    status_t compared = measure_all(image, &tpm);
    if (opened) tis_close();
    print_outcome(image, tpm);
    *measured = tpm.code == 0 ? AUDIT_MEASURED_STATIC : AUDIT_MEASURED_NOT;
    TRY(compared);
    if (tpm.code == 0 || image->measure != IMAGE_MEASURE_REQUIRED) return STATUS_OK;
    console_print("launch: the policy requires measuring: give the machine a TPM 2.0 that works, or let the policy say "
                  "`measure optional`");
    return tpm;
}
