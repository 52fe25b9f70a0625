/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy says about place and time: platform, subjects, plan, channels. The convention is model_values.h's. */
#pragma once

#include "language/model_values.h"

/* ---- the platform's file ---- */
struct platform_cpu { struct value number, apic; };
struct platform_serial { struct name name; struct range ports; struct value line; };        /* line: absent, or its pin */
struct platform_cpuid { struct value leaf, subleaf, eax, ebx, ecx, edx; };

struct platform {
    struct name name;
    bool broken;
    struct place at;
    struct range ram;                 /* `hi` is the first byte after it */
    struct value trampoline;
    struct value power_port, power_value;
    struct value io_apic;             /* absent: no device interrupts */
    struct value cache, cache_ways;   /* bytes of the last-level cache, or of one slice of it */
    LIST(struct platform_cpu) cpus;
    LIST(struct platform_serial) serials;
    LIST(struct platform_cpuid) cpuids;
    /* checked */
    uint32_t colours;                 /* 0: nothing is said of the cache */
};

/* ---- subjects ---- */
struct feature;

enum fault_act { FAULT_STOP, FAULT_HALT };
enum violation_act { VIOLATION_MIXED, VIOLATION_INJECT, VIOLATION_RESTART, VIOLATION_STOP };   /* MIXED: nothing is said */

struct fault {
    struct place at;                  /* length 0: absent, and the subject stops */
    struct value restarts, period;    /* absent: none */
    enum fault_act then;
};

struct subject {
    struct name name;
    bool broken;
    struct name monitors;             /* the subject that it is the monitor of, if it is one */
    struct name image;                /* a string */
    struct value memory;
    struct range colours;             /* absent: it names none */
    struct name verified;             /* the word, if it is there */
    name_list serials;
    name_list interrupts;             /* those of its serial ports that interrupt it */
    name_list params;
    name_list hides;                  /* features of the processor */
    struct name reads_audit;          /* the word, if it is there */
    name_list privileges;
    struct fault fault;
    struct name violation_word;       /* as it stands there */
    enum violation_act violation;
    /* checked */
    uint32_t index;
    struct subject *served;           /* of a monitor; else NULL */
    struct subject *monitor;          /* NULL: it has none */
    LIST(const struct platform_serial) ports;
    LIST(const struct platform_serial) interrupting;
    LIST(const struct constant) boxes;
    LIST(const struct feature) hidden;
    uint32_t privilege_bits;          /* enum image_privilege */
    const struct label *label;
    const struct trust *trust;        /* NULL: its image may be any */
    const struct plan_cpu *cpu;       /* where the first plan that gives it, or whom it serves, time lets it run */
};

/* ---- plan ---- */
struct window {
    struct name subject;              /* "idle" */
    struct value length;
    /* checked */
    struct subject *target;           /* NULL: idle */
};

struct plan;

struct plan_cpu {
    struct place at;
    struct value number;
    bool dedicated;
    LIST(struct window) windows;      /* dedicated: one, without a length */
    /* checked */
    const struct platform_cpu *cpu;
    const struct plan *plan;
};

struct plan {
    struct name name;
    bool broken;
    bool first;                       /* runs from the start */
    struct value major;
    LIST(struct plan_cpu) cpus;
};

/* ---- channels ---- */
enum feedback { FEEDBACK_NONE, FEEDBACK_RULE, FEEDBACK_FULL };

struct allow;

struct channel {
    struct name name;
    bool broken;
    struct name from, to;
    struct value depth, slots;
    struct place full_at;             /* length 0: absent */
    enum feedback feedback;
    struct place feedback_at;
    struct value notify;
    name_list shared;
    /* checked */
    uint32_t index;
    struct subject *sender, *receiver;
    LIST(struct subject) sharers;
    bool named;                       /* by some `allow`, whether or not its ends are right */
    LIST(struct allow) allows;        /* whose ends are right */
    uint32_t slot_count, slot_size;
};

/* Memory that the sender writes and the receiver reads: nobody judges what passes. */
struct direct {
    struct name name;
    bool broken;
    struct name from, to;
    struct value depth;
    struct place acknowledged_at;     /* length 0: lossy */
    /* checked */
    uint32_t index;
    struct subject *sender, *receiver;
    bool named;                       /* by some `allow`, whether or not its ends are right */
    LIST(struct allow) allows;        /* whose ends are right */
    uint32_t slot_payload;            /* bytes */
};
