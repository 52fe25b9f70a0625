/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of the log: RFC 5424 with the element bulkhead@32473, as audit/forwarder writes it. A relay may have set its own
 * timestamp, host name and process id; all else must be as it was written.
 */
#pragma once

#include "audit/record.h"
#include "input.h"

enum entry_kind {
    ENTRY_RECORD,
    ENTRY_START,                      /* the forwarder began, or began again */
    ENTRY_REMARK,                     /* the forwarder's other lines: nothing to be verified */
    ENTRY_DAMAGED
};

struct entry {
    enum entry_kind kind;
    const char *damage;               /* ENTRY_DAMAGED: what is wrong */
    uint64_t priority;
    struct slice body;                /* from APP-NAME on */
    struct audit_record record;       /* ENTRY_RECORD */
    struct slice subject, channel, type, field, rule, place;  /* names in it, as they stand (escaped); empty: not there */
};

struct entry entry_parse(struct slice line);

/*
 * A forwarder that was stopped in the middle of a line begins again without ending it. If a start line stands within `line`,
 * cuts off what is before and returns true; what was cut off comes again in a later line.
 */
bool entry_cut_before_start(struct slice *line);
