/* SPDX-License-Identifier: Apache-2.0 */
/* Formatting of RFC 5424 lines. Records come from the kernel, names from the measured catalogue. */
#include "syslog.h"
#include <stdbool.h>

enum { SYSLOG_FACILITY = 13, SYSLOG_ALERT = 1, SYSLOG_WARNING = 4, SYSLOG_INFO = 6 };

struct syslog_event { const char *name; uint32_t severity; };

static const struct syslog_event syslog_events[] = {
#define SYSLOG_EVENT(id, name, severity) { name, severity },
    AUDIT_EVENTS(SYSLOG_EVENT)
#undef SYSLOG_EVENT
};

static struct syslog_event syslog_find_event(uint16_t event)
{
    return event < AUDIT_EVENT_COUNT ? syslog_events[event] : (struct syslog_event){ "unknown", SYSLOG_ALERT };
}

static void syslog_begin(struct text *text, uint32_t severity, const char *message_id)
{
    text_print(text, "<%u>1 - - bulkhead - %s ", SYSLOG_FACILITY * 8 + severity, message_id);
}

/* RFC 5424, 6.3.3: these three are escaped in a value. Names are ASCII; anything else would not be a name. */
static void syslog_escape(struct text *text, const char *value, size_t size)
{
    for (size_t i = 0; i < size && value[i] != '\0'; i++) {
        if (value[i] == '"' || value[i] == '\\' || value[i] == ']') text_character(text, '\\');
        text_character(text, value[i] >= ' ' && value[i] <= '~' ? value[i] : '?');
    }
}

static void syslog_number(struct text *text, const char *parameter, uint64_t value)
{
    text_print(text, " %s=\"%lu\"", parameter, value);
}

/* A name, or `#` and the number if the catalogue has none. */
static void syslog_print_name(struct text *text, const struct catalogue *catalogue, enum catalogue_kind kind, uint32_t index)
{
    const struct catalogue_entry *entry = catalogue_find(catalogue, kind, index);

    if (entry == 0) {
        text_print(text, "#%u", index);
    } else {
        syslog_escape(text, entry->name, sizeof entry->name);
    }
}

static void syslog_name(struct text *text, const struct catalogue *catalogue, const char *parameter, enum catalogue_kind kind,
                        uint16_t index)
{
    if (index == AUDIT_NONE) return;
    text_print(text, " %s=\"", parameter);
    syslog_print_name(text, catalogue, kind, index);
    text_character(text, '"');
}

/* The rule and where the policy says it; built-in rules stand in no file. */
static void syslog_rule(struct text *text, const struct catalogue *catalogue, uint32_t rule)
{
    const struct catalogue_entry *entry = catalogue_find(catalogue, CATALOGUE_RULE, rule);

    if (rule == 0) return;
    text_print(text, " rule=\"");
    syslog_print_name(text, catalogue, CATALOGUE_RULE, rule);
    text_character(text, '"');
    if (entry == 0 || entry->line == 0) return;
    text_print(text, " at=\"");
    syslog_escape(text, entry->file, sizeof entry->file);
    text_print(text, ":%u\"", entry->line);
}

/* A field's value may be negative; addresses, ports and counts are not. */
static void syslog_value(struct text *text, const struct audit_record *record)
{
    if (record->field == AUDIT_NONE) {
        syslog_number(text, "value", record->value);
    } else {
        text_print(text, " value=\"%ld\"", (int64_t)record->value);
    }
}

/* What could not be measured must not read as if it were. */
static const char *syslog_act(const struct audit_record *record)
{
    bool unmeasured = record->event == AUDIT_EVENT_MEASURED && record->value == AUDIT_MEASURED_NOT;

    return unmeasured ? "not measured" : syslog_find_event(record->event).name;
}

/* What a person reads first: who, what, where, why, how often. */
static void syslog_message(struct text *text, const struct catalogue *catalogue, const struct audit_record *record)
{
    if (record->subject == AUDIT_NONE) {
        text_print(text, "kernel");
    } else {
        syslog_print_name(text, catalogue, CATALOGUE_SUBJECT, record->subject);
    }
    text_print(text, ": %s", syslog_act(record));
    if (record->channel != AUDIT_NONE) {
        text_print(text, " on ");
        syslog_print_name(text, catalogue, CATALOGUE_CHANNEL, record->channel);
    }
    if (record->rule != 0) {
        text_print(text, " by ");
        syslog_print_name(text, catalogue, CATALOGUE_RULE, record->rule);
    }
    if (record->count > 1) text_print(text, ", %u times", record->count);
}

void syslog_print_record(struct text *text, const struct catalogue *catalogue, const struct audit_record *record)
{
    struct syslog_event event = syslog_find_event(record->event);

    syslog_begin(text, event.severity, event.name);
    text_print(text, "[bulkhead@32473");
    syslog_number(text, "cpu", record->cpu);
    syslog_number(text, "seq", record->sequence);
    syslog_number(text, "tsc", record->tsc);
    text_print(text, " event=\"%s\"", event.name);
    syslog_name(text, catalogue, "subject", CATALOGUE_SUBJECT, record->subject);
    syslog_name(text, catalogue, "channel", CATALOGUE_CHANNEL, record->channel);
    syslog_name(text, catalogue, "type", CATALOGUE_TYPE, record->type);
    syslog_name(text, catalogue, "field", CATALOGUE_FIELD, record->field);
    syslog_rule(text, catalogue, record->rule);
    syslog_number(text, "count", record->count);
    syslog_value(text, record);
    text_print(text, " record=\"");
    text_hex(text, record, sizeof *record);
    text_print(text, "\"] ");
    syslog_message(text, catalogue, record);
    text_character(text, '\n');
}

void syslog_print_start(struct text *text, const uint8_t policy_hash[32], uint32_t epoch, uint32_t rings)
{
    syslog_begin(text, SYSLOG_INFO, "start");
    text_print(text, "[bulkhead@32473 policy=\"");
    text_hex(text, policy_hash, 32);
    text_print(text, "\" epoch=\"%u\"] forwarding %u rings\n", epoch, rings);
}

void syslog_print_ring(struct text *text, const struct audit_ring *ring, uint32_t cpu)
{
    syslog_begin(text, SYSLOG_INFO, "status");
    text_print(text, "[bulkhead@32473");
    syslog_number(text, "cpu", cpu);
    syslog_number(text, "written", __atomic_load_n(&ring->written, __ATOMIC_ACQUIRE));
    syslog_number(text, "sealed", __atomic_load_n(&ring->sealed, __ATOMIC_ACQUIRE));
    syslog_number(text, "acked", __atomic_load_n(&ring->acked, __ATOMIC_ACQUIRE));
    syslog_number(text, "lost", __atomic_load_n(&ring->lost, __ATOMIC_ACQUIRE));
    text_print(text, "] ring of CPU %u\n", cpu);
}

void syslog_print_remark(struct text *text, const char *remark)
{
    syslog_begin(text, SYSLOG_WARNING, "remark");
    text_print(text, "- %s\n", remark);
}
