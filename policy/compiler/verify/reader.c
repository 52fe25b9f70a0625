/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler/verify/reader.h"

#include <stdarg.h>

#define DIFFERENCE_MAX 8192           /* as much as a line about a name and a text of the image can need */

static const uint32_t sizes[RAW_TABLES] = RAW_TABLE_SIZES;
static const char *const names[RAW_TABLES] = RAW_TABLE_NAMES;

uint64_t raw_number(const uint8_t *bytes, uint64_t at, uint32_t width)
{
    uint64_t number = 0;
    for (uint32_t i = width; i > 0; i--) number = number << 8 | bytes[at + i - 1];
    return number;
}

bool raw_inside(const struct reader *v, uint64_t at, uint64_t size)
{
    return at <= v->in->size && size <= v->in->size - at;
}

const uint8_t *raw_entry(const struct reader *v, enum raw_table table, uint64_t index)
{
    static const uint8_t none[RAW_ROW_MOST];
    if (index >= v->count[table]) return none;
    return v->in->image + v->table_at[table] + index * sizes[table];
}

uint64_t raw_get(const struct reader *v, enum raw_table table, uint64_t index, uint32_t at, uint32_t width)
{
    return raw_number(raw_entry(v, table, index), at, width);
}

const char *raw_table_name(enum raw_table table)
{
    return names[table];
}

uint64_t raw_round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

/* ---- differences ---- */
/* What the image says is untrusted: nothing of it reaches a terminal as more than text. */
void differ(struct reader *v, const char *format, ...)
{
    char text[DIFFERENCE_MAX];
    va_list arguments;
    if (v->differences++ >= VERIFY_DIFFERENCES_MAX) return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(v->out, "differs: ");
    diag_print_text(text, v->out);
    fputc('\n', v->out);
}

bool verify_equal(struct reader *v, enum raw_table table, uint64_t index, const char *what, uint32_t at, uint32_t width,
                  uint64_t wanted)
{
    uint64_t seen = raw_get(v, table, index, at, width);
    v->values++;
    if (width < 8) wanted &= (1ull << 8 * width) - 1;
    if (seen == wanted) return true;
    differ(v, "%s %llu %s: the image has 0x%llx, the policy 0x%llx", names[table], (unsigned long long)index, what,
           (unsigned long long)seen, (unsigned long long)wanted);
    return false;
}

bool verify_header(struct reader *v, const char *what, uint32_t at, uint32_t width, uint64_t wanted)
{
    uint64_t seen = raw_number(v->in->image, at, width);
    v->values++;
    if (seen == wanted) return true;
    differ(v, "header %s: the image has 0x%llx, the policy 0x%llx", what, (unsigned long long)seen, (unsigned long long)wanted);
    return false;
}

void verify_name(struct reader *v, const char *what, uint64_t index, const uint8_t *bytes, size_t size, const char *wanted)
{
    size_t length = strnlen(wanted, size - 1);
    bool same = memcmp(bytes, wanted, length) == 0;
    for (size_t i = length; i < size; i++) same &= bytes[i] == 0;
    v->values++;
    if (!same) differ(v, "%s %llu: its name is not `%s`", what, (unsigned long long)index, wanted);
}

void verify_count(struct reader *v, enum raw_table table, uint64_t wanted)
{
    v->values++;
    if (v->count[table] != wanted)
        differ(v, "%s: the image has %u entries, the policy %llu", names[table], v->count[table], (unsigned long long)wanted);
}

/* ---- opening ---- */
/* Tables lie one behind the other from the first component's start on, on multiples of 8 bytes; nothing lies between them. */
static bool open_tables(struct reader *v)
{
    const uint8_t *image = v->in->image;
    uint64_t at = raw_number(image, HEADER_SIZE, 8), size = raw_number(image, HEADER_SIZE + 8, 8), end = at + size;
    if (!raw_inside(v, at, size)) return false;
    for (uint32_t i = 0; i < RAW_TABLES; i++) {
        v->table_at[i] = (uint32_t)raw_number(image, HEADER_TABLES + 8 * i, 4);
        v->count[i] = (uint32_t)raw_number(image, HEADER_TABLES + 8 * i + 4, 4);
        uint64_t bytes = (uint64_t)v->count[i] * sizes[i];
        if (v->table_at[i] != at || bytes > end - at) return false;
        for (uint64_t k = at + bytes; k < raw_round_up(at + bytes, 8) && k < end; k++) {
            if (image[k] != 0) differ(v, "%s: bytes behind the table are not zero", names[i]);
        }
        at = raw_round_up(at + bytes, 8);
        if (at > end) return false;
    }
    if (at != end) differ(v, "tables: bytes behind the last table");
    return true;
}

bool reader_open(struct reader *v)
{
    if (v->in->size < HEADER_SIZE + COMPONENT_SIZE || memcmp(v->in->image, "BULKHEAD", 8) != 0) return false;
    v->component_count = (uint32_t)HEADER_GET(v, COMPONENT_COUNT);
    if (v->component_count == 0 || v->component_count > 65535) return false;
    if (!raw_inside(v, HEADER_SIZE, (uint64_t)v->component_count * COMPONENT_SIZE)) return false;
    return open_tables(v);
}

/* ---- the whole ---- */
static void print_result(const struct reader *v)
{
    if (v->differences > VERIFY_DIFFERENCES_MAX)
        fprintf(v->out, "and %llu more\n", (unsigned long long)(v->differences - VERIFY_DIFFERENCES_MAX));
    if (v->differences > 0) {
        fprintf(v->out, "the image is not this policy's: %llu differences\n", (unsigned long long)v->differences);
        return;
    }
    for (uint32_t i = 0; i < RAW_TABLES; i++) fprintf(v->out, "%s%s %u", i == 0 ? "same: " : ", ", names[i], v->count[i]);
    fprintf(v->out, "; %llu values, %llu conditions, guests' programs %s\n", (unsigned long long)v->values,
            (unsigned long long)v->conditions, v->in->images != NULL ? "too" : "not compared (--images)");
}

/* Files may change between two readings; then nothing can be said. */
static bool same_files(const struct policy *p, const struct policy *said)
{
    const struct source *file;
    if (p->sources.files.count != said->sources.files.count) return false;
    LIST_EACH(file, &p->sources.files) {
        const struct source *other = said->sources.files.items[file_at];
        if (file->size != other->size || memcmp(file->text, other->text, file->size) != 0) return false;
    }
    return true;
}

bool verify_image(struct arena *a, const struct verify_input *in, FILE *out)
{
    struct reader v = { .arena = a, .p = in->policy, .said = in->said, .in = in, .out = out };
    if (!reader_open(&v)) {
        differ(&v, "the file is no image that can be read: header or bounds of tables");
    } else if (!same_files(v.p, v.said)) {
        differ(&v, "the policy's files change while they are read");
    } else {
        verify_header_and_components(&v);
        verify_names(&v);
        verify_time(&v);
        verify_types(&v);
        verify_roles(&v);
        verify_flows(&v);
        verify_memory(&v);
        if (v.differences == 0) verify_margin(&v);
        verify_guests(&v);
    }
    print_result(&v);
    return v.differences == 0;
}
