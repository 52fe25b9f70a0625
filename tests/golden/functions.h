/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from functions.policy: do not edit. */
#ifndef GEN_FUNCTIONS_H
#define GEN_FUNCTIONS_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum functions_subject {
    SUBJECT_a = 0,
    SUBJECT_b = 1,
    SUBJECT_c = 2,
    SUBJECT_log = 3,
};

enum functions_channel {
    CHANNEL_many = 0,
    CHANNEL_on = 1,
    CHANNEL_up = 2,
};

enum functions_direct {
    DIRECT_beams = 0,
    DIRECT_rays = 1,
};

/* Rules, as a send's result names them. */
enum functions_rule {
    RULE_none = 0,
    RULE_default = 1,
    RULE_length = 2,
    RULE_padding = 3,
    RULE_type = 4,
    RULE_label = 5,
    RULE_plan = 6,
    RULE_full = 7,
    RULE_audit = 8,
    RULE_hypercall = 9,
    RULE_privilege = 10,
    RULE_memory = 11,
    RULE_port = 12,
    RULE_msr = 13,
    RULE_register = 14,
    RULE_instruction = 15,
    RULE_fault = 16,
    RULE_monitor = 17,
    RULE_digest = 18,
    RULE_type__Report__x = 64,
    RULE_type__Report__kind = 65,
    RULE_type__Text__kind = 66,
    RULE_type__Text__name = 67,
    RULE_type__Text__size = 68,
    RULE_type__Text__bytes = 69,
    RULE_type__Text__line = 70,
    RULE_type__Text__why = 71,
    RULE_type__Text__where = 72,
    RULE_type__Wide__id = 73,
    RULE_type__Wide__kind = 74,
    RULE_type__Wide__y = 75,
    RULE_channel__many__rate = 76,
    RULE_text = 77,
    RULE_text__where = 78,
    RULE_wide = 79,
    RULE_wide__where = 80,
    RULE_channel__on__rate = 81,
    RULE_report_on = 82,
    RULE_channel__up__rate = 83,
    RULE_report_in = 84,
    RULE_fewer = 85,
};

enum Kind {
    Kind__call = 1,
    Kind__hang_up = 2,
};

static inline bool functions_is_zero(const uint8_t *bytes, uint32_t size)
{
    uint8_t any = 0;
    for (uint32_t i = 0; i < size; i++) any |= bytes[i];
    return any == 0;
}

static inline bool functions_is_text(const char *text, uint32_t size)
{
    bool ended = false;
    for (uint32_t i = 0; i < size; i++) {
        uint8_t c = (uint8_t)text[i];
        if (c != 0 && (ended || c < 0x20 || c > 0x7e)) return false;
        ended |= c == 0;
    }
    return true;
}

/* ---- Report: 8 bytes, little endian ---- */
#define Report_TYPE 0u
#define Report_VERSION 1u

struct Report {
    uint32_t x;
    uint8_t kind;
    uint8_t zero_0[3];
};
static_assert(sizeof(struct Report) == 8, "layout");
static_assert(offsetof(struct Report, x) == 0, "layout");
static_assert(offsetof(struct Report, kind) == 4, "layout");

/* Whether a message of `length` bytes passes the type: the same answer as the monitor's. */
static inline bool Report_valid(const struct Report *m, uint32_t length)
{
    if (length != sizeof *m) return false;
    if (!(m->x <= 100u)) return false;
    if (!(m->kind <= 63 && (0x6ull >> (m->kind & 63) & 1) != 0)) return false;
    if (!(functions_is_zero(m->zero_0, 3))) return false;
    return true;
}

/* ---- Text: 12 bytes, little endian ---- */
#define Text_TYPE 1u
#define Text_VERSION 1u

struct Text {
    uint8_t kind;
    uint8_t zero_0[1];
    char name[6];
    union {
        struct {
            uint8_t size;
            uint8_t bytes[3];
        };
        struct {
            uint16_t line;
            uint16_t why;
        };
    };
};
static_assert(sizeof(struct Text) == 12, "layout");
static_assert(offsetof(struct Text, kind) == 0, "layout");
static_assert(offsetof(struct Text, name) == 2, "layout");
static_assert(offsetof(struct Text, size) == 8, "layout");
static_assert(offsetof(struct Text, bytes) == 9, "layout");
static_assert(offsetof(struct Text, line) == 8, "layout");
static_assert(offsetof(struct Text, why) == 10, "layout");

/* Whether a message of `length` bytes passes the type: the same answer as the monitor's. */
static inline bool Text_valid(const struct Text *m, uint32_t length)
{
    if (length != sizeof *m) return false;
    if (!(m->kind <= 63 && (0x6ull >> (m->kind & 63) & 1) != 0)) return false;
    if (!(functions_is_zero(m->zero_0, 1))) return false;
    if (!(functions_is_text(m->name, 6))) return false;
    if (0x2ull >> (m->kind & 63) & 1) {
        if (!(m->size <= 3u)) return false;
    }
    if (0x2ull >> (m->kind & 63) & 1) for (uint32_t i = (uint32_t)m->size; i < 3; i++) {
        if (!(m->bytes[i] == 0)) return false;
    }
    if (0x4ull >> (m->kind & 63) & 1) {
        if (!(m->line >= 7u && m->line <= 9u)) return false;
    }
    if (!((m->kind == 2u) || ((uint8_t)m->name[0] == 60u))) return false;
    if (!((m->kind <= 1u) || (m->kind >= 3u) || (m->line <= 8u) || !(m->why == 0u))) return false;
    return true;
}

/* ---- Wide: 8 bytes, big endian ---- */
#define Wide_TYPE 2u
#define Wide_VERSION 3u

struct Wide {
    uint16_t id;
    uint8_t kind;
    uint8_t zero_0[1];
    int32_t y;
};
static_assert(sizeof(struct Wide) == 8, "layout");
static_assert(offsetof(struct Wide, id) == 0, "layout");
static_assert(offsetof(struct Wide, kind) == 2, "layout");
static_assert(offsetof(struct Wide, y) == 4, "layout");

/* From the wire's byte order to the guest's own, and back. */
static inline void Wide_decode(struct Wide *m)
{
    m->id = (uint16_t)__builtin_bswap16((uint16_t)m->id);
    m->y = (int32_t)__builtin_bswap32((uint32_t)m->y);
}

static inline void Wide_encode(struct Wide *m)
{
    m->id = (uint16_t)__builtin_bswap16((uint16_t)m->id);
    m->y = (int32_t)__builtin_bswap32((uint32_t)m->y);
}

/* Whether a message of `length` bytes passes the type: the same answer as the monitor's. */
static inline bool Wide_valid(const struct Wide *m, uint32_t length)
{
    if (length != sizeof *m) return false;
    if (!(m->kind <= 63 && (0x6ull >> (m->kind & 63) & 1) != 0)) return false;
    if (!(functions_is_zero(m->zero_0, 1))) return false;
    if (!((int32_t)__builtin_bswap32((uint32_t)m->y) >= -5 && (int32_t)__builtin_bswap32((uint32_t)m->y) <= 1000)) return false;
    return true;
}

#endif
