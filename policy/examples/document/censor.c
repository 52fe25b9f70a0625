/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `censor`, the guard: holds each document whole, and only then judges it, for the mark that lets it out stands in its
 * last line, and a word that keeps it in may stand anywhere, across two chunks as well. What it lets out goes on as a transfer
 * of its own.
 */
#include "guest/guest.h"
#include "guest/memory.h"
#include "papers_send.h"

static const char censor_mark[] = "RELEASE\n", censor_word[] = "SECRET";

static bool censor_lets_out(const uint8_t *document, uint32_t length)
{
    const uint32_t mark = sizeof censor_mark - 1, word = sizeof censor_word - 1;

    if (length < mark || memcmp(document + length - mark, censor_mark, mark) != 0) return false;
    for (uint32_t i = 0; i + word <= length; i++) {
        if (memcmp(document + i, censor_word, word) == 0) return false;
    }
    return true;
}

static void censor_pass_on(struct large_receiver *held, struct sender *out)
{
    static uint32_t transfer;
    uint32_t length;
    const uint8_t *document = large_release(held, &length);

    if (censor_lets_out(document, length))
        papers_send(out, ++transfer, document, length, send_final__Document, send_final__Chunk);
}

void guest_main(const struct subject_info *info)
{
    static uint8_t buffer[PAPERS_LONGEST];
    static struct large_receiver held;
    static struct receive_draft message;
    static struct receiver in;
    static struct sender out;
    enum receive_result result;

    if (!open_receiver_draft(&in, info) || !open_sender_final(&out, info)) guest_fail();
    large_receiver_start(&held, buffer, sizeof buffer, PAPERS_CHUNK);
    for (;;) {
        while ((result = receive_draft(&in, &message)) == RECEIVE_TAKEN) {
            receiver_free(&in);
            /* an incomplete or wrong document is as if it had never come */
            enum large_result now = papers_take(&held, message.type, &message.as.Document, &message.as.Chunk);
            if (now == LARGE_WHOLE) censor_pass_on(&held, &out);
        }
        if (result == RECEIVE_REFUSED) guest_fail();
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
}
