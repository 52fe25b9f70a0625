/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy's hash: SHA-256 over, for each file in order (the root, its parts as it names them, the platform's file), the name
 * as the root writes it, a NUL, and the SHA-256 of the file's bytes. So two policies with one hash are the same text under the
 * same names, whatever directory they lie in.
 */
#include "compiler/build.h"
#include "language/meaning.h"

#include <mbedtls/sha256.h>
#include <string.h>

void hash_policy(const struct policy *p, uint8_t digest[32])
{
    const struct source *file;
    mbedtls_sha256_context whole;
    mbedtls_sha256_init(&whole);
    mbedtls_sha256_starts_ret(&whole, 0);
    LIST_EACH(file, &p->sources.files) {
        uint8_t part[32];
        mbedtls_sha256_ret((const unsigned char *)file->text, file->size, part, 0);
        mbedtls_sha256_update_ret(&whole, (const unsigned char *)file->name, strlen(file->name) + 1);
        mbedtls_sha256_update_ret(&whole, part, sizeof part);
    }
    mbedtls_sha256_finish_ret(&whole, digest);
    mbedtls_sha256_free(&whole);
}

bool hash_meaning(const struct policy *p, const char *name, uint8_t digest[32])
{
    const char *meaning = meaning_of_name(p, name);
    if (meaning == NULL) return false;
    mbedtls_sha256_ret((const unsigned char *)meaning, strlen(meaning), digest, 0);
    return true;
}

uint32_t hash_meaning_short(const struct policy *p, const char *name)
{
    uint8_t digest[32];
    if (!hash_meaning(p, name, digest)) return 0;
    return (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 | (uint32_t)digest[2] << 8 | digest[3];
}
