/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system image: what the policy compiler writes and the kernel runs.
 *
 * Pointer-free and little endian. A header, the component list, then the components. Component 0 holds the tables; each
 * further one holds a guest, the catalogue or a part of the policy's text. The kernel treats all of it as hostile until
 * image_check() (policy/kernel) has passed it; afterwards the tables are const and mapped read-only.
 *
 * Memory is described once, as regions (physical, sorted, disjoint). A mapping shows one whole region to one subject; what a
 * region's kind allows is in image_check.c. All indices refer to tables of the same image.
 *
 * Colours: the bits of a page's address that choose its sets in the cache, as a number: page / 4 KiB modulo the header's
 * `colours`. A subject has a range of them, and so has each region that is its own; two subjects have the same range or ranges
 * without a colour in common, and then their pages have no set in common. policy_region_place() (tables.h) tells where the
 * pages of such a region lie.
 */
#pragma once

#include <assert.h>
#include <stdint.h>

#define IMAGE_MAGIC "BULKHEAD"
#define IMAGE_FORMAT 5u
#define IMAGE_NONE 0xffffu            /* "no subject", "no protocol", "no tag" */
#define IMAGE_NO_REGION 0xffffffffu
#define IMAGE_PAGE 4096u
#define IMAGE_LARGE_PAGE 0x200000u
#define IMAGE_GIANT_PAGE 0x40000000u
#define IMAGE_NAME 16u                /* bytes of a short name, NUL-padded; not terminated when full */

/* Bounds that keep every product of a count and a size far from overflow; image_check() refuses more. */
#define IMAGE_MAX_SIZE (256u << 20)
#define IMAGE_MAX_SUBJECTS 256u
#define IMAGE_MAX_CPUS 32u
#define IMAGE_MAX_TABLE 65535u        /* entries in any one table */
#define IMAGE_MAX_MESSAGE 4096u       /* header and payload of one message, bytes */
/* Bounds of the work that one message or exit makes: it must fit into the margin before a window's end (core/schedule.h). */
#define IMAGE_MARGIN_LEAST 12000u     /* ticks; the kernel's own work, the longest a block of SHA-256 (core/isolation.md) */
#define IMAGE_MAX_TYPE_FIELDS 2048u   /* places that the policy knows, 64; padding of 255 bytes is 32 entries */
#define IMAGE_MAX_CONDITION 64u       /* atoms of a type's or a rule's conditions */
#define IMAGE_MAX_RESTRICTS 4u        /* on one `allow` */
#define IMAGE_MAX_LEAVES 64u          /* CPUID leaves of a subject */
#define IMAGE_MAX_STATES 32u          /* states of a protocol */
#define IMAGE_COMMIT_TRIES 8u         /* to move a protocol; each one that fails is a move that another CPU has made */
#define IMAGE_MAX_CHANNELS 2048u      /* the monitor's state of channels, rules and protocols stands in arrays of these sizes */
#define IMAGE_MAX_RULES 12288u
#define IMAGE_MAX_PROTOCOLS 256u
#define IMAGE_MAX_PLANS 32u            /* bits of image_rule.plan_mask */
#define IMAGE_MAX_COLOURS 64u
#define IMAGE_MAX_RAM (1ull << 32)    /* the kernel's start-up maps memory below it: core/start.c */
#define IMAGE_GATHERED 0x4000000000u  /* the kernel sees coloured regions from here on */

/* ---- tables of component 0, in this order ---- */
enum image_table_id {
    IMAGE_CPUS, IMAGE_PLANS, IMAGE_WINDOWS, IMAGE_SUBJECTS, IMAGE_REGIONS, IMAGE_MAPPINGS, IMAGE_LOADS, IMAGE_PORTS,
    IMAGE_CPUIDS, IMAGE_TYPES, IMAGE_FIELDS, IMAGE_ATOMS, IMAGE_CHANNELS, IMAGE_RULES, IMAGE_PROTOCOLS, IMAGE_STEPS,
    IMAGE_TIMEOUTS, IMAGE_RESETS, IMAGE_OPERATIONS, IMAGE_DIRECTS, IMAGE_DIGESTS, IMAGE_TABLE_COUNT
};

struct image_table {
    uint32_t offset;                  /* bytes from the start of the image; a multiple of 8 */
    uint32_t count;                   /* entries, each of the structure's size */
};

enum image_component_kind { IMAGE_COMPONENT_TABLES, IMAGE_COMPONENT_SUBJECT, IMAGE_COMPONENT_CATALOGUE, IMAGE_COMPONENT_PART };

struct image_component {
    uint64_t offset;                  /* bytes from the start of the image; a multiple of 8 */
    uint64_t size;                    /* bytes */
    uint32_t kind;                    /* enum image_component_kind */
    uint32_t subject;                 /* IMAGE_COMPONENT_SUBJECT: its index; else IMAGE_NONE */
    uint8_t sha256[32];
    char name[32];                    /* "tables", "low", "flows.policy"; NUL-terminated */
};

enum image_measure { IMAGE_MEASURE_NONE, IMAGE_MEASURE_OPTIONAL, IMAGE_MEASURE_REQUIRED };
enum image_flag { IMAGE_FLAG_UNSIGNED = 1u };

/* What is recorded whatever the rules say; bits of image_header.audit_always. */
enum image_audit_always {
    IMAGE_AUDIT_DENIED = 1u, IMAGE_AUDIT_RESTART = 2u, IMAGE_AUDIT_DOWNGRADE = 4u, IMAGE_AUDIT_PLAN = 8u,
    IMAGE_AUDIT_INTEGRITY = 16u, IMAGE_AUDIT_ALLOWED = 32u, IMAGE_AUDIT_ENDORSE = 64u
};
enum image_audit_class { IMAGE_CLASS_SECURITY, IMAGE_CLASS_FLOW, IMAGE_CLASS_COUNT };
enum image_audit_full { IMAGE_FULL_BLOCK, IMAGE_FULL_DROP };

struct image_header {
    char magic[8];
    uint32_t format;
    uint32_t header_size;             /* this structure and the component list, bytes */
    uint64_t image_size;              /* bytes, whole */
    uint32_t rollback;                /* version that may only rise */
    uint32_t flags;                   /* enum image_flag */
    uint8_t policy_hash[32];          /* SHA-256 of the policy's text, see the compiler's hash.c */
    char system[IMAGE_NAME];
    uint64_t ram_base, ram_end;       /* platform memory that regions may lie in; [base, end) */
    uint64_t trampoline;              /* page below 1 MiB for starting CPUs; scrubbed afterwards */
    uint32_t kernel_pool;             /* region: page tables and VM control structures */
    uint32_t image_home;              /* region: where the image itself lives */
    uint32_t measure;                 /* enum image_measure */
    uint32_t pcr;                     /* PCR that a static start extends */
    uint32_t audit_always;            /* enum image_audit_always */
    uint32_t kernel_reserve;          /* audit slots for each CPU's own records */
    uint16_t class_full[IMAGE_CLASS_COUNT];   /* enum image_audit_full */
    uint16_t power_port, power_value; /* a 16-bit write that powers the platform off; port 0: none known */
    uint32_t colours;                 /* of the cache, a power of two; 0: subjects have none */
    uint32_t component_count;
    struct image_table tables[IMAGE_TABLE_COUNT];
    uint64_t io_apic;                 /* its page, physical; 0: the platform tells of none, and no device interrupts */
    uint64_t margin_ticks;            /* to be kept ahead of a window's end for the longest message that may be on its way */
    /* struct image_component components[component_count] follow */
};

/* ---- processors and time ---- */
struct image_cpu {
    uint32_t apic_id;
    uint32_t audit_region;            /* this CPU's audit ring */
    uint64_t audit_slots;             /* records it holds: kernel_reserve and what its subjects reserve */
};

/* The first one runs from the start. */
struct image_plan {
    uint64_t major_us;                /* length of the frame: below 2^32 */
    char name[IMAGE_NAME];
};

enum image_window_flag { IMAGE_WINDOW_DEDICATED = 1u };   /* alone on its CPU: no timer */

/* Sorted by plan, cpu, start; gapless from 0 to the plan's major_us on each CPU. */
struct image_window {
    uint16_t plan, cpu;
    uint16_t subject;                 /* IMAGE_NONE: idle */
    uint16_t flags;
    uint32_t start_us, length_us;
};

/*
 * ---- labels ----
 * A label is a set of bits, and information may flow from one to another if the first is a subset of the second. A level of
 * confidentiality has a bit for each one below it, a category its own bit, a level of integrity a bit for each one above it.
 * Which bit stands for what is the compiler's business; the catalogue says it, for people (guest/catalogue.h).
 */

/* ---- subjects and memory ---- */
enum image_privilege { IMAGE_MAY_SHUTDOWN = 1u, IMAGE_MAY_READ_AUDIT = 2u, IMAGE_MAY_CALL_FROM_USER = 4u };
enum image_fault { IMAGE_FAULT_STOP, IMAGE_FAULT_HALT };  /* once the restarts are used up: the subject, or the system */

/* Touching memory, ports, registers or instructions that are not the subject's: an exception, or the end of a life. */
enum image_violation {
    IMAGE_VIOLATION_MIXED,            /* memory is a fault, all else an exception */
    IMAGE_VIOLATION_INJECT,
    IMAGE_VIOLATION_RESTART,          /* a fault like any other */
    IMAGE_VIOLATION_STOP              /* without a restart, whatever other faults lead to */
};

struct image_subject {
    char name[IMAGE_NAME];
    uint64_t entry, stack, cr3;       /* guest-physical; entered in long mode, RDI = info_gpa */
    uint64_t info_gpa;
    uint64_t label_low, label_high;   /* the least and the greatest label that it handles */
    uint32_t ram_region, info_region;
    uint32_t first_port, port_count;
    uint32_t first_cpuid, cpuid_count;
    uint32_t privileges;              /* enum image_privilege */
    uint16_t cpu;
    uint16_t restart_max;             /* restarts within restart_period_s; 0: none */
    uint8_t fault_then;               /* enum image_fault */
    uint8_t on_violation;             /* enum image_violation */
    uint8_t first_colour, colour_count;       /* its colours; with count 0 it has any */
    uint32_t restart_period_s;
    uint32_t reserve[IMAGE_CLASS_COUNT];      /* audit slots */
    uint16_t monitor;                 /* the subject that answers its exits; IMAGE_NONE: none */
    uint16_t serves;                  /* of a monitor: the subject whose exits it answers; else IMAGE_NONE */
    uint32_t digest;                  /* 1 + its entry of IMAGE_DIGESTS; 0: its memory is not checked */
};

enum image_region_kind {
    IMAGE_REGION_KERNEL_POOL, IMAGE_REGION_IMAGE_HOME, IMAGE_REGION_RAM, IMAGE_REGION_INFO, IMAGE_REGION_OUTBOX,
    IMAGE_REGION_INBOX, IMAGE_REGION_AUDIT, IMAGE_REGION_CATALOGUE, IMAGE_REGION_DIRECT, IMAGE_REGION_ACKNOWLEDGEMENT,
    IMAGE_REGION_KINDS
};
enum image_region_flag { IMAGE_REGION_SHARED = 1u };      /* OUTBOX: further subjects may write, as the policy declares */

/*
 * Page-aligned, disjoint, inside [ram_base, ram_end); sorted by hpa among those that have a colour in common, and an uncoloured
 * one has all. A coloured one takes its columns of rows of `colours` pages each, from a whole row on. It has the colours of its
 * owner: of an OUTBOX or DIRECT the sender's, of an INBOX or ACKNOWLEDGEMENT the receiver's, of AUDIT and CATALOGUE
 * their reader's.
 */
struct image_region {
    uint64_t hpa, size;
    uint64_t kva;                     /* where the kernel sees it: hpa, but coloured ones in one piece from IMAGE_GATHERED on */
    uint16_t kind;                    /* enum image_region_kind */
    uint16_t owner;                   /* RAM, INFO: subject; OUTBOX, INBOX, DIRECT, ACKNOWLEDGEMENT: channel; AUDIT: cpu; else
                                         IMAGE_NONE */
    uint16_t flags;                   /* enum image_region_flag */
    uint8_t first_colour, colour_count;       /* with count 0 it is one run of pages */
};

enum image_access { IMAGE_READ = 1u, IMAGE_WRITE = 2u, IMAGE_EXECUTE = 4u };

/* Sorted by subject, gpa; disjoint within a subject. Shows the whole region. */
struct image_mapping {
    uint64_t gpa;                     /* page-aligned, below 512 GiB */
    uint32_t region;
    uint16_t subject;
    uint16_t access;                  /* enum image_access */
};

/*
 * Initial content: copied at start and at every restart; the rest of a region is zero. Sorted by region, offset; disjoint.
 */
struct image_load {
    uint64_t region_offset, image_offset, size;
    uint32_t region;                  /* kind RAM, INFO or CATALOGUE */
    uint32_t component;               /* that holds [image_offset, image_offset + size) */
};

/*
 * SHA-256 of a subject's whole RAM before its first instruction: what is loaded there, and the zeros between. Sorted by
 * subject; each is one subject's.
 */
struct image_digest { uint8_t sha256[32]; };

/*
 * Interrupts of devices: `line` is the pin of the I/O APIC at which the device raises edges. With IMAGE_PORTS_INTERRUPT an edge
 * becomes bit IMAGE_LINE_EVENT + line of its subject's event word, and by that the virtual interrupt 32 above it. Channels have
 * the bits below.
 */
enum image_ports_flag { IMAGE_PORTS_INTERRUPT = 1u };
#define IMAGE_LINE_EVENT 32u

struct image_ports {
    uint16_t first, last;             /* I/O ports that pass through, ends included */
    uint16_t line;                    /* IMAGE_NONE: the platform tells of none */
    uint16_t flags;                   /* enum image_ports_flag */
};

struct image_cpuid { uint32_t leaf, subleaf, eax, ebx, ecx, edx; };   /* what is not listed reads as zero */

/*
 * ---- message types ----
 * A field of 1 to 8 bytes is looked at in the upper bits of a word, `unused` zero bits below it. So a range is one comparison
 * for numbers with a sign and without: word - base <= span modulo 2^64, where base is its least value and span the distance to
 * its greatest, both shifted as the word is. Padding is the range of zero alone. Fields that cannot fail are not in the table.
 */
enum image_field_flag {
    IMAGE_FIELD_SIGNED = 1u, IMAGE_FIELD_BIG = 2u,        /* two's complement; big endian */
    IMAGE_FIELD_ZERO = 4u,                                /* padding, or behind an array's end */
    IMAGE_FIELD_SET = 8u,                                 /* base is a bit set of the values 0 to 63 that are allowed */
    IMAGE_ATOM_NOT = 16u, IMAGE_ATOM_END = 32u            /* atoms only: negated; last of its clause */
};

struct image_type {
    uint16_t size;                    /* payload bytes, exact */
    uint16_t version;
    uint32_t first_field, field_count;
    uint32_t first_atom, atom_count;  /* conditions between fields */
    uint32_t where_rule;              /* reported when these fail */
};

struct image_field {
    uint64_t base, span;
    uint64_t tags;                    /* bit set of the tag's values (0 to 63) for which this field exists */
    uint32_t rule;                    /* reported when it fails: type.T.field, or IMAGE_RULE_PADDING */
    uint16_t offset;
    uint16_t unused;                  /* bits: 64 - 8 * the field's bytes */
    uint16_t tag;                     /* index of the tag field within the type, smaller than its own; IMAGE_NONE: no union */
    uint16_t flags;                   /* enum image_field_flag: BIG, SET */
    uint32_t kind;                    /* enum image_field_flag: SIGNED, ZERO, or none; of a field that is refused */
};

/* Conditions in conjunctive form: clauses end with IMAGE_ATOM_END; each clause needs one atom that holds. */
struct image_atom {
    uint64_t base, span;              /* the field lies in this range */
    uint16_t offset, unused;
    uint32_t flags;                   /* enum image_field_flag: SIGNED (which ends people mean), BIG, NOT, END */
};

/* ---- channels and rules ---- */
enum image_feedback { IMAGE_FEEDBACK_NONE, IMAGE_FEEDBACK_RULE, IMAGE_FEEDBACK_FULL };

/* Memory that one subject writes and another reads. The kernel maps it and has no further part in it. */
struct image_direct {
    char name[IMAGE_NAME];
    uint16_t sender, receiver;
    uint32_t region;
    uint32_t acknowledgement;         /* the region that the receiver writes and the sender reads; IMAGE_NO_REGION: none */
};

struct image_channel {
    char name[IMAGE_NAME];
    uint16_t sender, receiver;
    uint16_t depth;                   /* messages that the inbox holds */
    uint16_t slots;                   /* messages that the outbox holds */
    uint32_t slot_size;               /* bytes, header included; a multiple of 16 */
    uint32_t outbox_region, inbox_region;
    uint32_t first_rule, rule_count;  /* its `allow` rules, sorted by type */
    uint8_t feedback;                 /* enum image_feedback */
    uint8_t event;                    /* bit of the receiver's event word, 0 to 63 */
    uint16_t notify_each;             /* raise the event at each n-th message and at the end of a batch; 0: never */
};

enum image_rule_kind { IMAGE_RULE_ALLOW, IMAGE_RULE_RESTRICT };
enum image_rule_flag {
    IMAGE_RULE_RECORD = 1u, IMAGE_RULE_PAYLOAD = 2u,
    IMAGE_RULE_DOWNGRADE = IMAGE_AUDIT_DOWNGRADE, IMAGE_RULE_ENDORSE = IMAGE_AUDIT_ENDORSE      /* recorded where both say so */
};

/* Of a flow, or of a privilege: then `channel` is IMAGE_NONE and `type` the index of its operation. */
struct image_rule {
    uint32_t rule;                    /* index of the rule itself in the catalogue */
    uint32_t where_rule, rate_rule;   /* reported when these fail */
    uint16_t channel, type;
    uint16_t kind, flags;             /* enum image_rule_kind, enum image_rule_flag */
    uint32_t first_atom, atom_count;
    uint32_t rate_count, rate_ms;     /* messages in a period; count 0: no rate */
    uint32_t burst;
    uint32_t plan_mask;               /* bit p: holds in plan p; an `allow` holds where its `restrict`s do too */
    uint16_t protocol;                /* IMAGE_NONE: none */
    uint16_t next;                    /* next `restrict` on the same flow, a larger index; 0: none */
    uint64_t label;                   /* at which it is received; it is sent at the greatest label of the sender */
    uint64_t released;                /* bits of that which it may lack: the rule downgrades or endorses */
};

/* ---- protocols: state word 0 is the first state; states below IMAGE_MAX_STATES ---- */
struct image_protocol {
    uint32_t rule;
    uint32_t first_step, step_count;
    uint32_t first_timeout, timeout_count;
    uint32_t state_count;
};

enum image_step_flag { IMAGE_STEP_KEEP = 1u, IMAGE_STEP_MATCH = 2u, IMAGE_STEP_BIG = 4u };

struct image_step {
    uint32_t from_mask;               /* bit s: may leave state s */
    uint16_t allow;                   /* index into IMAGE_RULES */
    uint16_t offset;                  /* of the message field that is kept or must equal the register */
    uint8_t width;                    /* 1 or 2 */
    uint8_t to;
    uint16_t flags;                   /* enum image_step_flag */
};

struct image_timeout { uint32_t from_mask, after_ms; uint64_t to; };

struct image_reset { uint16_t protocol, subject; };       /* the subject's restart returns the protocol to state 0 */

/* ---- privileges: who may do what to the system's course; judged by plan and rate as a message is ---- */
enum image_operation_kind {
    IMAGE_OPERATION_SWITCH, IMAGE_OPERATION_RESTART, IMAGE_OPERATION_STOP,
    IMAGE_OPERATION_GIVE,             /* the rest of the window, to one of the same CPU and label; nothing narrows it */
    IMAGE_OPERATION_KINDS
};

struct image_operation {
    uint16_t subject;                 /* who may ask */
    uint16_t kind;                    /* enum image_operation_kind */
    uint16_t object;                  /* SWITCH: plan; else subject */
    uint16_t allow;                   /* index into IMAGE_RULES: its own */
};

/* ---- denials that are built in; a policy's own rules start at IMAGE_RULE_FIRST ---- */
#define IMAGE_BUILTIN_RULES(X)                                                                                             \
    X(NONE, "none")                   /* nothing decided against it */                                                     \
    X(DEFAULT, "default")             /* no `allow` names this sender, channel and type */                                 \
    X(LENGTH, "length")               /* not the type's length */                                                          \
    X(PADDING, "padding")             /* padding is not zero */                                                            \
    X(TYPE, "type")                   /* no such message type, or another version of it */                                 \
    X(LABEL, "label")                 /* labels forbid the flow */                                                         \
    X(PLAN, "plan")                   /* not in the plan that runs */                                                      \
    X(FULL, "full")                   /* the inbox was full; dropped */                                                    \
    X(AUDIT, "audit")                 /* its audit reservation is full */                                                  \
    X(CALL, "hypercall")              /* no such hypercall, bad argument, or from user mode */                             \
    X(PRIVILEGE, "privilege")         /* an operation that the policy does not give */                                     \
    X(MEMORY, "memory")               /* memory that is not mapped so */                                                   \
    X(PORT, "port")                   /* I/O port */                                                                       \
    X(MSR, "msr")                     /* model-specific register */                                                        \
    X(REGISTER, "register")           /* control or debug register */                                                      \
    X(INSTRUCTION, "instruction")     /* an instruction that no subject may use */                                         \
    X(FAULT, "fault")                 /* triple fault, or a state that the processor refuses to run */                     \
    X(MONITOR, "monitor")             /* the subject's monitor ended: by an act of its own, or by giving up */             \
    X(DIGEST, "digest")               /* the subject's memory, or its monitor's, is not what it begins with */

enum image_builtin_rule {
#define IMAGE_BUILTIN_ENUM(id, name) IMAGE_RULE_##id,
    IMAGE_BUILTIN_RULES(IMAGE_BUILTIN_ENUM)
    IMAGE_BUILTIN_COUNT
};
#define IMAGE_RULE_FIRST 64u

static_assert(sizeof(struct image_component) == 88, "layout");
static_assert(sizeof(struct image_header) == 328, "layout");
static_assert(IMAGE_BUILTIN_COUNT <= IMAGE_RULE_FIRST, "built-in rules");
