/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payloads that no message holds, up to 16 MiB: a first message that declares length and SHA-256 digest, then chunks of one
 * size, numbered from 0, the last filled up with zeros. The receiver holds the whole in a buffer of its own and gives nothing
 * of it to anybody before all is there and the digest is that of the first message: a guard judges documents, not pieces.
 *
 * How the policy calls the two message types and their fields is its own affair; a program hands the fields' values over.
 * Types that carry it all:
 *
 *     type Document little { transfer: u32; length: u32 in 1 .. 65536; digest: u8[32]; }
 *     type Chunk little { transfer: u32; number: u32; data: u8[1024]; }
 *
 * Each transfer has a number that differs from the one's before it, so that what is left of one is not taken for the next.
 *
 * Rates: a sender that keeps to sender_allowance() sends all types of a channel at the rate of the strictest, chunks too where
 * the first message may come seldom. So give both types one rate, or pace each by itself (guest/pace.h).
 *
 * Owner: one thread of control. Untrusted: all that comes from the sender; the receiver's functions take values and bytes that
 * are copied already, as receive_CHANNEL() does. No allocation, no waiting, no hypercall. A chunk is hashed when it comes, so
 * that no call takes longer than its own bytes need.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "guest/digest.h"

#define LARGE_MOST (16u << 20)        /* bytes */

/* How many chunks of `chunk` bytes, not 0, a payload of `length` bytes has. */
static inline uint32_t large_chunks(uint32_t length, uint32_t chunk)
{
    return length / chunk + (length % chunk != 0);
}

/* ---- sender ---- */
struct large_sender {
    uint32_t transfer, length;        /* with `digest` what the first message says */
    uint8_t digest[DIGEST_SIZE];
    const uint8_t *data;              /* the caller's; stays as it is until large_end() */
    uint32_t chunk;                   /* bytes of one */
    uint32_t next;                    /* number of the next one */
};

/*
 * Begins to send `length` bytes in chunks of `chunk` bytes each; hashes all of them. Then the first message is to be sent, with
 * sender->transfer, length and digest. False: there is nothing to send, more than LARGE_MOST, or chunks of no bytes.
 */
bool large_begin(struct large_sender *sender, uint32_t transfer, const void *data, uint32_t length, uint32_t chunk);

/* Writes the next chunk, all `chunk` bytes of it, and its number. False: all have been given. */
bool large_next(struct large_sender *sender, uint32_t *number, void *chunk);

/* Whether all chunks have been given: the transfer is over, and the data the caller's again. */
bool large_end(const struct large_sender *sender);

/* ---- receiver ---- */
enum large_result {
    LARGE_MORE,                       /* right so far; more is to come */
    LARGE_WHOLE,                      /* all is there, and is what was declared: large_release() gives it out */
    /*
     * Errors. After all but LARGE_HELD the transfer is over, a whole one that is held too, and nothing of it is given out; the
     * next first message begins a new one.
     */
    LARGE_TOO_LONG,                   /* declared: more than the buffer holds, or nothing at all */
    LARGE_CUT_OFF,                    /* a first message before the end of the transfer before it: that is over, this begun */
    LARGE_HELD,                       /* a message of another transfer while a whole one is held: refused, the held one stays */
    LARGE_STRAY,                      /* a chunk though no transfer is on its way: none has begun, or it went wrong */
    LARGE_OTHER,                      /* a chunk of another transfer */
    LARGE_MISSING,                    /* a later chunk than the next: some are lost, or out of order */
    LARGE_AGAIN,                      /* an earlier chunk than the next: it came twice, or out of order */
    LARGE_BEYOND,                     /* a chunk behind the declared length; also after the whole, which is dropped if held */
    LARGE_SIZE,                       /* a chunk that is shorter or longer than all are to be */
    LARGE_FILLED,                     /* the last chunk is not zero behind the end */
    LARGE_DIGEST                      /* all is there, and is not what was declared */
};

enum large_state { LARGE_IDLE, LARGE_COMING, LARGE_HOLDING };

struct large_receiver {
    uint8_t *buffer;                  /* private memory of the subject's own */
    uint32_t size;                    /* of the buffer, bytes */
    uint32_t chunk;                   /* bytes of one */
    enum large_state state;
    uint32_t transfer, length;        /* of the transfer that is on its way or held */
    uint8_t declared[DIGEST_SIZE];
    uint32_t next;                    /* number of the next chunk */
    struct digest digest;             /* of the chunks so far */
    uint64_t errors;                  /* calls that returned one */
};

/* Begins with nothing. `buffer` of `size` bytes bounds what is received; chunks have `chunk` bytes, not 0. */
void large_receiver_start(struct large_receiver *receiver, void *buffer, uint32_t size, uint32_t chunk);

/* Takes a first message. LARGE_MORE or an error. */
enum large_result large_receive_first(struct large_receiver *receiver, uint32_t transfer, uint32_t length,
                                      const uint8_t digest[DIGEST_SIZE]);

/* Takes a chunk of `size` bytes. */
enum large_result large_receive_chunk(struct large_receiver *receiver, uint32_t transfer, uint32_t number, const void *data,
                                      uint32_t size);

/*
 * Gives the whole payload out, once: its bytes and their number. They stay where they are until the next first message is
 * taken. NULL, and nothing in `length`: none is held.
 */
const void *large_release(struct large_receiver *receiver, uint32_t *length);

/* Gives up what is on its way or held: its time is over, or somebody has judged it and said no. */
void large_drop(struct large_receiver *receiver);

/* In a word or a few, for a log. */
const char *large_result_text(enum large_result result);
