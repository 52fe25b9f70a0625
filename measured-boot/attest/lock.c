/* SPDX-License-Identifier: Apache-2.0 */
/* See lock.h. */
#include "lock.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cjson/cJSON.h>
#include "hex.h"
#include "pcrs.h"
#include "report.h"

#define MAX_FILE (4u << 20)

static char *read_text(const char *path)
{
    char *text = NULL;
    FILE *f = fopen(path, "rb");
    if (!f) {
        report_error("%s: %s", path, strerror(errno));
        return NULL;
    }
    text = malloc(MAX_FILE + 1);
    size_t size = text ? fread(text, 1, MAX_FILE + 1, f) : 0;
    bool good = text && !ferror(f) && size <= MAX_FILE;
    fclose(f);
    if (good) {
        text[size] = '\0';
        return text;
    }
    report_error("%s: cannot be read, or is larger than %u bytes", path, MAX_FILE);
    free(text);
    return NULL;
}

static bool read_pcr(const cJSON *json, struct lock *lock)
{
    const cJSON *pcr = cJSON_GetObjectItemCaseSensitive(json, "pcr");
    if (!cJSON_IsNumber(pcr) || pcr->valuedouble < 0 || pcr->valuedouble >= PCRS_COUNT) return false;
    lock->pcr = (uint32_t)pcr->valuedouble;
    return lock->pcr == pcr->valuedouble;
}

/* At least one known bank; unknown ones are passed over. */
static bool read_values(const cJSON *json, struct lock *lock)
{
    const cJSON *values = cJSON_GetObjectItemCaseSensitive(json, "pcr_values");
    bool any = false;
    for (size_t i = 0; i < PREDICT_BANKS; i++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(values, predict_banks[i].name);
        if (!value) continue;
        if (!cJSON_IsString(value) || !hex_read(value->valuestring, lock->values[i], predict_banks[i].size)) return false;
        lock->predicted[i] = any = true;
    }
    return any;
}

/* Each demanded bank is one that has a value. */
static bool read_banks(const cJSON *json, struct lock *lock)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "banks"), *name;
    if (!cJSON_IsArray(list)) return false;
    cJSON_ArrayForEach(name, list) {
        const struct predict_bank *bank = cJSON_IsString(name) ? predict_find_name(name->valuestring) : NULL;
        if (!bank || !lock->predicted[bank - predict_banks]) return false;
        lock->demanded[bank - predict_banks] = true;
    }
    return true;
}

static bool read_piece(const cJSON *json, struct lock_pieces *pieces)
{
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(json, "name");
    const cJSON *digest = cJSON_GetObjectItemCaseSensitive(json, "sha256");
    if (!cJSON_IsString(name) || !cJSON_IsString(digest) || pieces->count >= LOCK_MAX_PIECES) return false;
    size_t length = strlen(name->valuestring);
    if (length == 0 || length >= LOCK_NAME) return false;
    memcpy(pieces->names[pieces->count], name->valuestring, length + 1);
    return hex_read(digest->valuestring, pieces->digests[pieces->count++], PREDICT_PIECE);
}

static bool read_pieces(const cJSON *json, struct lock_pieces *pieces)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "components"), *piece;
    if (!cJSON_IsArray(list)) return false;
    cJSON_ArrayForEach(piece, list) {
        if (!read_piece(piece, pieces)) return false;
    }
    return pieces->count > 0;
}

/* Whether the predicted values are those of the pieces. */
static bool agrees_with_itself(const struct lock *lock)
{
    for (size_t i = 0; i < PREDICT_BANKS; i++) {
        uint8_t pcr[PREDICT_MAX_PCR];
        if (!lock->predicted[i]) continue;
        if (!predict_pcr(&predict_banks[i], lock->pieces.digests, lock->pieces.count, pcr)) return false;
        if (memcmp(pcr, lock->values[i], predict_banks[i].size) != 0) return false;
    }
    return true;
}

/* NULL, or what is wrong with it. */
static const char *read_lock(const char *text, struct lock *lock)
{
    cJSON *json = cJSON_Parse(text);
    const char *wrong = NULL;
    if (!json) {
        wrong = "not JSON";
    } else if (!read_pcr(json, lock)) {
        wrong = "\"pcr\" is no number from 0 to 23";
    } else if (!read_values(json, lock)) {
        wrong = "\"pcr_values\" has no value of a known bank, or one of a wrong length";
    } else if (!read_banks(json, lock)) {
        wrong = "\"banks\" is no list of banks that \"pcr_values\" has";
    } else if (!read_pieces(json, &lock->pieces)) {
        wrong = "\"components\" is no list of names and SHA-256 digests";
    } else if (!agrees_with_itself(lock)) {
        wrong = "the predicted values are not those of its components; build the image again";
    }
    cJSON_Delete(json);
    return wrong;
}

struct lock *lock_read(const char *path)
{
    char *text = read_text(path);
    if (!text) return NULL;
    struct lock *lock = calloc(1, sizeof *lock);
    const char *wrong = lock ? read_lock(text, lock) : "out of memory";
    free(text);
    if (!wrong) return lock;
    report_error("%s: %s", path, wrong);
    free(lock);
    return NULL;
}
