/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scanner ECHOES PAGE HEALTH COUNT: sends COUNT echoes, each of which waits for room, in batches, and its health with each
 * batch, which waits for nobody. Says how many its types did not allow: each hundredth echo is out of range. Gives up if there
 * is no room for ten seconds.
 */
#include "place.h"
#include "radar_channels.h"

enum { SCANNER_BATCH = 24, SCANNER_PATIENCE = 200000 };        /* pauses */

static void scanner_fill(struct Echo *echoes, uint32_t number, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++, number++) {
        uint16_t range = number % 100 == 99 ? 40001 : (uint16_t)(number % 40000);
        echoes[i] = (struct Echo){ .number = number, .range = range, .bearing = (uint16_t)(number % 3600) };
    }
}

/* Sends all of them; returns how many were not valid. */
static uint32_t scanner_send(struct direct_sender *sender, const struct Echo *echoes, uint32_t count)
{
    enum send_result results[SCANNER_BATCH];
    uint32_t invalid = 0, waited = 0;

    for (uint32_t at = 0; at < count;) {
        struct send_batch batch = send_echoes__batch(sender, echoes + at, count - at, results);
        invalid += batch.tried - batch.sent;
        at += batch.tried;
        waited = batch.tried > 0 ? 0 : waited + 1;
        if (waited == SCANNER_PATIENCE) place_give_up("scanner: nobody makes room");
        if (batch.status == ABI_SLOT) place_pause();
    }
    return invalid;
}

int main(int count, char **words)
{
    struct direct_sender echoes, health;
    struct Echo batch[SCANNER_BATCH];
    uint32_t invalid = 0;

    if (count != 5) {
        fprintf(stderr, "usage: scanner ECHOES PAGE HEALTH COUNT, each FILE or FILE@OFFSET but the last\n");
        return 2;
    }
    if (!open_sender_echoes__mapped(&echoes, place_open(words[1], O_RDWR), place_open(words[2], O_RDONLY)) ||
        !open_sender_health__mapped(&health, place_open(words[3], O_RDWR)))
        place_fail("scanner");
    uint32_t total = (uint32_t)strtoul(words[4], NULL, 10);
    for (uint32_t sent = 0; sent < total;) {
        uint32_t more = total - sent < SCANNER_BATCH ? total - sent : SCANNER_BATCH;
        scanner_fill(batch, sent, more);
        invalid += scanner_send(&echoes, batch, more);
        sent += more;
        send_health(&health, &(struct Health){ .sent = sent, .celsius = 40 });
    }
    printf("scanner sent=%u invalid=%u corrupt=%llu\n", total - invalid, invalid, (unsigned long long)echoes.corrupt);
    direct_sender_unmap(&echoes);
    direct_sender_unmap(&health);
    return 0;
}
