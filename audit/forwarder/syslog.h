/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit records as syslog lines (RFC 5424): facility 13 (log audit), APP-NAME bulkhead, MSGID the event, one structured data
 * element bulkhead@32473. There is no clock that the policy trusts, so TIMESTAMP is nil and the TSC is a parameter. The
 * parameter `record` holds the record itself in hexadecimal: the host replays the chain from these.
 *
 * Also compiled on the host, where it is tested.
 */
#pragma once

#include "audit/record.h"
#include "catalogue.h"
#include "guest/text.h"

#define SYSLOG_LINE_MAX 2048u         /* holds any line, every name at its longest */

/* Appends one line, newline included. */
void syslog_print_record(struct text *text, const struct catalogue *catalogue, const struct audit_record *record);

/* The forwarder's own lines: they carry no record. */
void syslog_print_start(struct text *text, const uint8_t policy_hash[32], uint32_t epoch, uint32_t rings);
void syslog_print_ring(struct text *text, const struct audit_ring *ring, uint32_t cpu);
void syslog_print_remark(struct text *text, const char *remark);
