/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Large payloads: what is sent comes out whole and once; whatever else happens to its messages is told by a name of its own,
 * and then nothing comes out. Whatever comes in any order, only a payload that was declared so comes out. SHA-256 against
 * mbedTLS. Buffers are as large as they must be to the byte, so that the sanitizer sees whoever leaves them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <mbedtls/sha256.h>
#include "guest/large.h"

enum { CHUNK = 24, MOST = 10 * CHUNK - 5, CHUNKS = 10, TRANSFER = 77, RUNS = 30000, STEPS = 40 };

static uint8_t payload[MOST], *buffer;
static struct large_receiver receiver;

static uint32_t draw(uint32_t below)
{
    return (uint32_t)rand() % below;
}

static int setup(void **state)
{
    (void)state;
    srand(5);
    for (uint32_t i = 0; i < MOST; i++) payload[i] = (uint8_t)(rand() | 1);
    buffer = malloc(MOST);
    large_receiver_start(&receiver, buffer, MOST, CHUNK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(buffer);
    return 0;
}

/* ---- messages ---- */
struct sent { uint32_t transfer, number; uint8_t data[CHUNK]; };

static struct large_sender sender;
static struct sent chunks[CHUNKS + 1];      /* one more: where large_next() would write another */

/* Makes the chunks of a payload of so many bytes; returns how many there are. */
static uint32_t make(uint32_t transfer, uint32_t length)
{
    uint32_t count = 0;

    assert_true(large_begin(&sender, transfer, payload, length, CHUNK));
    while (large_next(&sender, &chunks[count].number, chunks[count].data)) chunks[count++].transfer = transfer;
    assert_true(large_end(&sender));
    assert_int_equal(count, large_chunks(length, CHUNK));
    return count;
}

static enum large_result first(void)
{
    return large_receive_first(&receiver, sender.transfer, sender.length, sender.digest);
}

static enum large_result give(uint32_t which)
{
    const struct sent *c = &chunks[which];

    return large_receive_chunk(&receiver, c->transfer, c->number, c->data, CHUNK);
}

static void nothing_comes_out(void)
{
    uint32_t length = 12345;

    assert_null(large_release(&receiver, &length));
    assert_int_equal(length, 12345);
}

static void it_comes_out(uint32_t wanted)
{
    uint32_t length = 0;
    const void *data = large_release(&receiver, &length);

    assert_non_null(data);
    assert_int_equal(length, wanted);
    assert_memory_equal(data, payload, length);
    nothing_comes_out();                                  /* once */
}

static void goes_through(uint32_t transfer, uint32_t length)
{
    uint32_t count = make(transfer, length);

    assert_int_equal(first(), LARGE_MORE);
    for (uint32_t i = 0; i < count; i++) {
        nothing_comes_out();
        assert_int_equal(give(i), i + 1 < count ? LARGE_MORE : LARGE_WHOLE);
    }
    it_comes_out(length);
}

/* ---- tests ---- */
static void digests_are_sha256(void **state)
{
    static uint8_t bytes[5000];
    uint8_t mine[DIGEST_SIZE], theirs[DIGEST_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)rand();
    for (uint32_t length = 0; length < sizeof bytes; length += length < 300 ? 1 : 61) {
        struct digest digest;
        digest_start(&digest);
        for (uint32_t at = 0; at < length;) {
            uint32_t piece = 1 + draw(draw(2) ? 10 : 300), left = length - at;
            digest_add(&digest, bytes + at, piece < left ? piece : left);
            at += piece < left ? piece : left;
        }
        digest_end(&digest, mine);
        assert_int_equal(mbedtls_sha256_ret(bytes, length, theirs, 0), 0);
        assert_memory_equal(mine, theirs, DIGEST_SIZE);
    }
}

static void payloads_of_all_lengths_come_out(void **state)
{
    (void)state;
    for (uint32_t length = 1; length <= MOST; length++) goes_through(length, length);
    assert_int_equal(receiver.errors, 0);
}

static void the_greatest_payload_comes_out(void **state)
{
    enum { BIG = 4000 };
    uint8_t *data = malloc(LARGE_MOST), *to = malloc(LARGE_MOST), chunk[BIG];
    uint32_t number, length;

    (void)state;
    for (uint32_t i = 0; i < LARGE_MOST; i++) data[i] = (uint8_t)(i * 7 + (i >> 13));
    large_receiver_start(&receiver, to, LARGE_MOST, BIG);
    assert_true(large_begin(&sender, 1, data, LARGE_MOST, BIG));
    assert_int_equal(first(), LARGE_MORE);
    while (large_next(&sender, &number, chunk)) {
        enum large_result result = large_receive_chunk(&receiver, 1, number, chunk, BIG);
        assert_int_equal(result, large_end(&sender) ? LARGE_WHOLE : LARGE_MORE);
    }
    assert_ptr_equal(large_release(&receiver, &length), to);
    assert_int_equal(length, LARGE_MOST);
    assert_memory_equal(to, data, LARGE_MOST);
    assert_false(large_begin(&sender, 1, data, LARGE_MOST + 1, BIG));
    free(data);
    free(to);
}

static void what_cannot_be_sent_is_not_begun(void **state)
{
    (void)state;
    assert_false(large_begin(&sender, 1, payload, 0, CHUNK));
    assert_false(large_begin(&sender, 1, payload, 1, 0));
}

static void lengths_are_bounded(void **state)
{
    static const uint8_t digest[DIGEST_SIZE];

    (void)state;
    assert_int_equal(large_receive_first(&receiver, 1, MOST + 1, digest), LARGE_TOO_LONG);
    assert_int_equal(large_receive_first(&receiver, 1, UINT32_MAX, digest), LARGE_TOO_LONG);
    assert_int_equal(large_receive_first(&receiver, 1, 0, digest), LARGE_TOO_LONG);
    nothing_comes_out();
    assert_int_equal(receiver.errors, 3);
    large_receiver_start(&receiver, buffer, UINT32_MAX, CHUNK);       /* a buffer however large */
    assert_int_equal(large_receive_first(&receiver, 1, LARGE_MOST + 1, digest), LARGE_TOO_LONG);
}

/* A fault at each place of a transfer: its name, and nothing of the transfer after it. */
static enum large_result fault_missing(uint32_t at) { return give(at + 1); }
static enum large_result fault_again(uint32_t at) { return give(at - 1); }

static enum large_result fault_other(uint32_t at)
{
    chunks[at].transfer++;
    return give(at);
}

static enum large_result fault_beyond(uint32_t at)
{
    chunks[at].number = CHUNKS + draw(2) * UINT32_MAX / 2;
    return give(at);
}

static enum large_result fault_short(uint32_t at)
{
    return large_receive_chunk(&receiver, TRANSFER, at, chunks[at].data, CHUNK - 1);
}

static enum large_result fault_long(uint32_t at)
{
    uint8_t data[CHUNK + 1] = { 0 };

    return large_receive_chunk(&receiver, TRANSFER, at, data, sizeof data);
}

static const struct { enum large_result (*act)(uint32_t at); enum large_result wanted; uint32_t from, to; } faults[] = {
    { fault_missing, LARGE_MISSING, 0, CHUNKS - 1 }, { fault_again, LARGE_AGAIN, 1, CHUNKS },
    { fault_other, LARGE_OTHER, 0, CHUNKS }, { fault_beyond, LARGE_BEYOND, 0, CHUNKS },
    { fault_short, LARGE_SIZE, 0, CHUNKS }, { fault_long, LARGE_SIZE, 0, CHUNKS },
};

static void each_fault_has_a_name(void **state)
{
    (void)state;
    for (size_t f = 0; f < sizeof faults / sizeof faults[0]; f++) {
        for (uint32_t at = faults[f].from; at < faults[f].to; at++) {
            uint64_t errors = receiver.errors;
            make(TRANSFER, MOST);
            assert_int_equal(first(), LARGE_MORE);
            for (uint32_t i = 0; i < at; i++) assert_int_equal(give(i), LARGE_MORE);
            assert_int_equal(faults[f].act(at), faults[f].wanted);
            assert_int_equal(receiver.errors, errors + 1);
            nothing_comes_out();
            make(TRANSFER, MOST);
            for (uint32_t i = at; i < CHUNKS; i++) assert_int_equal(give(i), LARGE_STRAY);
            nothing_comes_out();
            goes_through(TRANSFER + 1, MOST);
        }
    }
}

static void what_is_not_declared_does_not_come_out(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MOST; i++) {                 /* any bit of it changed */
        make(TRANSFER, MOST);
        chunks[i / CHUNK].data[i % CHUNK] ^= (uint8_t)(1u << draw(8));
        assert_int_equal(first(), LARGE_MORE);
        for (uint32_t k = 0; k < CHUNKS; k++) assert_int_equal(give(k), k + 1 < CHUNKS ? LARGE_MORE : LARGE_DIGEST);
        nothing_comes_out();
    }
    for (uint32_t i = 0; i < DIGEST_SIZE; i++) {          /* or of what is declared */
        make(TRANSFER, MOST);
        sender.digest[i] ^= (uint8_t)(1u << draw(8));
        assert_int_equal(first(), LARGE_MORE);
        for (uint32_t k = 0; k < CHUNKS; k++) assert_int_equal(give(k), k + 1 < CHUNKS ? LARGE_MORE : LARGE_DIGEST);
    }
    for (uint32_t i = MOST % CHUNK; i < CHUNK; i++) {     /* or something behind it */
        make(TRANSFER, MOST);
        chunks[CHUNKS - 1].data[i] = 1;
        assert_int_equal(first(), LARGE_MORE);
        for (uint32_t k = 0; k < CHUNKS; k++) assert_int_equal(give(k), k + 1 < CHUNKS ? LARGE_MORE : LARGE_FILLED);
        nothing_comes_out();
    }
}

static void another_first_message_ends_a_transfer(void **state)
{
    (void)state;
    make(TRANSFER, MOST);
    assert_int_equal(first(), LARGE_MORE);
    assert_int_equal(give(0), LARGE_MORE);
    assert_int_equal(first(), LARGE_CUT_OFF);
    assert_int_equal(receiver.errors, 1);
    for (uint32_t k = 0; k < CHUNKS; k++) assert_int_equal(give(k), k + 1 < CHUNKS ? LARGE_MORE : LARGE_WHOLE);
    it_comes_out(MOST);
}

static void what_is_held_stays_until_it_is_asked_for(void **state)
{
    (void)state;
    make(TRANSFER, MOST);
    first();
    for (uint32_t k = 0; k < CHUNKS; k++) give(k);
    uint32_t length = sender.length;
    make(TRANSFER + 1, 5);
    assert_int_equal(first(), LARGE_HELD);
    assert_int_equal(receiver.errors, 1);
    it_comes_out(length);
    assert_int_equal(give(0), LARGE_STRAY);
    make(TRANSFER, MOST);                                 /* nor does what follows that first message cost what is held */
    first();
    for (uint32_t k = 0; k < CHUNKS; k++) give(k);
    uint64_t errors = receiver.errors;
    uint32_t count = make(TRANSFER + 1, MOST - 1);
    assert_int_equal(first(), LARGE_HELD);
    for (uint32_t k = 0; k < count; k++) assert_int_equal(give(k), LARGE_HELD);
    assert_int_equal(receiver.errors, errors + 1 + count);
    it_comes_out(MOST);
    for (uint32_t k = 0; k < count; k++) assert_int_equal(give(k), LARGE_STRAY);
    goes_through(TRANSFER + 2, MOST);
    make(TRANSFER, MOST);                                 /* more than was declared: what is held is not believed either */
    first();
    for (uint32_t k = 0; k < CHUNKS; k++) give(k);
    chunks[0].number = CHUNKS;
    assert_int_equal(give(0), LARGE_BEYOND);
    nothing_comes_out();
    make(TRANSFER, MOST);
    first();
    for (uint32_t k = 0; k < CHUNKS; k++) give(k);
    large_drop(&receiver);
    nothing_comes_out();
}

/* Anything in any order, mostly as it should be: what comes out was declared, to the byte. */
static void whatever_comes_only_declared_payloads_come_out(void **state)
{
    uint32_t out = 0;

    (void)state;
    for (uint32_t run = 0; run < RUNS; run++) {
        uint8_t declared[DIGEST_SIZE], seen[DIGEST_SIZE];
        uint32_t count = make(draw(3), 1 + draw(MOST)), at = 0, declared_length = 0;
        for (uint32_t step = 0; step < STEPS; step++) {
            struct sent odd = chunks[at % count];
            uint32_t size = CHUNK, length;
            switch (draw(60)) {
            case 0: odd.number = draw(2) ? draw(CHUNKS + 2) : (uint32_t)rand(); break;
            case 1: odd.data[draw(CHUNK)] ^= (uint8_t)(1u << draw(8)); break;
            case 2: odd.transfer = draw(3); break;
            case 3: size = draw(CHUNK); break;
            case 4: at++; break;
            case 5: at = draw(count); break;
            case 6: count = make(draw(3), 1 + draw(MOST)); break;
            case 7: large_drop(&receiver); break;
            default: break;
            }
            bool begins = receiver.state == LARGE_IDLE || draw(40) == 0;
            if (begins) {
                if (draw(20) == 0) sender.digest[draw(DIGEST_SIZE)] ^= 1;
                if (draw(20) == 0) sender.length = (uint32_t)rand() % (2 * MOST);
                enum large_result result = first();
                if (result == LARGE_MORE || result == LARGE_CUT_OFF) {
                    memcpy(declared, sender.digest, sizeof declared);
                    declared_length = sender.length;
                    at = 0;
                }
            } else if (large_receive_chunk(&receiver, odd.transfer, odd.number, odd.data, size) <= LARGE_WHOLE) {
                at++;
            }
            if (draw(4) != 0) continue;
            const void *data = large_release(&receiver, &length);
            if (data == NULL) continue;
            assert_int_equal(length, declared_length);
            assert_int_equal(mbedtls_sha256_ret(data, length, seen, 0), 0);
            assert_memory_equal(seen, declared, sizeof seen);
            out++;
        }
        large_drop(&receiver);
    }
    assert_true(out > RUNS / 2);
    goes_through(TRANSFER, MOST);
}

static void results_have_texts(void **state)
{
    (void)state;
    for (uint32_t i = 0; i <= LARGE_DIGEST; i++) {
        assert_string_not_equal(large_result_text(i), "unknown");
        for (uint32_t k = 0; k < i; k++) assert_string_not_equal(large_result_text(i), large_result_text(k));
    }
    assert_string_equal(large_result_text(LARGE_DIGEST + 1), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_sha256),
        cmocka_unit_test_setup_teardown(payloads_of_all_lengths_come_out, setup, teardown),
        cmocka_unit_test_setup_teardown(the_greatest_payload_comes_out, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_sent_is_not_begun, setup, teardown),
        cmocka_unit_test_setup_teardown(lengths_are_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(each_fault_has_a_name, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_declared_does_not_come_out, setup, teardown),
        cmocka_unit_test_setup_teardown(another_first_message_ends_a_transfer, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_held_stays_until_it_is_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(whatever_comes_only_declared_payloads_come_out, setup, teardown),
        cmocka_unit_test(results_have_texts),
    };
    return cmocka_run_group_tests_name("guest_large", tests, NULL, NULL);
}
