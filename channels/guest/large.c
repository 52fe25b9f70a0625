/* SPDX-License-Identifier: Apache-2.0 */
/* Large payloads in chunks. */
#include "guest/large.h"
#include "guest/memory.h"

/* ---- sender ---- */
bool large_begin(struct large_sender *sender, uint32_t transfer, const void *data, uint32_t length, uint32_t chunk)
{
    struct digest digest;

    if (length == 0 || length > LARGE_MOST || chunk == 0) return false;
    sender->transfer = transfer;
    sender->length = length;
    sender->data = data;
    sender->chunk = chunk;
    sender->next = 0;
    digest_start(&digest);
    digest_add(&digest, data, length);
    digest_end(&digest, sender->digest);
    return true;
}

/* Bytes of the payload in chunk `number`, which is one of it. */
static uint32_t large_bytes(uint32_t length, uint32_t chunk, uint32_t number)
{
    uint32_t left = length - number * chunk;

    return left < chunk ? left : chunk;
}

bool large_next(struct large_sender *sender, uint32_t *number, void *chunk)
{
    if (large_end(sender)) return false;
    uint32_t bytes = large_bytes(sender->length, sender->chunk, sender->next);

    memcpy(chunk, sender->data + (size_t)sender->next * sender->chunk, bytes);
    memset((uint8_t *)chunk + bytes, 0, sender->chunk - bytes);
    *number = sender->next++;
    return true;
}

bool large_end(const struct large_sender *sender)
{
    return sender->next == large_chunks(sender->length, sender->chunk);
}

/* ---- receiver ---- */
void large_receiver_start(struct large_receiver *receiver, void *buffer, uint32_t size, uint32_t chunk)
{
    *receiver = (struct large_receiver){ .buffer = buffer, .size = size < LARGE_MOST ? size : LARGE_MOST, .chunk = chunk };
}

void large_drop(struct large_receiver *receiver)
{
    receiver->state = LARGE_IDLE;
    receiver->length = receiver->next = 0;
}

static enum large_result large_fail(struct large_receiver *receiver, enum large_result result)
{
    receiver->errors++;
    large_drop(receiver);
    return result;
}

/* What is held stays. */
static enum large_result large_refuse(struct large_receiver *receiver)
{
    receiver->errors++;
    return LARGE_HELD;
}

enum large_result large_receive_first(struct large_receiver *receiver, uint32_t transfer, uint32_t length,
                                      const uint8_t digest[DIGEST_SIZE])
{
    bool cut_off = receiver->state == LARGE_COMING;

    if (receiver->state == LARGE_HOLDING) return large_refuse(receiver);
    if (length == 0 || length > receiver->size) return large_fail(receiver, LARGE_TOO_LONG);
    receiver->state = LARGE_COMING;
    receiver->transfer = transfer;
    receiver->length = length;
    receiver->next = 0;
    memcpy(receiver->declared, digest, DIGEST_SIZE);
    digest_start(&receiver->digest);
    receiver->errors += cut_off;
    return cut_off ? LARGE_CUT_OFF : LARGE_MORE;
}

/* Whether the chunk is the one that comes next; LARGE_MORE if so. */
static enum large_result large_judge(const struct large_receiver *receiver, uint32_t transfer, uint32_t number, uint32_t size)
{
    if (receiver->state == LARGE_IDLE) return LARGE_STRAY;
    if (transfer != receiver->transfer) return LARGE_OTHER;
    if (number >= large_chunks(receiver->length, receiver->chunk)) return LARGE_BEYOND;
    if (number > receiver->next) return LARGE_MISSING;
    if (number < receiver->next) return LARGE_AGAIN;
    return size == receiver->chunk ? LARGE_MORE : LARGE_SIZE;
}

static bool large_is_zero(const uint8_t *bytes, uint32_t size)
{
    uint8_t any = 0;

    for (uint32_t i = 0; i < size; i++) any |= bytes[i];
    return any == 0;
}

static enum large_result large_finish(struct large_receiver *receiver)
{
    uint8_t found[DIGEST_SIZE];

    digest_end(&receiver->digest, found);
    if (memcmp(found, receiver->declared, DIGEST_SIZE) != 0) return large_fail(receiver, LARGE_DIGEST);
    receiver->state = LARGE_HOLDING;
    return LARGE_WHOLE;
}

enum large_result large_receive_chunk(struct large_receiver *receiver, uint32_t transfer, uint32_t number, const void *data,
                                      uint32_t size)
{
    if (receiver->state == LARGE_HOLDING && transfer != receiver->transfer) return large_refuse(receiver);
    enum large_result result = large_judge(receiver, transfer, number, size);

    if (result != LARGE_MORE) return large_fail(receiver, result);
    uint32_t bytes = large_bytes(receiver->length, receiver->chunk, number);
    uint8_t *place = receiver->buffer + (size_t)number * receiver->chunk;

    if (!large_is_zero((const uint8_t *)data + bytes, size - bytes)) return large_fail(receiver, LARGE_FILLED);
    memcpy(place, data, bytes);
    digest_add(&receiver->digest, place, bytes);
    receiver->next++;
    return receiver->next < large_chunks(receiver->length, receiver->chunk) ? LARGE_MORE : large_finish(receiver);
}

const void *large_release(struct large_receiver *receiver, uint32_t *length)
{
    if (receiver->state != LARGE_HOLDING) return 0;
    *length = receiver->length;
    large_drop(receiver);
    return receiver->buffer;
}

const char *large_result_text(enum large_result result)
{
    switch (result) {
    case LARGE_MORE: return "more to come";
    case LARGE_WHOLE: return "whole";
    case LARGE_TOO_LONG: return "too long or empty";
    case LARGE_CUT_OFF: return "cut off by another";
    case LARGE_HELD: return "another is held";
    case LARGE_STRAY: return "chunk of no transfer";
    case LARGE_OTHER: return "chunk of another transfer";
    case LARGE_MISSING: return "chunk missing";
    case LARGE_AGAIN: return "chunk again";
    case LARGE_BEYOND: return "chunk beyond the length";
    case LARGE_SIZE: return "chunk of another size";
    case LARGE_FILLED: return "bytes behind the end";
    case LARGE_DIGEST: return "digest differs";
    }
    return "unknown";
}
