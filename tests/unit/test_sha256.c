/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's SHA-256 against published vectors (FIPS 180-4 examples) and against mbedTLS on random lengths and pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <mbedtls/sha256.h>
#include "core/sha256.h"

static void digest_hex(const struct sha256 *s, char hex[65])
{
    uint8_t digest[32];
    sha256_digest(s, digest);
    for (int i = 0; i < 32; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static void test_published_vectors(void **state)
{
    static const struct { const char *text, *digest; } vectors[] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
        { "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
          "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct sha256 s;
        char hex[65];
        sha256_start(&s);
        sha256_add(&s, vectors[i].text, strlen(vectors[i].text));
        digest_hex(&s, hex);
        assert_string_equal(hex, vectors[i].digest);
    }
}

static void test_million_a(void **state)
{
    struct sha256 s;
    char hex[65], piece[1000];
    (void)state;
    memset(piece, 'a', sizeof piece);
    sha256_start(&s);
    for (int i = 0; i < 1000; i++) sha256_add(&s, piece, sizeof piece);
    digest_hex(&s, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Every length around the block and padding limits, and random ones, each added in random pieces. */
static void test_against_mbedtls(void **state)
{
    static uint8_t data[5000];
    (void)state;
    srand(1);
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)rand();
    for (size_t round = 0; round < 600; round++) {
        size_t length = round < 260 ? round : (size_t)rand() % sizeof data, done = 0;
        uint8_t ours[32], theirs[32];
        struct sha256 s;
        sha256_start(&s);
        while (done < length) {
            size_t piece = 1 + (size_t)rand() % (length - done);
            sha256_add(&s, data + done, piece);
            done += piece;
        }
        sha256_digest(&s, ours);
        assert_int_equal(mbedtls_sha256_ret(data, length, theirs, 0), 0);
        assert_memory_equal(ours, theirs, 32);
    }
}

/* The audit chain takes heads between records: a digest leaves the state as it is. */
static void test_digest_leaves_state(void **state)
{
    struct sha256 one, two;
    uint8_t between[32], first[32], second[32];
    (void)state;
    sha256_start(&one);
    sha256_start(&two);
    sha256_add(&one, "record one", 10);
    sha256_digest(&one, between);
    sha256_add(&one, "record two", 10);
    sha256_add(&two, "record onerecord two", 20);
    sha256_digest(&one, first);
    sha256_digest(&two, second);
    assert_memory_equal(first, second, 32);
    assert_memory_not_equal(first, between, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vectors),
        cmocka_unit_test(test_million_a),
        cmocka_unit_test(test_against_mbedtls),
        cmocka_unit_test(test_digest_leaves_state),
    };
    return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
