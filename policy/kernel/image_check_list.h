/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every check that image_check() makes, by its identifier; what each of them means is in policy/compiler/check_text.c. Codes
 * are numbered in this order from 1: a log's code means the same as long as IMAGE_FORMAT stays as it is. Append; what takes one
 * away or moves it raises IMAGE_FORMAT, as does a change of what the image's bytes mean. `index` in the result counts what the
 * identifier's first word names; for the image and its header it is 0.
 */
#pragma once

#include "image_check.h"

#define IMAGE_CHECKS(X)                                                                                                    \
    /* the header and the components: image_check.c */                                                                     \
    X(TRUNCATED) X(MAGIC) X(FORMAT) X(SIZE) X(HEADER_SIZE) X(HEADER_FLAGS) X(HEADER_NAME) X(HEADER_RAM)                    \
    X(HEADER_TRAMPOLINE) X(HEADER_PCR) X(COMPONENT_BOUNDS) X(COMPONENT_ORDER) X(COMPONENT_ALIGN) X(COMPONENT_KIND)         \
    X(COMPONENT_SUBJECT) X(COMPONENT_NAME) X(TABLE_COUNT) X(TABLE_ALIGN) X(TABLE_BOUNDS) X(TABLE_ORDER)                    \
    /* processors and time: check_time.c */                                                                                \
    X(CPU_COUNT) X(CPU_APIC) X(CPU_AUDIT) X(CPU_SLOTS) X(CPU_RING) X(CPU_RESERVE) X(PLAN_COUNT)                            \
    X(PLAN_FRAME) X(PLAN_NAME) X(WINDOW_ORDER) X(WINDOW_START) X(WINDOW_LENGTH) X(WINDOW_SUBJECT)                          \
    X(WINDOW_FLAGS) X(WINDOW_DEDICATED) X(WINDOW_COVER)                                                                    \
    /* memory: check_memory.c */                                                                                           \
    X(REGION_ALIGN) X(REGION_BOUNDS) X(REGION_DEVICE) X(REGION_ORDER) X(REGION_KIND) X(REGION_FLAGS) X(REGION_OWNER)       \
    X(REGION_POOL) X(REGION_HOME) X(REGION_HOME_SIZE) X(REGION_POOL_SIZE) X(MAPPING_ORDER) X(MAPPING_REGION)               \
    X(MAPPING_ALIGN) X(MAPPING_BOUNDS) X(MAPPING_OVERLAP) X(MAPPING_RIGHT) X(MAPPING_ACCESS) X(MAPPING_TWICE)              \
    X(LOAD_REGION) X(LOAD_TARGET) X(LOAD_ORDER) X(LOAD_COMPONENT) X(LOAD_SOURCE)                                           \
    /* subjects: check_subjects.c, check_ports.c */                                                                        \
    X(SUBJECT_COUNT) X(SUBJECT_NAME) X(SUBJECT_CPU) X(SUBJECT_RAM) X(SUBJECT_INFO) X(SUBJECT_ENTRY) X(SUBJECT_STACK)       \
    X(SUBJECT_CR3) X(SUBJECT_PRIVILEGE) X(SUBJECT_AUDIT) X(SUBJECT_LABEL) X(SUBJECT_RESTART) X(SUBJECT_VIOLATION)          \
    X(SUBJECT_MONITOR) X(SUBJECT_PORTS) X(SUBJECT_CPUIDS) X(PORT_ALLOWED) X(PORT_SHARED)                                   \
    /* message types: check_types.c */                                                                                     \
    X(TYPE_SIZE) X(TYPE_FIELDS) X(TYPE_ATOMS) X(TYPE_RULE) X(FIELD_FLAGS) X(FIELD_WIDTH) X(FIELD_BOUNDS) X(FIELD_RANGE)    \
    X(FIELD_RULE) X(FIELD_TAG) X(ATOM_FLAGS) X(ATOM_WIDTH) X(ATOM_BOUNDS) X(ATOM_END)                                      \
    /* channels: check_channels.c; rules and protocols: check_rules.c */                                                   \
    X(CHANNEL_NAME) X(CHANNEL_ENDS) X(CHANNEL_SLOTS) X(CHANNEL_OUTBOX) X(CHANNEL_INBOX) X(CHANNEL_FEEDBACK)                \
    X(CHANNEL_EVENT) X(CHANNEL_RULES) X(CHANNEL_CARRIES) X(CHANNEL_ALLOW) X(RULE_RELEASE) X(RULE_KIND) X(RULE_INDEX)       \
    X(RULE_FLOW) X(RULE_ATOMS) X(RULE_WHERE) X(RULE_RATE) X(RULE_PLAN) X(RULE_PROTOCOL) X(RULE_NEXT) X(PROTOCOL_STATES)    \
    X(PROTOCOL_RULE) X(PROTOCOL_STEPS) X(PROTOCOL_TIMEOUTS) X(STEP_STATES) X(STEP_ALLOW) X(STEP_FIELD) X(STEP_FLAGS)       \
    X(TIMEOUT_STATES) X(TIMEOUT_TIME) X(RESET_INDEX) X(DIRECT_REGION) X(OPERATION_KIND)                                    \
    X(OPERATION_SUBJECT) X(OPERATION_OBJECT) X(OPERATION_GIVE) X(OPERATION_ALLOW)                                          \
    /* work that must fit into the margin before a window's end */                                                         \
    X(TYPE_WORK) X(RULE_WORK) X(SUBJECT_WORK)                                                                              \
    /* colours: all three parts */                                                                                         \
    X(HEADER_COLOURS) X(SUBJECT_COLOURS) X(REGION_COLOURS) X(REGION_KVA) X(SUBJECT_DIGEST)                                 \
    /* interrupts of devices: check_ports.c, but the header and operations */                                              \
    X(HEADER_IO_APIC) X(PORT_LINE) X(LINE_SHARED) X(SUBJECT_LINES) X(OPERATION_LINES)                                      \
    /* time: the header */                                                                                                 \
    X(HEADER_MARGIN)

enum image_check_id {
    IMAGE_CHECK_GOOD,
#define IMAGE_CHECK_ENUM(id) IMAGE_CHECK_##id,
    IMAGE_CHECKS(IMAGE_CHECK_ENUM)
    IMAGE_CHECK_COUNT
};
