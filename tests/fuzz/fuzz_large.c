/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds a receiver of large payloads with whatever, message by message: each begins with a byte that says of which kind it is.
 * What it gives out was declared, by length and digest, in the last first message that it took; and an honest transfer
 * behind all that goes through.
 */
#include <stdlib.h>
#include <string.h>
#include <mbedtls/sha256.h>
#include "guest/large.h"

enum { CHUNK = 8, MOST = 60 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input { const uint8_t *data; size_t size; };

static void need(bool condition)
{
    if (!condition) abort();
}

static uint32_t take(struct input *in, uint32_t bytes, void *to)
{
    uint32_t have = in->size < bytes ? (uint32_t)in->size : bytes;

    memset(to, 0, bytes);
    memcpy(to, in->data, have);
    in->data += have;
    in->size -= have;
    return have;
}

static uint8_t byte(struct input *in)
{
    uint8_t value;

    take(in, 1, &value);
    return value;
}

/* Declared as the bytes behind it are, or as the input says. */
static void first(struct large_receiver *receiver, struct input *in, bool honest, uint8_t declared[DIGEST_SIZE])
{
    uint8_t digest[DIGEST_SIZE];
    uint32_t transfer = byte(in), length = byte(in);

    if (honest && length <= in->size) need(mbedtls_sha256_ret(in->data, length, digest, 0) == 0);
    else take(in, DIGEST_SIZE, digest);
    enum large_result result = large_receive_first(receiver, transfer, length, digest);
    if (result == LARGE_MORE || result == LARGE_CUT_OFF) memcpy(declared, digest, DIGEST_SIZE);
    need(length > 0 && length <= MOST ? result != LARGE_TOO_LONG : result == LARGE_TOO_LONG || result == LARGE_HELD);
}

/* Of the transfer and with the number that are expected, or as the input says. */
static void chunk(struct large_receiver *receiver, struct input *in, bool honest)
{
    uint32_t transfer = honest ? receiver->transfer : byte(in), number = honest ? receiver->next : byte(in);
    uint32_t size = honest ? CHUNK : byte(in) % 32, length = receiver->length - receiver->next * CHUNK;
    uint8_t *bytes = calloc(1, size + 1);

    take(in, honest && length < size ? length : size, bytes);
    large_receive_chunk(receiver, transfer, number, bytes, size);
    free(bytes);
}

static void release(struct large_receiver *receiver, const uint8_t declared[DIGEST_SIZE])
{
    uint8_t digest[DIGEST_SIZE];
    uint32_t length;
    const void *payload = large_release(receiver, &length);

    if (payload == NULL) return;
    need(length > 0 && length <= MOST && mbedtls_sha256_ret(payload, length, digest, 0) == 0);
    need(memcmp(digest, declared, DIGEST_SIZE) == 0);
}

static void send_honestly(struct large_receiver *receiver)
{
    static const uint8_t payload[] = "an honest payload that is longer than a chunk";
    struct large_sender sender;
    uint8_t bytes[CHUNK];
    uint32_t number, length;
    enum large_result result;

    large_drop(receiver);
    need(large_begin(&sender, 1, payload, sizeof payload, CHUNK));
    result = large_receive_first(receiver, 1, sender.length, sender.digest);
    while (large_next(&sender, &number, bytes)) {
        need(result == LARGE_MORE);
        result = large_receive_chunk(receiver, 1, number, bytes, CHUNK);
    }
    need(result == LARGE_WHOLE);
    const void *got = large_release(receiver, &length);
    need(got != NULL && length == sizeof payload && memcmp(got, payload, length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    struct large_receiver receiver;
    uint8_t declared[DIGEST_SIZE] = { 0 }, *buffer = malloc(MOST);

    large_receiver_start(&receiver, buffer, MOST, CHUNK);
    while (in.size > 0) {
        switch (byte(&in) % 8) {
        case 0: first(&receiver, &in, true, declared); break;
        case 1: first(&receiver, &in, false, declared); break;
        case 2: chunk(&receiver, &in, false); break;
        case 3: release(&receiver, declared); break;
        case 4: large_drop(&receiver); break;
        default: chunk(&receiver, &in, true); break;
        }
    }
    release(&receiver, declared);
    send_honestly(&receiver);
    free(buffer);
    return 0;
}
