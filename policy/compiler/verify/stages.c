/* SPDX-License-Identifier: Apache-2.0 */
/* Stages of pipelines, by what the image loads for them and their page tables let them execute. */
#include "compiler/verify/guests.h"
#include "language/stages.h"

#include <mbedtls/sha256.h>

/* Page by page: an image that the compiler did not build may mix them in one load. */
static void code_add(const struct guest_view *g, const struct program_piece *piece, mbedtls_sha256_context *code)
{
    uint64_t end = piece->gpa + piece->size, next;
    for (uint64_t at = piece->gpa; at < end; at = next) {
        next = raw_round_up(at + 1, RAW_PAGE);
        if (next > end) next = end;
        if (paging_executes(g, at)) mbedtls_sha256_update_ret(code, piece->bytes + (at - piece->gpa), next - at);
    }
}

/* The digest of a guest's code, as text; NULL: it cannot be told. */
static const char *code_of(struct reader *v, const struct guest_view *g)
{
    uint8_t digest[32];
    mbedtls_sha256_context code;
    if (!g->is_mapped) return NULL;
    mbedtls_sha256_init(&code);
    mbedtls_sha256_starts_ret(&code, 0);
    for (uint32_t i = 0; i < g->pieces.count; i++) code_add(g, g->pieces.items[i], &code);
    mbedtls_sha256_finish_ret(&code, digest);
    mbedtls_sha256_free(&code);
    return arena_print(v->arena, "%016llx%016llx", (unsigned long long)raw_number(digest, 0, 8),
                       (unsigned long long)raw_number(digest, 8, 8));
}

void verify_stages(struct reader *v, const struct guest_view *all)
{
    const struct assertion *pipeline;
    const struct subject *s;
    const char **codes = arena_take(v->arena, (v->p->subjects.count + 1) * sizeof *codes);
    if (v->p->pipelines.count == 0) return;
    LIST_EACH(s, &v->p->subjects) codes[s->index] = code_of(v, &all[s_at]);
    LIST_EACH(pipeline, &v->p->pipelines) {
        const struct stage_alike *alike = stages_alike(v->p, pipeline, codes);
        v->values += pipeline->stages.count;
        for (uint32_t i = 0; i < pipeline->stages.count; i++) {
            if (alike[i].stage != STAGE_NONE)
                differ(v, "pipeline %s: its stages %s and %s run the same code", pipeline->name.text,
                       pipeline->stages.items[alike[i].stage]->text, pipeline->stages.items[i]->text);
        }
    }
}
