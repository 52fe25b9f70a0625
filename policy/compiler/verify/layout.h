/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system image's layout, written down a second time: offset and width of each value, in bytes, little endian. The other
 * definition is the wire header that kernel and compiler include; this one must not include it.
 */
#pragma once

#define RAW_FORMAT 5u
#define RAW_NONE 0xffffu
#define RAW_PAGE 4096ull
#define RAW_LARGE_PAGE 0x200000ull
#define RAW_GIANT_PAGE 0x40000000ull

/* ---- header ---- */
#define HEADER_SIZE 328u              /* without the component list */
#define HEADER_FORMAT 8, 4
#define HEADER_HEADER_SIZE 12, 4
#define HEADER_IMAGE_SIZE 16, 8
#define HEADER_ROLLBACK 24, 4
#define HEADER_FLAGS 28, 4
#define HEADER_POLICY_HASH 32u        /* 32 bytes */
#define HEADER_SYSTEM 64u             /* 16 bytes */
#define HEADER_RAM_BASE 80, 8
#define HEADER_RAM_END 88, 8
#define HEADER_TRAMPOLINE 96, 8
#define HEADER_KERNEL_POOL 104, 4
#define HEADER_IMAGE_HOME 108, 4
#define HEADER_MEASURE 112, 4
#define HEADER_PCR 116, 4
#define HEADER_AUDIT_ALWAYS 120, 4
#define HEADER_KERNEL_RESERVE 124, 4
#define HEADER_CLASS_FULL_SECURITY 128, 2
#define HEADER_CLASS_FULL_FLOW 130, 2
#define HEADER_POWER_PORT 132, 2
#define HEADER_POWER_VALUE 134, 2
#define HEADER_COLOURS 136, 4         /* of the cache; 0: subjects have none */
#define HEADER_COMPONENT_COUNT 140, 4
#define HEADER_TABLES 144u            /* offset and count of each, 4 bytes either */
#define HEADER_IO_APIC 312, 8
#define HEADER_MARGIN_TICKS 320, 8
#define HEADER_FLAG_UNSIGNED 1u

/* ---- component list ---- */
#define COMPONENT_SIZE 88u
#define COMPONENT_OFFSET 0, 8
#define COMPONENT_BYTES 8, 8
#define COMPONENT_KIND 16, 4
#define COMPONENT_SUBJECT 20, 4
#define COMPONENT_SHA256 24u          /* 32 bytes */
#define COMPONENT_NAME 56u            /* 32 bytes */
enum { KIND_TABLES, KIND_SUBJECT, KIND_CATALOGUE, KIND_PART };

/* ---- tables, in the header's order ---- */
enum raw_table {
    CPU, PLAN, WINDOW, SUBJECT, REGION, MAPPING, LOAD, PORTS, CPUID, TYPE, FIELD, ATOM, CHANNEL, RULE, PROTOCOL, STEP, TIMEOUT,
    RESET, OPERATION, DIRECT, DIGEST, RAW_TABLES
};
#define RAW_TABLE_SIZES { 16, 24, 16, 120, 32, 16, 32, 8, 24, 24, 40, 24, 48, 64, 24, 12, 16, 4, 8, 28, 32 }
#define RAW_ROW_MOST 120u             /* the largest of them */
#define RAW_TABLE_NAMES                                                                                                    \
    { "cpu", "plan", "window", "subject", "region", "mapping", "load", "ports", "cpuid", "type", "field", "atom", "channel", \
      "rule", "protocol", "step", "timeout", "reset", "operation", "direct", "digest" }

#define CPU_APIC_ID 0, 4
#define CPU_AUDIT_REGION 4, 4
#define CPU_AUDIT_SLOTS 8, 8

#define DIRECT_NAME 0u                /* 16 bytes */
#define DIRECT_SENDER 16, 2
#define DIRECT_RECEIVER 18, 2
#define DIRECT_REGION 20, 4
#define DIRECT_ACKNOWLEDGEMENT 24, 4  /* a region; all ones: none */
#define DIRECT_NOT_ACKNOWLEDGED 0xffffffffu
#define DIRECT_STAMP_BYTES 8u         /* of each slot; before its payload, or from 57 bytes on all before all payloads */
#define DIRECT_STAMPED_MOST 56u

#define DIGEST_SHA256 0u              /* 32 bytes */

#define OPERATION_SUBJECT 0, 2
#define OPERATION_KIND 2, 2           /* 0: switch to a plan, 1: restart, 2: stop */
#define OPERATION_OBJECT 4, 2
#define OPERATION_ALLOW 6, 2

#define PLAN_MAJOR_US 0, 8
#define PLAN_NAME 8u                  /* 16 bytes */

#define WINDOW_PLAN 0, 2
#define WINDOW_CPU 2, 2
#define WINDOW_SUBJECT 4, 2
#define WINDOW_FLAGS 6, 2             /* 1: dedicated */
#define WINDOW_START_US 8, 4
#define WINDOW_LENGTH_US 12, 4

#define SUBJECT_NAME 0u               /* 16 bytes */
#define SUBJECT_ENTRY 16, 8
#define SUBJECT_STACK 24, 8
#define SUBJECT_CR3 32, 8
#define SUBJECT_INFO_GPA 40, 8
#define SUBJECT_LABEL_LOW 48, 8
#define SUBJECT_LABEL_HIGH 56, 8
#define SUBJECT_RAM_REGION 64, 4
#define SUBJECT_INFO_REGION 68, 4
#define SUBJECT_FIRST_PORT 72, 4
#define SUBJECT_PORT_COUNT 76, 4
#define SUBJECT_FIRST_CPUID 80, 4
#define SUBJECT_CPUID_COUNT 84, 4
#define SUBJECT_PRIVILEGES 88, 4      /* 1: shutdown, 2: reads audit, 4: call_from_user */
#define SUBJECT_CPU 92, 2
#define SUBJECT_RESTART_MAX 94, 2
#define SUBJECT_FAULT_THEN 96, 1      /* 0: stop, 1: halt */
#define SUBJECT_VIOLATION 97, 1       /* 0: not said, 1: inject, 2: restart, 3: stop */
#define SUBJECT_FIRST_COLOUR 98, 1
#define SUBJECT_COLOUR_COUNT 99, 1
#define SUBJECT_RESTART_PERIOD_S 100, 4
#define SUBJECT_RESERVE_SECURITY 104, 4
#define SUBJECT_RESERVE_FLOW 108, 4
#define SUBJECT_MONITOR 112, 2
#define SUBJECT_SERVES 114, 2
#define SUBJECT_DIGEST 116, 4         /* 1 + its entry; 0: its memory is not checked */
#define SERVED_FROM 0x80000000ull     /* where a monitor is shown its subject's memory */

#define REGION_HPA 0, 8
#define REGION_BYTES 8, 8
#define REGION_KVA 16, 8              /* where the kernel sees it: HPA, or from GATHERED_FROM on if it is coloured */
#define REGION_KIND 24, 2
#define REGION_OWNER 26, 2
#define REGION_FLAGS 28, 2            /* 1: shared outbox */
#define REGION_FIRST_COLOUR 30, 1
#define REGION_COLOUR_COUNT 31, 1
#define GATHERED_FROM (256ull << 30)
#define COLOURS_MOST 64u
enum { REGION_POOL, REGION_HOME, REGION_RAM, REGION_INFO, REGION_OUTBOX, REGION_INBOX, REGION_AUDIT, REGION_CATALOGUE,
       REGION_DIRECT, REGION_ACKNOWLEDGEMENT };

#define MAPPING_GPA 0, 8
#define MAPPING_REGION 8, 4
#define MAPPING_SUBJECT 12, 2
#define MAPPING_ACCESS 14, 2
enum { ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_EXECUTE = 4 };

#define LOAD_REGION_OFFSET 0, 8
#define LOAD_IMAGE_OFFSET 8, 8
#define LOAD_BYTES 16, 8
#define LOAD_REGION 24, 4
#define LOAD_COMPONENT 28, 4

#define PORTS_FIRST 0, 2
#define PORTS_LAST 2, 2
#define PORTS_LINE 4, 2               /* 0xffff: none */
#define PORTS_FLAGS 6, 2              /* 1: interrupts */

#define CPUID_LEAF 0, 4
#define CPUID_SUBLEAF 4, 4
#define CPUID_EAX 8, 4
#define CPUID_EBX 12, 4
#define CPUID_ECX 16, 4
#define CPUID_EDX 20, 4

#define TYPE_BYTES 0, 2
#define TYPE_VERSION 2, 2
#define TYPE_FIRST_FIELD 4, 4
#define TYPE_FIELD_COUNT 8, 4
#define TYPE_FIRST_ATOM 12, 4
#define TYPE_ATOM_COUNT 16, 4
#define TYPE_WHERE_RULE 20, 4

#define FIELD_BASE 0, 8
#define FIELD_SPAN 8, 8
#define FIELD_TAGS 16, 8
#define FIELD_RULE 24, 4
#define FIELD_OFFSET 28, 2
#define FIELD_UNUSED 30, 2
#define FIELD_TAG 32, 2
#define FIELD_FLAGS 34, 2
#define FIELD_KIND 36, 4
enum { FLAG_SIGNED = 1, FLAG_BIG = 2, FLAG_ZERO = 4, FLAG_SET = 8, FLAG_NOT = 16, FLAG_END = 32 };

#define ATOM_BASE 0, 8
#define ATOM_SPAN 8, 8
#define ATOM_OFFSET 16, 2
#define ATOM_UNUSED 18, 2
#define ATOM_FLAGS 20, 4

#define CHANNEL_NAME 0u               /* 16 bytes */
#define CHANNEL_SENDER 16, 2
#define CHANNEL_RECEIVER 18, 2
#define CHANNEL_DEPTH 20, 2
#define CHANNEL_SLOTS 22, 2
#define CHANNEL_SLOT_SIZE 24, 4
#define CHANNEL_OUTBOX_REGION 28, 4
#define CHANNEL_INBOX_REGION 32, 4
#define CHANNEL_FIRST_RULE 36, 4
#define CHANNEL_RULE_COUNT 40, 4
#define CHANNEL_FEEDBACK 44, 1        /* 0: none, 1: rule, 2: full */
#define CHANNEL_EVENT 45, 1
#define CHANNEL_NOTIFY_EACH 46, 2

#define RULE_RULE 0, 4
#define RULE_WHERE_RULE 4, 4
#define RULE_RATE_RULE 8, 4
#define RULE_CHANNEL 12, 2
#define RULE_TYPE 14, 2
#define RULE_KIND 16, 2               /* 0: allow, 1: restrict */
#define RULE_FLAGS 18, 2              /* 1: record, 2: with payload, 4: downgrade, 64: endorse */
#define RULE_FIRST_ATOM 20, 4
#define RULE_ATOM_COUNT 24, 4
#define RULE_RATE_COUNT 28, 4
#define RULE_RATE_MS 32, 4
#define RULE_BURST 36, 4
#define RULE_PLAN_MASK 40, 4
#define RULE_PROTOCOL 44, 2
#define RULE_NEXT 46, 2
#define RULE_LABEL 48, 8
#define RULE_RELEASED 56, 8

#define PROTOCOL_RULE 0, 4
#define PROTOCOL_FIRST_STEP 4, 4
#define PROTOCOL_STEP_COUNT 8, 4
#define PROTOCOL_FIRST_TIMEOUT 12, 4
#define PROTOCOL_TIMEOUT_COUNT 16, 4
#define PROTOCOL_STATE_COUNT 20, 4

#define STEP_FROM_MASK 0, 4
#define STEP_ALLOW 4, 2
#define STEP_OFFSET 6, 2
#define STEP_WIDTH 8, 1
#define STEP_TO 9, 1
#define STEP_FLAGS 10, 2              /* 1: keep, 2: match, 4: big endian */

#define TIMEOUT_FROM_MASK 0, 4
#define TIMEOUT_AFTER_MS 4, 4
#define TIMEOUT_TO 8, 8

#define RESET_PROTOCOL 0, 2
#define RESET_SUBJECT 2, 2

/* ---- the catalogue's component ---- */
#define CATALOGUE_HEADER 16u          /* "BHCATLG1", count, reserved */
#define CATALOGUE_COUNT_AT 8, 4
#define CATALOGUE_RESERVED_AT 12, 4
#define ENTRY_SIZE 128u
#define ENTRY_KIND 0, 4
#define ENTRY_INDEX 4, 4
#define ENTRY_LINE 8, 4
#define ENTRY_MEANING 12, 4
#define ENTRY_NAME 16u                /* 64 bytes */
#define ENTRY_FILE 80u                /* 48 bytes */
enum { ENTRY_RULE, ENTRY_SUBJECT, ENTRY_CHANNEL, ENTRY_TYPE, ENTRY_FIELD, ENTRY_PLAN, ENTRY_LEVEL, ENTRY_INTEGRITY,
       ENTRY_CATEGORY };
#define RULE_FIRST_NUMBER 64u                /* the policy's own; those below are built in */
#define RULE_NONE_NUMBER 0u
#define RULE_PADDING_NUMBER 3u

/* ---- what shared memory holds ---- */
#define AUDIT_RECORD 128u
#define AUDIT_HEADER 4096u
#define INBOX_HEADER 64u
#define MESSAGE_HEADER 16u
#define MESSAGE_ALIGN 16u
#define WINDOWS_FROM 0x40000000ull    /* guest-physical: memory from 0, what is shown beside it from a multiple */
