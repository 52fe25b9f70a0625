/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from functions.policy: do not edit. */
/*
 * Each end is a structure of the guest library in private memory, for one thread of control of the one subject at
 * that end; two threads need a lock of their own around it. Messages are structures in the guest's own byte order,
 * whatever the wire's is; numbers have the units that the policy gives them. No function waits, and none allocates.
 *
 * Memory order: what a function has received was written before its sender sent it (acquire), and what was written
 * before a message is sent is there for who has received it (release). Nothing else is ordered.
 *
 * Mediated channels end in call_make(): bare-metal subjects have it from the library, other programs supply it or
 * have the library's, which has no kernel to call. Direct channels make no call at all.
 */
#ifndef GEN_FUNCTIONS_CHANNELS_H
#define GEN_FUNCTIONS_CHANNELS_H

#include "functions.h"
#include "channels/abi.h"
#include "guest/clock.h"
#include "guest/direct.h"
#include "guest/mapped.h"
#include "guest/receive.h"
#include "guest/receiver.h"
#include "guest/send.h"
#include "guest/sender.h"

/* ---- many: c -> b, mediated ---- */
/*
 * Opens the sending end of `many`, once in each life of c. False: this subject has no such end, or the
 * image is of another policy than this header, and its slots are shorter than these messages.
 */
static inline bool open_sender_many(struct sender *sender, const struct subject_info *info)
{
    return sender_open(sender, info, "many") &&
           sender->channel->slot_size >= 28;
}

/*
 * Opens the receiving end of `many`, once in each life of b. False: this subject has no such end, or the
 * image is of another policy than this header, and its slots are shorter than these messages.
 */
static inline bool open_receiver_many(struct receiver *receiver, const struct subject_info *info)
{
    return receiver_open(receiver, info, "many") &&
           receiver->channel->slot_size >= 28;
}

/*
 * Puts a `Text` of 12 bytes into the outbox: the next sender_flush() has the rule `text` judge it.
 * Nothing is checked here. False: the outbox is full, and nothing has changed. No hypercall.
 */
static inline bool queue_many__Text(struct sender *sender, const struct Text *message)
{
    struct Text *slot = sender_claim(sender, Text_TYPE, Text_VERSION, sizeof *slot);
    if (slot == NULL) return false;
    *slot = *message;
    return true;
}

/*
 * Sends a `Text` of 12 bytes by one hypercall, with all that waits before it; the verdicts as
 * sender_flush() has them, this message's the last. Behind ABI_BATCH_MAX or more that wait, those go and
 * this one does not yet: sender->waiting is 0 if it has gone. Status ABI_SLOT and count 0: the outbox is
 * full, and this message is not in it.
 */
static inline struct sender_result send_many__Text(struct sender *sender, const struct Text *message)
{
    if (!queue_many__Text(sender, message)) return (struct sender_result){ .status = ABI_SLOT };
    return sender_flush(sender, sender->waiting);
}

/*
 * Sends up to `count` messages of `Text`, as many as there is room for, each that Text_valid() lets
 * pass as it goes out. results[i] says what became of messages[i], for each below `tried` of the answer.
 * By one hypercall, with all that waits before: up to ABI_BATCH_MAX, or to the outbox's slots.
 */
static inline struct send_batch send_many__Text__batch(struct sender *sender, const struct Text *messages,
                                                       uint32_t count, enum send_result *results)
{
    struct send_batch batch = { 0 };
    uint32_t before = sender->waiting;

    for (; batch.tried < count && sender->waiting < ABI_BATCH_MAX; batch.tried++) {
        struct Text wire = messages[batch.tried];
        results[batch.tried] = SEND_INVALID;
        if (!Text_valid(&wire, sizeof wire)) continue;
        struct Text *slot = sender_claim(sender, Text_TYPE, Text_VERSION, sizeof *slot);
        if (slot == NULL) break;
        *slot = wire;
        results[batch.tried] = SEND_DONE;
    }
    send_settle(sender, before, &batch, results);
    return batch;
}

/*
 * Begins the pace of the messages of `Text` on `many`, of which `text` lets 50 pass in 1000 ms, 3 at once.
 * How it is kept: guest/pace.h. sender_allowance() has one pace for all types of the channel, the
 * strictest.
 */
static inline void pace_many__Text(struct pace *pace, const struct subject_info *info)
{
    pace_start(pace, 50, 1000, 3, info->tsc_khz, clock_now());
}

/*
 * Puts a `Wide` of 8 bytes into the outbox: the next sender_flush() has the rule `wide` judge it.
 * Nothing is checked here. False: the outbox is full, and nothing has changed. No hypercall.
 */
static inline bool queue_many__Wide(struct sender *sender, const struct Wide *message)
{
    struct Wide *slot = sender_claim(sender, Wide_TYPE, Wide_VERSION, sizeof *slot);
    if (slot == NULL) return false;
    struct Wide wire = *message;
    Wide_encode(&wire);
    *slot = wire;
    return true;
}

/*
 * Sends a `Wide` of 8 bytes by one hypercall, with all that waits before it; the verdicts as
 * sender_flush() has them, this message's the last. Behind ABI_BATCH_MAX or more that wait, those go and
 * this one does not yet: sender->waiting is 0 if it has gone. Status ABI_SLOT and count 0: the outbox is
 * full, and this message is not in it.
 */
static inline struct sender_result send_many__Wide(struct sender *sender, const struct Wide *message)
{
    if (!queue_many__Wide(sender, message)) return (struct sender_result){ .status = ABI_SLOT };
    return sender_flush(sender, sender->waiting);
}

/*
 * Sends up to `count` messages of `Wide`, as many as there is room for, each that Wide_valid() lets
 * pass as it goes out. results[i] says what became of messages[i], for each below `tried` of the answer.
 * By one hypercall, with all that waits before: up to ABI_BATCH_MAX, or to the outbox's slots.
 */
static inline struct send_batch send_many__Wide__batch(struct sender *sender, const struct Wide *messages,
                                                       uint32_t count, enum send_result *results)
{
    struct send_batch batch = { 0 };
    uint32_t before = sender->waiting;

    for (; batch.tried < count && sender->waiting < ABI_BATCH_MAX; batch.tried++) {
        struct Wide wire = messages[batch.tried];
        Wide_encode(&wire);
        results[batch.tried] = SEND_INVALID;
        if (!Wide_valid(&wire, sizeof wire)) continue;
        struct Wide *slot = sender_claim(sender, Wide_TYPE, Wide_VERSION, sizeof *slot);
        if (slot == NULL) break;
        *slot = wire;
        results[batch.tried] = SEND_DONE;
    }
    send_settle(sender, before, &batch, results);
    return batch;
}

/*
 * Begins the pace of the messages of `Wide` on `many`, of which `wide` lets 10 pass in 1000 ms, 1 at once.
 * How it is kept: guest/pace.h. sender_allowance() has one pace for all types of the channel, the
 * strictest.
 */
static inline void pace_many__Wide(struct pace *pace, const struct subject_info *info)
{
    pace_start(pace, 10, 1000, 1, info->tsc_khz, clock_now());
}

/* What `many` brings: `type` is one of NAME_TYPE, and only the member of that name is filled in. */
struct receive_many {
    uint16_t type;
    union {
        struct Text Text;
        struct Wide Wide;
    } as;
};

/*
 * Copies the next message out and checks it once more. RECEIVE_EMPTY: there is none. RECEIVE_REFUSED: one that the
 * monitor should have denied, so that nothing else can be relied on either (guest/receive.h); it is gone. Its
 * number is receiver->sequence. No hypercall: receiver_free() gives the slots back.
 */
static inline enum receive_result receive_many(struct receiver *receiver, struct receive_many *message)
{
    struct message_header header;
    bool right = false;

    if (!receiver_take(receiver, &header, &message->as, sizeof message->as)) return RECEIVE_EMPTY;
    message->type = header.type;
    switch (header.type) {
    case Text_TYPE:
        right = header.version == Text_VERSION && Text_valid(&message->as.Text, header.length);
        break;
    case Wide_TYPE:
        right = header.version == Wide_VERSION && Wide_valid(&message->as.Wide, header.length);
        if (right) Wide_decode(&message->as.Wide);
        break;
    }
    return right ? RECEIVE_TAKEN : RECEIVE_REFUSED;
}

/*
 * As up to `count` calls of receive_many(): messages[i] and results[i] are what the i-th gives, but that
 * messages[i] is all zero unless it was taken. Returns how many; fewer than `count`: there are no more
 * now. One hypercall gives the slots of all back.
 */
static inline uint32_t receive_many__batch(struct receiver *receiver, struct receive_many *messages, uint32_t count,
                                           enum receive_result *results)
{
    uint32_t done = 0;

    while (done < count) {
        results[done] = receive_many(receiver, &messages[done]);
        if (results[done] == RECEIVE_EMPTY) break;
        if (results[done] != RECEIVE_TAKEN) receive_clear(&messages[done], sizeof *messages);
        done++;
    }
    receiver_free(receiver);
    return done;
}

/* ---- on: b -> c, mediated ---- */
/*
 * Opens the sending end of `on`, once in each life of b. False: this subject has no such end, or the
 * image is of another policy than this header, and its slots are shorter than these messages.
 */
static inline bool open_sender_on(struct sender *sender, const struct subject_info *info)
{
    return sender_open(sender, info, "on") &&
           sender->channel->slot_size >= 24;
}

/*
 * Opens the receiving end of `on`, once in each life of c. False: this subject has no such end, or the
 * image is of another policy than this header, and its slots are shorter than these messages.
 */
static inline bool open_receiver_on(struct receiver *receiver, const struct subject_info *info)
{
    return receiver_open(receiver, info, "on") &&
           receiver->channel->slot_size >= 24;
}

/*
 * Puts a `Report` of 8 bytes into the outbox: the next sender_flush() has the rule `report_on` judge it.
 * Nothing is checked here. False: the outbox is full, and nothing has changed. No hypercall.
 */
static inline bool queue_on(struct sender *sender, const struct Report *message)
{
    struct Report *slot = sender_claim(sender, Report_TYPE, Report_VERSION, sizeof *slot);
    if (slot == NULL) return false;
    *slot = *message;
    return true;
}

/*
 * Sends a `Report` of 8 bytes by one hypercall, with all that waits before it; the verdicts as
 * sender_flush() has them, this message's the last. Behind ABI_BATCH_MAX or more that wait, those go and
 * this one does not yet: sender->waiting is 0 if it has gone. Status ABI_SLOT and count 0: the outbox is
 * full, and this message is not in it.
 */
static inline struct sender_result send_on(struct sender *sender, const struct Report *message)
{
    if (!queue_on(sender, message)) return (struct sender_result){ .status = ABI_SLOT };
    return sender_flush(sender, sender->waiting);
}

/*
 * Sends up to `count` messages of `Report`, as many as there is room for, each that Report_valid() lets
 * pass as it goes out. results[i] says what became of messages[i], for each below `tried` of the answer.
 * By one hypercall, with all that waits before: up to ABI_BATCH_MAX, or to the outbox's slots.
 */
static inline struct send_batch send_on__batch(struct sender *sender, const struct Report *messages,
                                               uint32_t count, enum send_result *results)
{
    struct send_batch batch = { 0 };
    uint32_t before = sender->waiting;

    for (; batch.tried < count && sender->waiting < ABI_BATCH_MAX; batch.tried++) {
        struct Report wire = messages[batch.tried];
        results[batch.tried] = SEND_INVALID;
        if (!Report_valid(&wire, sizeof wire)) continue;
        struct Report *slot = sender_claim(sender, Report_TYPE, Report_VERSION, sizeof *slot);
        if (slot == NULL) break;
        *slot = wire;
        results[batch.tried] = SEND_DONE;
    }
    send_settle(sender, before, &batch, results);
    return batch;
}

/*
 * Copies the next message out and checks it once more. RECEIVE_EMPTY: there is none. RECEIVE_REFUSED: one that the
 * monitor should have denied, so that nothing else can be relied on either (guest/receive.h); it is gone. Its
 * number is receiver->sequence. No hypercall: receiver_free() gives the slots back.
 */
static inline enum receive_result receive_on(struct receiver *receiver, struct Report *message)
{
    struct message_header header;

    if (!receiver_take(receiver, &header, message, sizeof *message)) return RECEIVE_EMPTY;
    if (header.type != Report_TYPE || header.version != Report_VERSION || !Report_valid(message, header.length))
        return RECEIVE_REFUSED;
    return RECEIVE_TAKEN;
}

/*
 * As up to `count` calls of receive_on(): messages[i] and results[i] are what the i-th gives, but that
 * messages[i] is all zero unless it was taken. Returns how many; fewer than `count`: there are no more
 * now. One hypercall gives the slots of all back.
 */
static inline uint32_t receive_on__batch(struct receiver *receiver, struct Report *messages, uint32_t count,
                                         enum receive_result *results)
{
    uint32_t done = 0;

    while (done < count) {
        results[done] = receive_on(receiver, &messages[done]);
        if (results[done] == RECEIVE_EMPTY) break;
        if (results[done] != RECEIVE_TAKEN) receive_clear(&messages[done], sizeof *messages);
        done++;
    }
    receiver_free(receiver);
    return done;
}

/* ---- up: a -> b, mediated ---- */
/*
 * Opens the sending end of `up`, once in each life of a. False: this subject has no such end, or the
 * image is of another policy than this header, and its slots are shorter than these messages.
 */
static inline bool open_sender_up(struct sender *sender, const struct subject_info *info)
{
    return sender_open(sender, info, "up") &&
           sender->channel->slot_size >= 24;
}

/*
 * Opens the receiving end of `up`, once in each life of b. False: this subject has no such end, or the
 * image is of another policy than this header, and its slots are shorter than these messages.
 */
static inline bool open_receiver_up(struct receiver *receiver, const struct subject_info *info)
{
    return receiver_open(receiver, info, "up") &&
           receiver->channel->slot_size >= 24;
}

/*
 * Puts a `Report` of 8 bytes into the outbox: the next sender_flush() has the rule `report_in` judge it.
 * Nothing is checked here. False: the outbox is full, and nothing has changed. No hypercall.
 */
static inline bool queue_up(struct sender *sender, const struct Report *message)
{
    struct Report *slot = sender_claim(sender, Report_TYPE, Report_VERSION, sizeof *slot);
    if (slot == NULL) return false;
    *slot = *message;
    return true;
}

/*
 * Sends a `Report` of 8 bytes by one hypercall, with all that waits before it; the verdicts as
 * sender_flush() has them, this message's the last. Behind ABI_BATCH_MAX or more that wait, those go and
 * this one does not yet: sender->waiting is 0 if it has gone. Status ABI_SLOT and count 0: the outbox is
 * full, and this message is not in it.
 */
static inline struct sender_result send_up(struct sender *sender, const struct Report *message)
{
    if (!queue_up(sender, message)) return (struct sender_result){ .status = ABI_SLOT };
    return sender_flush(sender, sender->waiting);
}

/*
 * Sends up to `count` messages of `Report`, as many as there is room for, each that Report_valid() lets
 * pass as it goes out. results[i] says what became of messages[i], for each below `tried` of the answer.
 * By one hypercall, with all that waits before: up to ABI_BATCH_MAX, or to the outbox's slots.
 */
static inline struct send_batch send_up__batch(struct sender *sender, const struct Report *messages,
                                               uint32_t count, enum send_result *results)
{
    struct send_batch batch = { 0 };
    uint32_t before = sender->waiting;

    for (; batch.tried < count && sender->waiting < ABI_BATCH_MAX; batch.tried++) {
        struct Report wire = messages[batch.tried];
        results[batch.tried] = SEND_INVALID;
        if (!Report_valid(&wire, sizeof wire)) continue;
        struct Report *slot = sender_claim(sender, Report_TYPE, Report_VERSION, sizeof *slot);
        if (slot == NULL) break;
        *slot = wire;
        results[batch.tried] = SEND_DONE;
    }
    send_settle(sender, before, &batch, results);
    return batch;
}

/*
 * Copies the next message out and checks it once more. RECEIVE_EMPTY: there is none. RECEIVE_REFUSED: one that the
 * monitor should have denied, so that nothing else can be relied on either (guest/receive.h); it is gone. Its
 * number is receiver->sequence. No hypercall: receiver_free() gives the slots back.
 */
static inline enum receive_result receive_up(struct receiver *receiver, struct Report *message)
{
    struct message_header header;

    if (!receiver_take(receiver, &header, message, sizeof *message)) return RECEIVE_EMPTY;
    if (header.type != Report_TYPE || header.version != Report_VERSION || !Report_valid(message, header.length))
        return RECEIVE_REFUSED;
    return RECEIVE_TAKEN;
}

/*
 * As up to `count` calls of receive_up(): messages[i] and results[i] are what the i-th gives, but that
 * messages[i] is all zero unless it was taken. Returns how many; fewer than `count`: there are no more
 * now. One hypercall gives the slots of all back.
 */
static inline uint32_t receive_up__batch(struct receiver *receiver, struct Report *messages, uint32_t count,
                                         enum receive_result *results)
{
    uint32_t done = 0;

    while (done < count) {
        results[done] = receive_up(receiver, &messages[done]);
        if (results[done] == RECEIVE_EMPTY) break;
        if (results[done] != RECEIVE_TAKEN) receive_clear(&messages[done], sizeof *messages);
        done++;
    }
    receiver_free(receiver);
    return done;
}

/* ---- beams: a -> c, direct, lossy ---- */
/*
 * Opens the sending end of `beams`, once in each life of a. False: this subject has no such end, or the
 * image is of another policy than this header, and its slots are shorter than these messages.
 */
static inline bool open_sender_beams(struct direct_sender *sender, const struct subject_info *info)
{
    return direct_sender_open(sender, info, "beams") &&
           sender->ring.slot_payload >= 8;
}

/*
 * Opens the receiving end of `beams`, once in each life of c. False: this subject has no such end, or the
 * image is of another policy than this header, and its slots are shorter than these messages.
 */
static inline bool open_receiver_beams(struct direct_receiver *receiver, const struct subject_info *info)
{
    return direct_receiver_open(receiver, info, "beams") &&
           receiver->ring.slot_payload >= 8;
}

enum { DIRECT_beams__memory = 128 };     /* bytes of the ring */

/* The same for a program under Linux, in what it maps. False: errno says why (guest/mapped.h). */
static inline bool open_sender_beams__mapped(struct direct_sender *sender, struct direct_file ring)
{
    return direct_sender_map(sender, 8, 8, ring, NULL);
}

/* The same for a program under Linux, in what it maps. False: errno says why (guest/mapped.h). */
static inline bool open_receiver_beams__mapped(struct direct_receiver *receiver, struct direct_file ring)
{
    return direct_receiver_map(receiver, 8, 8, ring, NULL);
}

/*
 * Writes a `Report` of 8 bytes; nobody judges it, and no kernel is called. Its values are not checked
 * here: Report_valid() does, or a batch; c refuses a bad one. True, whatever it does: it
 * counts what it was too slow for in one life.
 */
static inline bool send_beams(struct direct_sender *sender, const struct Report *message)
{
    return direct_push(sender, Report_TYPE, message, sizeof *message);
}

/*
 * Sends up to `count` messages of `Report`, as many as there is room for, each that Report_valid() lets
 * pass as it goes out. results[i] says what became of messages[i], for each below `tried` of the answer.
 * There always is room, whatever c does. No kernel is called.
 */
static inline struct send_batch send_beams__batch(struct direct_sender *sender, const struct Report *messages,
                                                  uint32_t count, enum send_result *results)
{
    struct send_batch batch = { 0 };

    while (batch.tried < count) {
        uint32_t run = 0, left = count - batch.tried;
        while (run < left && Report_valid(&messages[batch.tried + run], sizeof *messages)) run++;
        if (run == 0) results[batch.tried++] = SEND_INVALID;
        else if (!send_run(sender, Report_TYPE, &messages[batch.tried], sizeof *messages, run, &batch, results)) break;
    }
    return batch;
}

/*
 * Copies the next message out, each byte once, and then checks it: nobody has before. RECEIVE_EMPTY: there is none.
 * RECEIVE_LOST, RECEIVE_REFUSED, RECEIVE_CORRUPT: counted in the receiver; call again. No kernel is called.
 */
static inline enum receive_result receive_beams(struct direct_receiver *receiver, struct Report *message)
{
    enum direct_result result = direct_pop(receiver, Report_TYPE, message, sizeof *message);

    if (result != DIRECT_TAKEN) return (enum receive_result)result;
    if (!Report_valid(message, sizeof(struct Report))) return direct_refuse(receiver);
    return RECEIVE_TAKEN;
}

/*
 * As up to `count` calls of receive_beams(): messages[i] and results[i] are what the i-th gives, but that
 * messages[i] is all zero unless it was taken. Returns how many; fewer than `count`: there are no more
 * now. No kernel is called.
 */
static inline uint32_t receive_beams__batch(struct direct_receiver *receiver, struct Report *messages, uint32_t count,
                                            enum receive_result *results)
{
    uint32_t done = 0;

    while (done < count) {
        enum direct_result result;
        uint64_t lost = receiver->lost;
        uint32_t run = direct_pop_batch(receiver, Report_TYPE, &messages[done], sizeof *messages,
                                        count - done, &result);
        if (run == 0 && result == DIRECT_EMPTY) break;
        if (run > 0 && receiver->lost != lost) {
            receive_shift(&messages[done], sizeof *messages, run);
            results[done++] = RECEIVE_LOST;
        }
        if (run == 0) receive_clear(&messages[done], sizeof *messages);
        if (run == 0) results[done++] = (enum receive_result)result;
        for (; run > 0; run--, done++) {
            bool right = Report_valid(&messages[done], sizeof *messages);
            results[done] = right ? RECEIVE_TAKEN : direct_refuse(receiver);
            if (!right) receive_clear(&messages[done], sizeof *messages);
        }
    }
    return done;
}

/* ---- rays: log -> c, direct, acknowledged ---- */
/*
 * Opens the sending end of `rays`, once in each life of log. False: this subject has no such end, or the
 * image is of another policy than this header, and its slots are shorter than these messages.
 */
static inline bool open_sender_rays(struct direct_sender *sender, const struct subject_info *info)
{
    return direct_sender_open(sender, info, "rays") &&
           sender->ring.slot_payload >= 12;
}

/*
 * Opens the receiving end of `rays`, once in each life of c. False: this subject has no such end, or the
 * image is of another policy than this header, and its slots are shorter than these messages.
 */
static inline bool open_receiver_rays(struct direct_receiver *receiver, const struct subject_info *info)
{
    return direct_receiver_open(receiver, info, "rays") &&
           receiver->ring.slot_payload >= 12;
}

enum { DIRECT_rays__memory = 128 };     /* bytes of the ring */

/* The same for a program under Linux, in what it maps. False: errno says why (guest/mapped.h). */
static inline bool open_sender_rays__mapped(struct direct_sender *sender, struct direct_file ring,
                                            struct direct_file page)
{
    return direct_sender_map(sender, 24, 4, ring, &page);
}

/* The same for a program under Linux, in what it maps. False: errno says why (guest/mapped.h). */
static inline bool open_receiver_rays__mapped(struct direct_receiver *receiver, struct direct_file ring,
                                              struct direct_file page)
{
    return direct_receiver_map(receiver, 24, 4, ring, &page);
}

/*
 * Writes a `Wide` of 8 bytes; nobody judges it, and no kernel is called. Its values are not checked
 * here: Wide_valid() does, or a batch; c refuses a bad one. False: it has not acknowledged
 * enough yet, and nothing has changed.
 */
static inline bool send_rays__Wide(struct direct_sender *sender, const struct Wide *message)
{
    struct Wide wire = *message;
    Wide_encode(&wire);
    return direct_push(sender, Wide_TYPE, &wire, sizeof *message);
}

/*
 * Sends up to `count` messages of `Wide`, as many as there is room for, each that Wide_valid() lets
 * pass as it goes out. results[i] says what became of messages[i], for each below `tried` of the answer.
 * Status ABI_SLOT: c has not acknowledged enough for the rest. No kernel is called.
 */
static inline struct send_batch send_rays__Wide__batch(struct direct_sender *sender, const struct Wide *messages,
                                                       uint32_t count, enum send_result *results)
{
    struct Wide wire[32];
    struct send_batch batch = { 0 };

    while (batch.tried < count) {
        uint32_t run = 0, left = count - batch.tried;
        for (; run < left && run < 32; run++) {
            wire[run] = messages[batch.tried + run];
            Wide_encode(&wire[run]);
            if (!Wide_valid(&wire[run], sizeof *wire)) break;
        }
        if (run == 0) results[batch.tried++] = SEND_INVALID;
        else if (!send_run(sender, Wide_TYPE, wire, sizeof *messages, run, &batch, results)) break;
    }
    return batch;
}

/*
 * Writes a `Text` of 12 bytes; nobody judges it, and no kernel is called. Its values are not checked
 * here: Text_valid() does, or a batch; c refuses a bad one. False: it has not acknowledged
 * enough yet, and nothing has changed.
 */
static inline bool send_rays__Text(struct direct_sender *sender, const struct Text *message)
{
    return direct_push(sender, Text_TYPE, message, sizeof *message);
}

/*
 * Sends up to `count` messages of `Text`, as many as there is room for, each that Text_valid() lets
 * pass as it goes out. results[i] says what became of messages[i], for each below `tried` of the answer.
 * Status ABI_SLOT: c has not acknowledged enough for the rest. No kernel is called.
 */
static inline struct send_batch send_rays__Text__batch(struct direct_sender *sender, const struct Text *messages,
                                                       uint32_t count, enum send_result *results)
{
    struct send_batch batch = { 0 };

    while (batch.tried < count) {
        uint32_t run = 0, left = count - batch.tried;
        while (run < left && Text_valid(&messages[batch.tried + run], sizeof *messages)) run++;
        if (run == 0) results[batch.tried++] = SEND_INVALID;
        else if (!send_run(sender, Text_TYPE, &messages[batch.tried], sizeof *messages, run, &batch, results)) break;
    }
    return batch;
}

/* What `rays` brings: `type` is one of NAME_TYPE, and only the member of that name is filled in. */
struct receive_rays {
    uint16_t type;
    union {
        struct Wide Wide;
        struct Text Text;
    } as;
};

/*
 * Copies the next message out, each byte once, and then checks it: nobody has before. RECEIVE_EMPTY: there is none.
 * RECEIVE_LOST, RECEIVE_REFUSED, RECEIVE_CORRUPT: counted in the receiver; call again. No kernel is called.
 */
static inline enum receive_result receive_rays(struct direct_receiver *receiver, struct receive_rays *message)
{
    static const struct direct_type types[] = {
        { Wide_TYPE, sizeof(struct Wide) },
        { Text_TYPE, sizeof(struct Text) },
    };
    uint32_t which = 0;
    enum direct_result result = direct_pop_any(receiver, types, 2, &message->as, &which);

    if (result != DIRECT_TAKEN) return (enum receive_result)result;
    message->type = (uint16_t)types[which].type;
    switch (message->type) {
    case Wide_TYPE:
        if (!Wide_valid(&message->as.Wide, sizeof(struct Wide))) return direct_refuse(receiver);
        Wide_decode(&message->as.Wide);
        break;
    case Text_TYPE:
        if (!Text_valid(&message->as.Text, sizeof(struct Text))) return direct_refuse(receiver);
        break;
    }
    return RECEIVE_TAKEN;
}

/*
 * As up to `count` calls of receive_rays(): messages[i] and results[i] are what the i-th gives, but that
 * messages[i] is all zero unless it was taken. Returns how many; fewer than `count`: there are no more
 * now. No kernel is called.
 */
static inline uint32_t receive_rays__batch(struct direct_receiver *receiver, struct receive_rays *messages, uint32_t count,
                                           enum receive_result *results)
{
    uint32_t done = 0;

    while (done < count) {
        results[done] = receive_rays(receiver, &messages[done]);
        if (results[done] == RECEIVE_EMPTY) break;
        if (results[done] != RECEIVE_TAKEN) receive_clear(&messages[done], sizeof *messages);
        done++;
    }
    return done;
}

#endif
