/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The info page: what a subject finds at RDI when it starts. Read-only to it, measured as part of the subject's component; the
 * kernel fills in the fields marked [kernel].
 */
#pragma once

#include <assert.h>
#include <stdint.h>

#define INFO_MAGIC 0x4f464e4948424b42ull      /* "BKBHINFO" */
#define INFO_MAX_CHANNELS 32u
#define INFO_MAX_PARAMS 64u
#define INFO_MAX_RINGS 32u

enum info_call { INFO_CALL_VMMCALL = 1, INFO_CALL_VMCALL = 2 };
enum info_direction {
    INFO_SENDS, INFO_RECEIVES,        /* a mediated channel */
    INFO_WRITES, INFO_READS           /* a direct one */
};

struct info_channel {
    uint64_t gpa;                     /* outbox, inbox, or the whole of a direct channel's ring */
    uint32_t channel;                 /* number for send, receive and notify; direct: among direct ones */
    uint32_t slot_size;               /* bytes, header included; direct: payload bytes of a slot, direct_slot_payload() */
    uint16_t slots;                   /* outbox slots; else the channel's depth; direct: the ring's, direct_slots() */
    uint8_t direction;                /* enum info_direction */
    uint8_t event;                    /* receiver: bit of the event word */
    uint32_t rate_count, rate_ms, burst;      /* sender: the strictest rate on the channel; count 0: none */
    char name[16];
    uint64_t acknowledgement_gpa;     /* direct: its page; 0: none */
};

struct info_ring { uint64_t gpa; uint32_t cpu, slots; };   /* subjects that read the audit: one a CPU */

struct subject_info {
    uint64_t magic;
    uint32_t abi_version;
    uint32_t subject;                 /* own index */
    uint8_t policy_hash[32];
    uint32_t call;                    /* [kernel] enum info_call */
    uint32_t tsc_khz;                 /* [kernel] */
    uint32_t epoch;                   /* [kernel] restarts of this subject so far */
    uint32_t channel_count, param_count, ring_count;
    uint64_t catalogue_gpa, catalogue_size;   /* 0: not shown */
    uint64_t ram_size;                /* bytes from gpa 0 */
    struct info_channel channels[INFO_MAX_CHANNELS];
    int64_t params[INFO_MAX_PARAMS];  /* constants of the policy in their order: of a box, lo and hi of each side */
    struct info_ring rings[INFO_MAX_RINGS];
    uint64_t served_size;             /* monitors: bytes of the subject's memory, channels/monitor.h; else 0 */
};

static_assert(sizeof(struct info_channel) == 56, "layout");
static_assert(sizeof(struct subject_info) <= 4096, "one page");
