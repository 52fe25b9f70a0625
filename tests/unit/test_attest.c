/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-attest without a TPM: prediction, lock files, console logs, and what is found to differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "compare.h"
#include "console_log.h"
#include "hex.h"
#include "lock.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES "1111111111111111111111111111111111111111111111111111111111111111"
#define TWOS "2222222222222222222222222222222222222222222222222222222222222222"
/* Computed with Python's hashlib: pcr = H(pcr || H(digest)) for digests of 32 bytes 0x11, then 32 bytes 0x22. */
#define PCR_256 "0e8a621d32a0a00826159c289830f85187e2bfef2bb816b6167c8cdefa841a51"
#define PCR_384 "283436050eacd8800dcdf700a73eb67ea0e2801207e0eb85273b1227a5dd91f1" \
                "fb5478908e4a406ee8015b72523491a5"
#define GOOD_LOCK "{\"pcr\": 11, \"banks\": [\"sha256\"], \"pcr_values\": {\"sha256\": \"" PCR_256 "\", \"sm3\": \"00\"}, " \
                  "\"components\": [" \
                  "{\"name\": \"header\", \"sha256\": \"" ONES "\"}, {\"name\": \"low\", \"sha256\": \"" TWOS "\"}]}"

static char path[] = "/tmp/bulkhead-test-attest-XXXXXX";

static void write_file(const char *text, size_t size)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

static void test_hex(void **state)
{
    static const uint8_t bytes[] = { 0x00, 0x9a, 0xff };
    uint8_t back[3];
    char text[7];
    (void)state;
    hex_write(bytes, 3, text);
    assert_string_equal(text, "009aff");
    assert_true(hex_read("009AfF", back, 3));
    assert_memory_equal(back, bytes, 3);
    assert_true(hex_read("009aff pcr", back, 3));
    assert_false(hex_read("009af", back, 3));
    assert_false(hex_read("009aff0", back, 3));
    assert_false(hex_read("009ag0", back, 3));
    assert_false(hex_read("", back, 1));
}

static void test_predicts(void **state)
{
    uint8_t pieces[2][PREDICT_PIECE], pcr[PREDICT_MAX_PCR];
    char text[2 * PREDICT_MAX_PCR + 1];
    (void)state;
    memset(pieces[0], 0x11, PREDICT_PIECE);
    memset(pieces[1], 0x22, PREDICT_PIECE);
    assert_true(predict_pcr(predict_find_name("sha256"), pieces, 2, pcr));
    hex_write(pcr, 32, text);
    assert_string_equal(text, PCR_256);
    assert_true(predict_pcr(predict_find_algorithm(0x0c), pieces, 2, pcr));
    hex_write(pcr, 48, text);
    assert_string_equal(text, PCR_384);
    assert_true(predict_pcr(predict_find_name("sha256"), pieces, 0, pcr));
    hex_write(pcr, 32, text);
    assert_string_equal(text, ZEROS);
    assert_null(predict_find_name("md5"));
    assert_null(predict_find_algorithm(0x12));
}

static struct lock *read_lock(const char *text)
{
    write_file(text, strlen(text));
    return lock_read(path);
}

static void test_good_lock(void **state)
{
    (void)state;
    struct lock *lock = read_lock(GOOD_LOCK);
    assert_non_null(lock);
    assert_int_equal(lock->pcr, 11);
    assert_int_equal(lock->pieces.count, 2);
    assert_string_equal(lock->pieces.names[1], "low");
    assert_int_equal(lock->pieces.digests[1][31], 0x22);
    assert_false(lock->predicted[0]);
    assert_true(lock->predicted[1]);
    free(lock);
}

/* The good lock file with one part replaced. */
static void expect_refused(const char *part, const char *by)
{
    char text[2000];
    const char *at = strstr(GOOD_LOCK, part);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - GOOD_LOCK), GOOD_LOCK, by, at + strlen(part));
    struct lock *lock = read_lock(text);
    free(lock);
    if (lock) fail_msg("accepted with %s instead of %s", by, part);
}

static void test_bad_locks(void **state)
{
    (void)state;
    assert_null(read_lock(""));
    assert_null(read_lock("[]"));
    assert_null(read_lock("{\"pcr\": 11}"));
    assert_null(lock_read("/nonexistent/lock.json"));
    expect_refused("11,", "24,");
    expect_refused("11,", "-1,");
    expect_refused("11,", "11.5,");
    expect_refused("11,", "\"11\",");
    expect_refused(PCR_256, "00");
    expect_refused(PCR_256, ONES);                        /* does not agree with the components */
    expect_refused(TWOS, ONES);
    expect_refused(ONES, "zz");
    expect_refused("\"low\"", "\"\"");
    expect_refused("\"low\"", "\"a-name-of-32-characters-is-too-long\"");
    expect_refused("\"low\"", "7");
    expect_refused("\"name\"", "\"nom\"");
    expect_refused("\"sha256\": \"" PCR_256 "\",", "");
    expect_refused("[\"sha256\"]", "[\"sha384\"]");         /* demanded, but not predicted */
    expect_refused("[\"sha256\"]", "[\"md5\"]");
    expect_refused("[\"sha256\"]", "[11]");
    expect_refused("[\"sha256\"]", "\"sha256\"");
    expect_refused("\"components\": [", "\"components\": 3, \"parts\": [");
}

static void test_console_log(void **state)
{
    static const char log[] =
        "Bulkhead separation kernel\r\n"
        "measure header sha256=" ONES " pcr=11\r\n"
        "measure other sha256=" ONES " pcr=12\n"
        "measure low sha256=" TWOS " pcr=11 \n"
        "measure low sha256=" TWOS " pcr=11\n"
        " measure x sha256=" ONES " pcr=11\n"
        "measure x sha256=" ONES "0 pcr=11\n"
        "measure sha256=" ONES " pcr=11\n"
        "measure a-name-of-32-characters-is-too-long sha256=" ONES " pcr=11\n"
        "digest high sha256=" TWOS ", not measured\n"
        "measure high sha256=" ONES " pcr=11";
    static struct lock_pieces pieces;
    (void)state;
    write_file(log, sizeof log - 1);
    assert_true(console_log_read(path, 11, &pieces));
    assert_int_equal(pieces.count, 3);
    assert_string_equal(pieces.names[0], "header");
    assert_string_equal(pieces.names[1], "low");
    assert_string_equal(pieces.names[2], "high");
    assert_int_equal(pieces.digests[1][0], 0x22);
    assert_false(console_log_read("/nonexistent/console.log", 11, &pieces));
}

/* What a console may hold that is no text: NULs, a line without an end, more lines than anything has. */
static void test_hostile_console(void **state)
{
    static struct lock_pieces pieces;
    static char log[600000];
    (void)state;
    memset(log, 'm', sizeof log);
    write_file(log, sizeof log);
    assert_true(console_log_read(path, 11, &pieces));
    assert_int_equal(pieces.count, 0);
    memset(log, 0, sizeof log);
    memcpy(log + 1000, "\nmeasure low sha256=" TWOS " pcr=11\n", 93);
    write_file(log, sizeof log);
    assert_true(console_log_read(path, 11, &pieces));
    assert_true(pieces.count <= 1);
    size_t at = 0;
    while (at + 100 < sizeof log) at += (size_t)sprintf(log + at, "measure low sha256=" TWOS " pcr=11\n");
    write_file(log, at);
    assert_false(console_log_read(path, 11, &pieces));
}

static struct pcrs pcrs;

static void set_read(const char *bank, const char *hex)
{
    const struct predict_bank *b = predict_find_name(bank);
    struct pcr_bank *to = &pcrs.banks[b - predict_banks];
    to->present |= 1u << 11;
    assert_true(hex_read(hex, to->value[11], b->size));
}

static void test_compares_values(void **state)
{
    (void)state;
    struct lock *lock = read_lock(GOOD_LOCK);
    assert_non_null(lock);
    memset(&pcrs, 0, sizeof pcrs);
    struct comparison c = compare_values(lock, &pcrs);
    assert_false(c.comparable);
    assert_false(c.equal);
    set_read("sha384", PCR_384);                          /* a bank that is not predicted proves nothing */
    assert_false(compare_values(lock, &pcrs).equal);
    set_read("sha256", PCR_256);
    c = compare_values(lock, &pcrs);
    assert_true(c.equal && c.comparable && !c.untouched);
    assert_true(compare_replays(lock, &pcrs, &lock->pieces));
    set_read("sha384", ONES "22222222222222222222222222222222");      /* but must agree with what the console claims */
    assert_false(compare_replays(lock, &pcrs, &lock->pieces));
    pcrs.banks[1].present = 0;                            /* the bank that is demanded is not there */
    lock->predicted[2] = true;
    memcpy(lock->values[2], pcrs.banks[2].value[11], PREDICT_MAX_PCR);
    c = compare_values(lock, &pcrs);
    assert_true(c.comparable && !c.equal);
    lock->demanded[1] = false;
    assert_true(compare_values(lock, &pcrs).equal);
    set_read("sha256", TWOS);
    c = compare_values(lock, &pcrs);
    assert_true(c.comparable && !c.equal && !c.untouched);
    set_read("sha256", ZEROS);
    c = compare_values(lock, &pcrs);
    assert_true(!c.equal && c.untouched);
    free(lock);
}

static void add_text(void *context, const char *name, enum compare_piece what)
{
    static const char *const text[] = { "equal", "differs", "missing", "unknown" };
    char *line = context;
    snprintf(line + strlen(line), 40, "%s %s;", name, text[what]);
}

static void test_compares_pieces(void **state)
{
    static struct lock_pieces seen;
    char found[400] = "";
    (void)state;
    struct lock *lock = read_lock(GOOD_LOCK);
    assert_non_null(lock);
    seen = lock->pieces;
    assert_int_equal(compare_pieces(&lock->pieces, &seen, add_text, found), 0);
    seen.digests[1][3] ^= 4;
    strcpy(seen.names[2], "stowaway");
    seen.count = 3;
    assert_int_equal(compare_pieces(&lock->pieces, &seen, add_text, found), 2);
    assert_string_equal(found, "low differs;stowaway unknown;");
    found[0] = '\0';
    seen.count = 1;
    assert_int_equal(compare_pieces(&lock->pieces, &seen, add_text, found), 1);
    assert_string_equal(found, "low missing;");
    free(lock);
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_predicts),
        cmocka_unit_test(test_good_lock),
        cmocka_unit_test(test_bad_locks),
        cmocka_unit_test(test_console_log),
        cmocka_unit_test(test_hostile_console),
        cmocka_unit_test(test_compares_values),
        cmocka_unit_test(test_compares_pieces),
    };
    return cmocka_run_group_tests_name("attest", tests, make_file, remove_file);
}
