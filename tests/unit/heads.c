/* SPDX-License-Identifier: Apache-2.0 */
/* See heads.h. */
#include "heads.h"
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <mbedtls/sha256.h>
#include <stdio.h>
#include <string.h>

/* The chain as audit/record.h defines it, by another implementation. */
static void chain_of(uint32_t cpu, uint64_t count, char hex[65])
{
    mbedtls_sha256_context hash;
    uint8_t prefix[64] = { 0 }, digest[32];
    memcpy(prefix, gateway.policy.header->policy_hash, 32);
    prefix[32] = (uint8_t)cpu;
    mbedtls_sha256_init(&hash);
    mbedtls_sha256_starts_ret(&hash, 0);
    mbedtls_sha256_update_ret(&hash, prefix, sizeof prefix);
    mbedtls_sha256_update_ret(&hash, (const uint8_t *)audited.logged[cpu], count * sizeof audited.logged[cpu][0]);
    mbedtls_sha256_finish_ret(&hash, digest);
    mbedtls_sha256_free(&hash);
    for (uint32_t i = 0; i < 32; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

const char *console_line(const char *prefix, uint32_t nth)
{
    for (uint32_t i = 0; i < fake_core.line_count; i++) {
        if (strncmp(fake_core.lines[i], prefix, strlen(prefix)) == 0 && nth-- == 0) return fake_core.lines[i];
    }
    fail_msg("no console line begins with \"%s\"", prefix);
    return NULL;
}

void expect_head(const char *prefix, uint32_t nth, uint32_t cpu, uint64_t records)
{
    char hex[65];
    const char *line = console_line(prefix, nth), *head = strstr(line, " head=");
    chain_of(cpu, records, hex);
    assert_non_null(head);
    assert_string_equal(head + strlen(" head="), hex);
}

void read_rest(uint32_t cpu)
{
    while (audited.count[cpu] < ring_writers[cpu].shared->written) {
        audited.logged[cpu][audited.count[cpu]] = *audited_record(cpu, audited.count[cpu]);
        audited.count[cpu]++;
    }
}
