/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every check that image_check() makes: identifier and text. Codes are numbered in this order from 1; append, never reorder,
 * since codes are what a console or a log shows. `index` in the result counts what the text's first word names; for "image"
 * and "header" it is 0.
 */
#ifndef POLICY_IMAGE_CHECK_LIST_H
#define POLICY_IMAGE_CHECK_LIST_H

#include "image_check.h"

#define IMAGE_CHECKS(X)                                                                                                    \
    /* the header and the components: image_check.c */                                                                     \
    X(TRUNCATED, "image is shorter than its header says")                                                                  \
    X(MAGIC, "image does not begin with the magic of a system image")                                                      \
    X(FORMAT, "image has a format that this kernel does not know")                                                         \
    X(SIZE, "image is larger than a system image may be")                                                                  \
    X(HEADER_SIZE, "header's size is not that of the header and the component list")                                       \
    X(HEADER_FLAGS, "header has unknown flags, or a value out of range")                                                   \
    X(HEADER_RESERVED, "header has padding that is not zero")                                                              \
    X(HEADER_NAME, "header names the system with an empty name or odd characters")                                         \
    X(HEADER_RAM, "header's memory range is empty, unaligned, below 8 MiB or above 512 GiB")                               \
    X(HEADER_TRAMPOLINE, "header's trampoline is not a page of the low 640 KiB")                                           \
    X(HEADER_PCR, "header's PCR is not one of the static PCRs 8 to 15")                                                    \
    X(COMPONENT_BOUNDS, "component lies outside the image")                                                                \
    X(COMPONENT_ORDER, "component overlaps or precedes the one before")                                                    \
    X(COMPONENT_ALIGN, "component does not begin at a multiple of 8")                                                      \
    X(COMPONENT_KIND, "component has an unknown kind, or is not the one that holds the tables")                            \
    X(COMPONENT_SUBJECT, "component belongs to no subject, or should not")                                                 \
    X(COMPONENT_NAME, "component's name is empty, not terminated or has odd characters")                                   \
    X(TABLE_COUNT, "table has more entries than a table may have")                                                         \
    X(TABLE_ALIGN, "table does not begin at a multiple of 8")                                                              \
    X(TABLE_BOUNDS, "table lies outside component 0")                                                                      \
    X(TABLE_ORDER, "table overlaps or precedes the one before")                                                            \
    /* processors and time: check_time.c */                                                                                \
    X(CPU_COUNT, "cpu table is empty or too long")                                                                         \
    X(CPU_APIC, "cpu has no APIC id of its own")                                                                           \
    X(CPU_AUDIT, "cpu's audit ring is not an audit region of its own")                                                     \
    X(CPU_SLOTS, "cpu's audit slots are not what the kernel and its subjects reserve")                                     \
    X(CPU_RING, "cpu's audit region is too small for its slots")                                                           \
    X(CPU_RESERVE, "cpu has too few audit slots of the kernel for its start and its subjects' ends")                       \
    X(CPU_RESERVED, "cpu has padding that is not zero")                                                                    \
    X(PLAN_COUNT, "plan table is empty or too long")                                                                       \
    X(PLAN_FRAME, "plan's frame has no length")                                                                            \
    X(PLAN_NAME, "plan's name is empty or has odd characters")                                                             \
    X(PLAN_RESERVED, "plan has padding that is not zero")                                                                  \
    X(WINDOW_ORDER, "window is missing, not sorted by plan and cpu, or belongs to none")                                   \
    X(WINDOW_START, "window does not begin where the one before ends")                                                     \
    X(WINDOW_LENGTH, "window is empty or reaches beyond the frame")                                                        \
    X(WINDOW_SUBJECT, "window runs a subject that does not exist or belongs to another cpu")                               \
    X(WINDOW_FLAGS, "window has unknown flags")                                                                            \
    X(WINDOW_DEDICATED, "window is dedicated, but not alone on its cpu or without a subject")                              \
    X(WINDOW_COVER, "window is the last on its cpu, but the frame goes on")                                                \
    /* memory: check_memory.c */                                                                                           \
    X(REGION_ALIGN, "region is empty or not made of whole pages")                                                          \
    X(REGION_BOUNDS, "region lies outside the platform's memory")                                                          \
    X(REGION_DEVICE, "region covers the addresses of interrupt controllers, TPM or firmware")                              \
    X(REGION_ORDER, "region overlaps or precedes the one before")                                                          \
    X(REGION_KIND, "region has an unknown kind")                                                                           \
    X(REGION_FLAGS, "region has flags that its kind does not allow")                                                       \
    X(REGION_OWNER, "region is not what its owner says it is")                                                             \
    X(REGION_POOL, "region is a second kernel pool, or the header names none")                                             \
    X(REGION_HOME, "region is a second home of the image, or the header names none")                                       \
    X(REGION_HOME_SIZE, "region is too small to be the image's home")                                                      \
    X(REGION_POOL_SIZE, "region is too small to be the kernel's pool")                                                     \
    X(MAPPING_ORDER, "mapping is not sorted by subject, or its subject does not exist")                                    \
    X(MAPPING_REGION, "mapping shows a region that does not exist")                                                        \
    X(MAPPING_ALIGN, "mapping does not begin at a page")                                                                   \
    X(MAPPING_BOUNDS, "mapping reaches beyond guest-physical 512 GiB")                                                     \
    X(MAPPING_OVERLAP, "mapping overlaps or precedes the one before")                                                      \
    X(MAPPING_RIGHT, "mapping shows a region to a subject that may not see it")                                            \
    X(MAPPING_ACCESS, "mapping gives more or less access than the region's kind has")                                      \
    X(MAPPING_TWICE, "mapping shows a subject its own memory or info page a second time")                                  \
    X(LOAD_REGION, "load fills a region that does not exist or takes no content")                                          \
    X(LOAD_TARGET, "load is empty or reaches beyond its region")                                                           \
    X(LOAD_ORDER, "load overlaps or precedes the one before")                                                              \
    X(LOAD_COMPONENT, "load takes from a component that does not exist or belongs to another")                             \
    X(LOAD_SOURCE, "load takes bytes from outside its component")                                                          \
    /* subjects: check_subjects.c */                                                                                       \
    X(SUBJECT_COUNT, "subject table is empty or too long")                                                                 \
    X(SUBJECT_NAME, "subject's name is empty, has odd characters or is another's")                                         \
    X(SUBJECT_CPU, "subject's cpu does not exist")                                                                         \
    X(SUBJECT_RAM, "subject does not map its memory")                                                                      \
    X(SUBJECT_INFO, "subject does not map its info page, or not at info_gpa")                                              \
    X(SUBJECT_ENTRY, "subject's entry point lies outside its memory")                                                      \
    X(SUBJECT_STACK, "subject's stack lies outside its memory")                                                            \
    X(SUBJECT_CR3, "subject's page table is not a page of its memory")                                                     \
    X(SUBJECT_PRIVILEGE, "subject has unknown privileges")                                                                 \
    X(SUBJECT_AUDIT, "subject is the second that may read the audit rings")                                                \
    X(SUBJECT_LABEL, "subject's least label is not below its greatest")                                                    \
    X(SUBJECT_RESTART, "subject's restarts have no period, or what follows is unknown")                                    \
    X(SUBJECT_VIOLATION, "what a subject's violation leads to is unknown")                                                 \
    X(SUBJECT_MONITOR, "subject and monitor are not each other's alone, or the monitor is more than that")                 \
    X(SUBJECT_PORTS, "subject's ports lie outside the table or are another's")                                             \
    X(SUBJECT_CPUIDS, "subject's CPUID leaves lie outside the table")                                                      \
    X(PORT_ALLOWED, "port range is none of COM2 to COM4")                                                                  \
    X(PORT_SHARED, "port range belongs to a device that another subject has")                                              \
    /* message types: check_types.c */                                                                                     \
    X(TYPE_SIZE, "type is larger than a message may be")                                                                   \
    X(TYPE_FIELDS, "type's fields lie outside the table or are another's")                                                 \
    X(TYPE_ATOMS, "type's conditions lie outside the table or are another's")                                              \
    X(TYPE_RULE, "type's conditions name no rule")                                                                         \
    X(FIELD_FLAGS, "field has flags that are unknown or exclude each other")                                               \
    X(FIELD_WIDTH, "field's width is none that a field may have")                                                          \
    X(FIELD_BOUNDS, "field reaches beyond its type")                                                                       \
    X(FIELD_RANGE, "field's range is empty")                                                                               \
    X(FIELD_RULE, "field names no rule")                                                                                   \
    X(FIELD_TAG, "field's tag is not a value before it")                                                                   \
    X(FIELD_RESERVED, "field has padding that is not zero")                                                                \
    X(ATOM_FLAGS, "condition has unknown flags")                                                                           \
    X(ATOM_WIDTH, "condition's width is none that a field may have")                                                       \
    X(ATOM_BOUNDS, "condition reaches beyond its type")                                                                    \
    X(ATOM_END, "condition is the last, but its clause does not end")                                                      \
    X(ATOM_RESERVED, "condition has padding that is not zero")                                                             \
    /* channels: check_channels.c; rules and protocols: check_rules.c */                                                   \
    X(CHANNEL_NAME, "channel's name is empty or has odd characters")                                                       \
    X(CHANNEL_ENDS, "channel's sender or receiver does not exist, or both are one")                                        \
    X(CHANNEL_SLOTS, "channel has no slots, or slots of a size that is not allowed")                                       \
    X(CHANNEL_OUTBOX, "channel's outbox is not an outbox region of its own that holds its slots")                          \
    X(CHANNEL_INBOX, "channel's inbox is not an inbox region of its own that holds its depth")                             \
    X(CHANNEL_FEEDBACK, "channel's feedback is unknown")                                                                   \
    X(CHANNEL_EVENT, "channel's event is out of range, or the receiver has it from another channel")                       \
    X(CHANNEL_RULES, "channel's rules lie outside the table or are another's")                                             \
    X(CHANNEL_CARRIES, "channel's slots are too small for a type that it carries")                                         \
    X(CHANNEL_ALLOW, "channel's rules are not its own `allow` rules, sorted by type")                                      \
    X(RULE_RELEASE, "rule releases something, but does not say so, or the other way round")                                \
    X(RULE_KIND, "rule has an unknown kind or unknown flags")                                                              \
    X(RULE_INDEX, "rule's index is not one of the policy's")                                                               \
    X(RULE_FLOW, "rule's channel or type does not exist")                                                                  \
    X(RULE_ATOMS, "rule's conditions lie outside the table or are another's")                                              \
    X(RULE_WHERE, "rule's conditions name no rule")                                                                        \
    X(RULE_RATE, "rule's rate, period or burst is out of range, or names no rule")                                         \
    X(RULE_PLAN, "rule holds in no plan")                                                                                  \
    X(RULE_PROTOCOL, "rule's protocol does not exist")                                                                     \
    X(RULE_NEXT, "rule's next is not a later `restrict` of the same flow")                                                 \
    X(PROTOCOL_STATES, "protocol has no states or too many")                                                               \
    X(PROTOCOL_RULE, "protocol names no rule")                                                                             \
    X(PROTOCOL_STEPS, "protocol's steps lie outside the table or are another's")                                           \
    X(PROTOCOL_TIMEOUTS, "protocol's timeouts lie outside the table or are another's")                                     \
    X(STEP_STATES, "step leaves or enters a state that does not exist")                                                    \
    X(STEP_ALLOW, "step is no `allow` rule of its protocol")                                                               \
    X(STEP_FIELD, "step's field has an odd width or reaches beyond the type")                                              \
    X(STEP_FLAGS, "step has unknown flags, or padding that is not zero")                                                   \
    X(TIMEOUT_STATES, "timeout leaves or enters a state that does not exist")                                              \
    X(TIMEOUT_TIME, "timeout's time is out of range")                                                                      \
    X(TIMEOUT_RESERVED, "timeout has padding that is not zero")                                                            \
    X(RESET_INDEX, "reset's protocol or subject does not exist")                                                           \
    X(DIRECT_REGION, "direct channel's memory is none of its own")                                                         \
    X(OPERATION_KIND, "operation is none that there is")                                                                   \
    X(OPERATION_SUBJECT, "operation's subject does not exist")                                                             \
    X(OPERATION_OBJECT, "operation's plan or subject does not exist")                                                      \
    X(OPERATION_GIVE, "time is given to another CPU or label, or under conditions")                                        \
    X(OPERATION_ALLOW, "operation's rule is no `allow` of its own")                                                        \
    /* work that must fit into the margin before a window's end */                                                         \
    X(TYPE_WORK, "type has more fields or conditions than can be judged in time")                                          \
    X(RULE_WORK, "rule has more conditions or restricts than can be judged in time")                                       \
    X(SUBJECT_WORK, "subject has more CPUID leaves than can be looked through in time")                                    \
    /* colours: all three parts */                                                                                         \
    X(HEADER_COLOURS, "header's number of colours is no power of two up to 64, or its memory ends above 256 GiB")          \
    X(SUBJECT_COLOURS, "subject has colours in common with one of another range, or has none where there are some")        \
    X(REGION_COLOURS, "region lies outside the colours of the subject whose it is")                                        \
    X(REGION_KVA, "region is not seen by the kernel at its address, or where another one is")                              \
    X(SUBJECT_DIGEST, "subject's digest is another's or none, or no subject has the last one")                             \
    X(LOAD_WORK, "load is larger than what can be copied in time")                                                         \
    /* interrupts of devices: check_lines.c, but the header and operations */                                              \
    X(HEADER_IO_APIC, "header's I/O APIC is no page from 0xfec00000 to 0xfecff000, or lies in its memory")                 \
    X(PORT_LINE, "port range has a line or flags that there are not, or interrupts without an I/O APIC")                   \
    X(LINE_SHARED, "subject has an interrupt at whose line another one has a port")                                        \
    X(SUBJECT_LINES, "subject has interrupts and a monitor, or is not the only one of its cpu to have some")               \
    X(OPERATION_LINES, "operation gives time to or from a subject that has interrupts")

enum image_check_id {
    IMAGE_CHECK_GOOD,
#define IMAGE_CHECK_ENUM(id, text) IMAGE_CHECK_##id,
    IMAGE_CHECKS(IMAGE_CHECK_ENUM)
#undef IMAGE_CHECK_ENUM
    IMAGE_CHECK_COUNT
};

#endif
