/* SPDX-License-Identifier: Apache-2.0 */
/* What can be wrong with a policy. Numbers are never reused; each has an example in tests/golden. */
#pragma once

enum diag_code {
    /* files */
    BH_FILE = 101,                    /* a file cannot be read, is there twice, or has a bad name */
    BH_LIMIT = 102,                   /* more statements than the compiler compares */
    /* characters and words */
    BH_LEX_BYTE = 110,                /* a character that the language does not use */
    BH_LEX_NUMBER = 111,              /* digits and letters run together */
    BH_LEX_STRING = 112,              /* a string that does not end on its line, or with an escape */
    BH_LEX_LONG = 113,                /* a word, number or string that is too long */
    BH_LEX_CHARACTER = 114,           /* single quotes around anything but one character */
    /* syntax */
    BH_SYNTAX = 120,                  /* something else was expected */
    BH_SYNTAX_END = 121,              /* `;` is missing */
    BH_SYNTAX_TWICE = 122,            /* the same thing is given twice */
    BH_STATEMENT = 123,               /* no statement begins so */
    BH_UNSUPPORTED = 124,             /* a step that keeps one field and compares another */
    BH_AUTHORITY = 130,               /* a statement in a part whose authority may not say it */
    BH_SIGNATURE = 131,               /* a part that is not signed as its authority demands */
    /* names */
    BH_NAME_UNKNOWN = 201,            /* nothing of that kind has the name */
    BH_NAME_TWICE = 202,              /* the name is taken */
    BH_NAME_LONG = 203,               /* the name is too long */
    BH_NAME_WORD = 204,               /* the name is a word of the language */
    BH_FIELD_UNKNOWN = 205,           /* the type or box has no such member */
    BH_WORD = 206,                    /* a word that is not among the known ones */
    BH_NAME_RETIRED = 207,            /* a name that is retired */
    /* values */
    BH_VALUE_UNIT = 301,              /* unit missing, or of another kind */
    BH_VALUE_FRACTION = 302,          /* not a whole number */
    BH_VALUE_RANGE = 303,             /* out of range */
    BH_VALUE_EMPTY = 304,             /* an empty range or box */
    BH_VALUE_BOX = 305,               /* a box where a number is wanted */
    BH_VALUE_CONSTANT = 306,          /* a constant defined by another */
    BH_VALUE_STRING = 307,            /* a string that is no value of the field */
    /* types and conditions */
    BH_TYPE_ALIGN = 401,              /* a field or type that needs explicit padding */
    BH_TYPE_SIZE = 402,               /* no fields, too many, too long */
    BH_TYPE_SET = 403,                /* a set of values that cannot be */
    BH_TYPE_TAG = 404,                /* a union's tag that cannot tell cases apart */
    BH_TYPE_CASE = 405,               /* cases that do not fit the tag or each other */
    BH_COND_CASE = 406,               /* a condition on a field that exists in some cases only */
    BH_COND_SENSE = 407,              /* a condition that always or never holds */
    BH_COND_COMPLEX = 408,            /* a condition that grows too long in conjunctive form */
    BH_FIELD_CASE = 409,              /* a message with a field of another case than its own */
    BH_TYPE_ARRAY = 410,              /* an array whose length, elements or number cannot be */
    BH_ENUM = 411,                    /* an enumeration without values, or with one value twice */
    BH_COND_FIELD = 412,              /* a condition that compares a field with what reads as a field */
    /* platform, subjects, plan, channels */
    BH_PLATFORM = 501,                /* the platform is missing, incomplete or contradicts itself */
    BH_SUBJECT_INCOMPLETE = 502,      /* no image or no memory */
    BH_SUBJECT_MEMORY = 503,          /* memory that is not whole pages */
    BH_SUBJECT_PORT = 504,            /* a serial port with two owners */
    BH_SUBJECT_LIMIT = 505,           /* too many subjects, channels or parameters */
    BH_SUBJECT_FEATURE = 506,         /* hiding a feature that no subject is shown (warning) */
    BH_SUBJECT_MONITOR = 507,         /* a monitor that is more than one, or a subject with two */
    BH_SUBJECT_VIOLATION = 508,       /* a violation that restarts a subject which faults do not restart */
    BH_SUBJECT_COLOURS = 509,         /* colours that the cache does not have, or none where others have some */
    BH_PLAN_MISSING = 510,            /* no plan, or no time for a subject */
    BH_PLAN_CPU = 511,                /* a CPU that is not there, twice, or not the subject's */
    BH_PLAN_TILE = 512,               /* windows that do not tile the frame */
    BH_PLAN_FIRST = 513,              /* several plans, and not one of them the first */
    BH_COLOURS_SHARED = 514,          /* two subjects that share some of the cache's sets */
    BH_SUBJECT_INTERRUPT = 515,       /* an interrupt that the platform does not have, or that would come in another's time */
    BH_VIOLATION_MONITORED = 516,     /* what a violation does, of a subject whose monitor answers it */
    BH_CHANNEL_ENDS = 520,            /* ends that are not two subjects */
    BH_CHANNEL_DEPTH = 521,           /* no depth, or too little for what may come while the reader is away */
    BH_CHANNEL_UNUSED = 522,          /* no rule allows anything on it */
    BH_CHANNEL_NOTIFY = 523,          /* a reader that sleeps and is not woken (warning) */
    BH_DIRECT = 524,                  /* a direct channel with what needs a judge */
    BH_ACKNOWLEDGED = 525,            /* acknowledgements that lead down */
    BH_LAYOUT = 530,                  /* it does not fit into the platform's memory */
    /* labels and rules */
    BH_LABEL = 601,                   /* a label is missing, twice, or forbids the flow */
    BH_WIRE = 602,                    /* a port without a wire, or a wire without a port */
    BH_ALLOW_ENDS = 603,              /* a rule that does not run along its channel */
    BH_ALLOW_TWICE = 604,             /* two rules for one message */
    BH_RESTRICT = 605,                /* a restriction that narrows nothing, or leaves nothing */
    BH_RATE_MISSING = 606,            /* a rule without a rate (warning) */
    BH_PRIVILEGE = 607,               /* a privilege over the subject itself */
    BH_RESTRICT_RATE = 608,           /* a restriction that refuses nothing, or only what another does (warning) */
    BH_GIVE = 609,                    /* time given to one of another CPU or label, or with conditions */
    BH_PROTOCOL_STATE = 610,          /* states that cannot be reached or left */
    BH_PROTOCOL_STEP = 611,           /* steps that contradict each other */
    BH_PROTOCOL_REGISTER = 612,       /* a register or field that does not fit */
    BH_RESTRICT_CLOSES = 613,         /* a restriction of what closes another rule, which then stays open */
    BH_PROTOCOL_SENSE = 614,          /* a protocol that refuses nothing (warning) */
    BH_PROTOCOL_RESET = 615,          /* a reset when one restarts that nothing restarts (warning) */
    BH_ORDER_SENSE = 620,             /* an order that forbids a rule outright, or nothing */
    BH_ORDER_CONFLICT = 621,          /* orders that wait for each other */
    BH_ORDER_SIZE = 622,              /* orders that together need too many states or steps, or reset differently */
    BH_ORDER_STUCK = 623,             /* an `alternate` that a restart stops for ever */
    BH_ROLE = 630,                    /* a role held twice, or that no rule is for (warning) */
    BH_ROLE_CHANNEL = 631,            /* a holder without the one channel that a role's rule needs */
    BH_ROLE_EXCLUSIVE = 632,          /* a subject that holds two exclusive roles */
    BH_TRUST = 640,                   /* a pin that is malformed, given twice, or missing */
    BH_LABEL_PART = 650,              /* a part of a label is missing, there twice, or one that the policy does not have */
    BH_LABEL_SIZE = 651,              /* more levels and categories than a label has bits */
    BH_ENDORSE = 652,                 /* an endorsement that is none, or by one who is not trusted with it */
    BH_EVERYTHING = 660,              /* a rule that refuses nothing */
    /* assertions */
    BH_ASSERTION = 701,               /* an assertion that says nothing */
    BH_NEVER = 702,                   /* a flow that must never be */
    BH_PIPELINE = 703,                /* a flow past a stage, or none at all */
    BH_POWER = 704,                   /* more subjects have a power than is said, or fewer */
    BH_JOINED = 705,                  /* more rules join two subjects than is said, or fewer */
    BH_STAGE_CODE = 706,              /* two stages of a pipeline run the same code */
    BH_STAGE_CRASH = 707,             /* a stage of a pipeline whose crash does not close the line */
    BH_CAPACITY = 720,                /* more can flow than the limit says */
    BH_LATENCY = 721,                 /* a message can take longer than the limit says, or no one can tell how long */
    BH_FEEDBACK = 722,                /* a channel has other feedback than the limit says */
    BH_RESTARTS = 723,                /* a subject may restart more often than the limit says, or less */
    BH_BACKPRESSURE = 724,            /* a class of records blocks, or drops, other than the limit says */
    /* evidence */
    BH_AUDIT = 801,                   /* the audit ring is missing or incomplete */
    BH_MEASURE = 802,                 /* measuring is not said */
    BH_TEST_EMPTY = 901,              /* a test without steps */
    BH_TEST_RULE = 902,               /* a test that expects a rule that does not exist */
    BH_TEST_FAILED = 903,             /* a test that fails */
    BH_TEST_STOPPED = 904,            /* a test in which a stopped subject does something */
    BH_THREAT = 905,                  /* a threat or requirement that is empty or there twice */
    BH_TEST_RESTART = 906,            /* a test in which a subject restarts that a fault stops */
    /* guest images */
    BH_IMAGE_FILE = 1001,             /* the file cannot be read */
    BH_IMAGE_ELF = 1002,              /* not a static 64-bit ELF file for x86-64, or a broken one */
    BH_IMAGE_PLACE = 1003,            /* its segments do not fit the subject's memory */
    BH_IMAGE_DIGEST = 1004            /* not the file that `trust` pins */
};
