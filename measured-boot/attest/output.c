/* SPDX-License-Identifier: Apache-2.0 */
/* See output.h. Both forms are printed from one JSON object, so that they cannot tell different stories. */
#include "output.h"
#include <stdio.h>
#include <stdlib.h>
#include <cjson/cJSON.h>
#include "hex.h"

static cJSON *make_value(const uint8_t *value, size_t size)
{
    char text[2 * PREDICT_MAX_PCR + 1];
    hex_write(value, size, text);
    return cJSON_CreateString(text);
}

static void print_json(cJSON *json)
{
    char *text = cJSON_Print(json);
    if (text) puts(text);
    cJSON_free(text);
}

void output_pcrs(const struct pcrs *pcrs, bool json)
{
    cJSON *all = cJSON_CreateObject();
    for (size_t i = 0; i < PREDICT_BANKS; i++) {
        if (pcrs->banks[i].present == 0) continue;
        cJSON *bank = cJSON_AddObjectToObject(all, predict_banks[i].name);
        if (!json) printf("%s\n", predict_banks[i].name);
        for (uint32_t p = 0; p < PCRS_COUNT; p++) {
            char number[8];
            if ((pcrs->banks[i].present >> p & 1) == 0) continue;
            snprintf(number, sizeof number, "%u", p);
            cJSON *value = make_value(pcrs->banks[i].value[p], predict_banks[i].size);
            if (!json) printf("  %2u  %s\n", p, cJSON_GetStringValue(value));
            cJSON_AddItemToObject(bank, number, value);
        }
    }
    if (json) print_json(all);
    cJSON_Delete(all);
}

static cJSON *make_banks(const struct lock *lock, const struct pcrs *pcrs, const struct comparison *c)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < PREDICT_BANKS; i++) {
        if (!lock->predicted[i]) continue;
        cJSON *bank = cJSON_CreateObject();
        cJSON_AddItemToArray(list, bank);
        cJSON_AddStringToObject(bank, "bank", predict_banks[i].name);
        cJSON_AddItemToObject(bank, "predicted", make_value(lock->values[i], predict_banks[i].size));
        if (c->banks[i] == COMPARE_ABSENT) {
            cJSON_AddNullToObject(bank, "read");
        } else {
            cJSON_AddItemToObject(bank, "read", make_value(pcrs->banks[i].value[lock->pcr], predict_banks[i].size));
        }
        cJSON_AddBoolToObject(bank, "equal", c->banks[i] == COMPARE_EQUAL);
        cJSON_AddBoolToObject(bank, "demanded", lock->demanded[i]);
    }
    return list;
}

static void add_difference(void *context, const char *name, enum compare_piece what)
{
    static const char *const text[] = {
        [COMPARE_PIECE_EQUAL] = "as built", [COMPARE_PIECE_DIFFERS] = "differs", [COMPARE_PIECE_MISSING] = "not measured",
        [COMPARE_PIECE_UNKNOWN] = "not in the lock file",
    };
    cJSON *difference = cJSON_CreateObject();
    cJSON_AddItemToArray(context, difference);
    cJSON_AddStringToObject(difference, "component", name);
    cJSON_AddStringToObject(difference, "what", text[what]);
}

static void print_banks(const cJSON *banks, unsigned int pcr)
{
    const cJSON *bank;
    cJSON_ArrayForEach(bank, banks) {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(bank, "bank"));
        const char *predicted = cJSON_GetStringValue(cJSON_GetObjectItem(bank, "predicted"));
        const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(bank, "read"));
        if (!value) {
            bool demanded = cJSON_IsTrue(cJSON_GetObjectItem(bank, "demanded"));
            printf("PCR %u %s: the TPM has no such bank%s\n", pcr, name, demanded ? ", and the policy demands it" : "");
        } else if (cJSON_IsTrue(cJSON_GetObjectItem(bank, "equal"))) {
            printf("PCR %u %s: as predicted, %s\n", pcr, name, value);
        } else {
            printf("PCR %u %s: differs\n  predicted %s\n  read      %s\n", pcr, name, predicted, value);
        }
    }
}

static void print_text(const cJSON *json, const struct comparison *c, unsigned int pcr)
{
    const cJSON *replays = cJSON_GetObjectItem(json, "console_replays"), *difference;
    print_banks(cJSON_GetObjectItem(json, "banks"), pcr);
    if (c->untouched) printf("The PCR is zero: nothing was measured.\n");
    cJSON_ArrayForEach(difference, cJSON_GetObjectItem(json, "differences")) {
        printf("component %s: %s\n", cJSON_GetStringValue(cJSON_GetObjectItem(difference, "component")),
               cJSON_GetStringValue(cJSON_GetObjectItem(difference, "what")));
    }
    if (cJSON_IsFalse(replays)) printf("The console's lines do not replay to the PCR: they are no evidence.\n");
}

void output_comparison(const struct lock *lock, const struct pcrs *pcrs, const struct comparison *c,
                       const struct lock_pieces *seen, bool json)
{
    cJSON *all = cJSON_CreateObject();
    cJSON_AddBoolToObject(all, "equal", c->equal);
    cJSON_AddNumberToObject(all, "pcr", lock->pcr);
    cJSON_AddItemToObject(all, "banks", make_banks(lock, pcrs, c));
    if (seen) {
        cJSON_AddBoolToObject(all, "console_replays", compare_replays(lock, pcrs, seen));
        compare_pieces(&lock->pieces, seen, add_difference, cJSON_AddArrayToObject(all, "differences"));
    }
    if (json) {
        print_json(all);
    } else {
        print_text(all, c, lock->pcr);
    }
    cJSON_Delete(all);
}
