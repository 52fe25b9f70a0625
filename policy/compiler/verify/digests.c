/* SPDX-License-Identifier: Apache-2.0 */
/* What memories are before their first instruction: the program's pieces, the page tables behind them, zeros all around. */
#include "compiler/verify/guests.h"

#include <mbedtls/sha256.h>
#include <string.h>

/* Memory from the beginning on, as far as it has been hashed. */
struct memory { mbedtls_sha256_context hash; uint64_t at; };

static void zeros_until(struct memory *m, uint64_t end)
{
    static const uint8_t page[RAW_PAGE];
    while (m->at < end) {
        uint64_t size = end - m->at < RAW_PAGE ? end - m->at : RAW_PAGE;
        mbedtls_sha256_update_ret(&m->hash, page, size);
        m->at += size;
    }
}

static void bytes_at(struct memory *m, uint64_t gpa, const uint8_t *bytes, uint64_t size)
{
    zeros_until(m, gpa);
    if (gpa < m->at) return;          /* pieces that overlap are a difference already */
    mbedtls_sha256_update_ret(&m->hash, bytes, size);
    m->at += size;
}

static void digest_of(const struct guest_view *g, uint8_t digest[32])
{
    struct memory m = { .at = 0 };
    mbedtls_sha256_init(&m.hash);
    mbedtls_sha256_starts_ret(&m.hash, 0);
    for (uint32_t i = 0; i < g->pieces.count; i++) {
        const struct program_piece *p = g->pieces.items[i];
        bytes_at(&m, p->gpa, p->bytes, p->size);
    }
    bytes_at(&m, g->tables, g->table_image, g->table_bytes);
    zeros_until(&m, g->ram);
    mbedtls_sha256_finish_ret(&m.hash, digest);
    mbedtls_sha256_free(&m.hash);
}

void verify_digests(struct reader *v, const struct guest_view *all)
{
    const struct subject *s;
    uint8_t digest[32];
    uint32_t count = 0;
    LIST_EACH(s, &v->p->subjects) {
        bool verified = s->verified.text != NULL;
        EQUAL(v, SUBJECT, s_at, DIGEST, verified ? count + 1 : 0);
        if (!verified) continue;
        uint32_t entry = count++;
        if (entry >= v->count[DIGEST] || all[s_at].table_image == NULL) continue;
        digest_of(&all[s_at], digest);
        v->values++;
        if (memcmp(raw_entry(v, DIGEST, entry) + DIGEST_SHA256, digest, sizeof digest) != 0)
            differ(v, "digest %u: it is not that of the memory of `%s`", entry, s->name.text);
    }
    verify_count(v, DIGEST, count);
}
