/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts on messages: pure functions over the const tables of a checked image and the few words of state that rates and
 * protocols have. The kernel's monitor and the compiler's own policy tests link the same code, so this header includes wire
 * headers alone.
 *
 * The checks and their order, the first that fails is the one reported: the sender holds the channel; type number and version
 * (until they are known, nothing else has a meaning); length; padding; each field in the type's order; the type's conditions;
 * grant; label; plan; where; protocol; rate. `restrict` rules narrow at plan, where and rate.
 *
 * Untrusted: every byte of the message. The caller has made a private copy of it; nothing here reads memory that a subject can
 * write.
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include "channels/message.h"
#include "policy/tables.h"

/* A private copy of a message. Fields are read in units of 8 bytes: `slack` keeps the last ones inside. */
struct decide_message {
    struct message_header header;
    uint8_t payload[IMAGE_MAX_MESSAGE - sizeof(struct message_header)];
    uint8_t slack[8];
};

/* A rule's rate as a generic cell rate algorithm (ITU-T I.371, annex A), in TSC ticks. */
struct decide_pace {
    uint64_t step;                    /* between two messages at the full rate */
    uint64_t tolerance;               /* how much earlier than that a burst may come. No rate: 0 and UINT64_MAX */
};

/* What a channel's first rule allows, if but for fields, plan and rate it is known beforehand; else of no sender and plan. */
struct decide_line {
    uint64_t header;                  /* decide_header_word() of the messages that it is about: type and label are settled */
    uint64_t tolerance;               /* of the rule's pace */
    uint32_t plans;                   /* bit p: holds in plan p */
    uint32_t rule, allow;             /* as in a verdict */
    uint32_t sender, field_count;
    const struct image_field *fields, *fields_end;    /* the first of them; behind the last */
    uint8_t unused[8];
};
static_assert(sizeof(struct decide_line) == 64, "a cache line");

/* What changes as messages are accepted. The arrays are the caller's. */
struct decide_state {
    const struct decide_pace *paces;  /* by rule, see decide_pace() */
    const struct decide_line *lines;  /* by channel, IMAGE_MAX_CHANNELS of them; see decide_line() */
    uint64_t *due;                    /* by rule: when the next message is due at the full rate; written by the sender's CPU */
    uint64_t *protocols;              /* by protocol: decide_protocol_word(); atomic, moved by all that take part, or restart */
    uint32_t tsc_khz;                 /* ticks in a millisecond. Protocol time is counted in units of 2^20 ticks */
};

struct decide_request {
    const struct decide_message *message;     /* the first header.length bytes of payload, or fewer if that exceeds the slot */
    uint64_t now;                     /* TSC */
    uint32_t plan;                    /* the plan that runs */
    uint32_t channel;                 /* as the sender named it */
    uint32_t subject;                 /* the sender */
};

struct decide_verdict {
    uint64_t value;                   /* denied: what the check looked at: a field's value, the length, the protocol's state;
                                         0 where others have moved that after each verdict */
    uint64_t protocol_seen, protocol_next;    /* allowed, under a protocol: the move that decide_commit() makes */
    uint32_t rule;                    /* allowed: the `allow`; denied: what to report */
    uint32_t allow;                   /* index into IMAGE_RULES once granted, else IMAGE_NONE */
    uint16_t field;                   /* index into IMAGE_FIELDS, IMAGE_NONE where no field is at fault */
    bool allowed;
    uint8_t feedback;                 /* denied: the least enum image_feedback under which the sender may learn it */
};

/* Start-up: the pace of a rule; rounded so that the rate is never exceeded. */
struct decide_pace decide_pace(const struct image_rule *rule, uint32_t tsc_khz);

/* Start-up: the line of a channel. */
void decide_line(const struct policy_tables *policy, const struct decide_pace *paces, const struct image_channel *channel,
                 struct decide_line *line);

/* A header's type, version and length as one number: the first eight bytes as they lie there. */
static inline uint64_t decide_header_word(const struct message_header *header)
{
    return header->type + ((uint64_t)header->version << 16) + ((uint64_t)header->length << 32);
}

/*
 * The word of a protocol that enters `state` at TSC `now` register at `kept`. Nothing leads on from DECIDE_NO_STATE, in which
 * the register counts restarts.
 */
#define DECIDE_NO_STATE IMAGE_MAX_STATES
static inline uint64_t decide_protocol_word(uint32_t state, uint16_t kept, uint64_t now)
{
    return (uint64_t)state << 56 | (uint64_t)kept << 40 | (now >> 20 & 0xffffffffffull);
}

/* Judges; changes nothing but `verdict`. `policy` has passed image_check(). */
void decide(const struct policy_tables *policy, const struct decide_state *state, const struct decide_request *request,
            struct decide_verdict *verdict);

/* An operation that a subject asks for. */
struct decide_operation {
    uint64_t now;                     /* TSC */
    uint64_t operation;               /* as the subject named it */
    uint32_t plan;                    /* the plan that runs */
    uint32_t subject;
};

/* Judges an operation: whether a privilege gives it; then plan and rate as for messages. Fills rule, allow, allowed. */
void decide_operation(const struct policy_tables *policy, const struct decide_state *state,
                      const struct decide_operation *request, struct decide_verdict *verdict);

/* Takes the tokens of an allowed message that is withheld for a reason which its sender may not learn. */
void decide_charge(const struct policy_tables *policy, struct decide_state *state, const struct decide_verdict *verdict,
                   uint64_t now);

/*
 * Takes the tokens and makes the protocol's move of an allowed message. False if another CPU has moved the protocol since
 * decide() saw it: nothing is changed then, and the message must be judged anew.
 */
bool decide_commit(const struct policy_tables *policy, struct decide_state *state, const struct decide_verdict *verdict,
                   uint64_t now);
