/* SPDX-License-Identifier: Apache-2.0 */
/* The launch as a whole: the miniature gateway measured into a pretended TPM, with and without faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <mbedtls/sha256.h>
#include "audit/record.h"
#include "core/console.h"
#include "core/launch.h"
#include "fake_tpm.h"
#include "image_builder.h"
#include "launch_status.h"
#include "predict.h"

#define PIECES 8u                     /* the gateway's header and components */
#define PCR 11u

static uint64_t packed[BUILDER_IMAGE_ROOM / 8];
static struct image_builder builder;
static char console[8192];
static uint32_t measured;

/* The kernel's console, as far as the launch uses it. */
void console_print(const char *format, ...)
{
    char *at = console + strlen(console), *end = console + sizeof console;
    va_list args;
    va_start(args, format);
    for (; *format; format++) {
        if (*format != '%') {
            at += snprintf(at, (size_t)(end - at), "%c", *format);
            continue;
        }
        switch (*++format) {
        case 's': at += snprintf(at, (size_t)(end - at), "%s", va_arg(args, const char *)); break;
        case 'u': at += snprintf(at, (size_t)(end - at), "%u", va_arg(args, uint32_t)); break;
        case 'h': {
            const uint8_t *bytes = va_arg(args, const uint8_t *);
            for (uint32_t i = 0; i < 32; i++) at += snprintf(at, (size_t)(end - at), "%02x", bytes[i]);
            break;
        }
        default: fail_msg("the launch printed %%%c", *format);
        }
    }
    va_end(args);
    snprintf(at, (size_t)(end - at), "\n");
}

static struct image_header *header(void)
{
    return (struct image_header *)packed;
}

static int set_up(void **state)
{
    (void)state;
    fake_tpm_reset();
    console[0] = '\0';
    image_builder_gateway(&builder);
    image_builder_pack(&builder, packed, sizeof packed);
    return 0;
}

static uint32_t launch(void)
{
    static const struct handoff handoff = { .txt = HANDOFF_TXT_FELL_THROUGH };
    return launch_measure(&handoff, header(), &measured).code;
}

static void expect_line(const char *line)
{
    char whole[400];
    snprintf(whole, sizeof whole, "%s\n", line);
    const char *at = strstr(console, whole);
    if (!at || (at != console && at[-1] != '\n')) fail_msg("no line \"%s\" in:\n%s", line, console);
}

/* Digests of header and components by mbedTLS. */
static void hash_pieces(uint8_t pieces[PIECES][PREDICT_PIECE])
{
    const struct image_component *c = policy_components(header());
    const uint8_t *image = (const uint8_t *)packed;
    assert_int_equal(header()->component_count + 1, PIECES);
    mbedtls_sha256_ret(image, header()->header_size, pieces[0], 0);
    for (uint32_t i = 1; i < PIECES; i++) mbedtls_sha256_ret(image + c[i - 1].offset, c[i - 1].size, pieces[i], 0);
}

static void expect_piece(const char *name, const uint8_t digest[32], const char *before, const char *after)
{
    char line[200], hex[65];
    for (int i = 0; i < 32; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    snprintf(line, sizeof line, "%s %s sha256=%s%s", before, name, hex, after);
    expect_line(line);
}

static void test_measures(void **state)
{
    uint8_t pieces[PIECES][PREDICT_PIECE], predicted[PREDICT_MAX_PCR];
    (void)state;
    assert_int_equal(launch(), LAUNCH_OK);
    hash_pieces(pieces);
    expect_piece("header", pieces[0], "measure", " pcr=11");
    for (uint32_t i = 1; i < PIECES; i++) {
        expect_piece(policy_components(header())[i - 1].name, pieces[i], "measure", " pcr=11");
    }
    assert_true(predict_pcr(predict_find_name("sha256"), pieces, PIECES, predicted));
    assert_memory_equal(fake_tpm.pcr[PCR], predicted, 32);
    assert_int_equal(fake_tpm.events, PIECES);
    assert_int_equal(measured, AUDIT_MEASURED_STATIC);
    assert_int_equal(fake_tpm.releases, 1);
    expect_line("launch: not measured by TXT");
    expect_line("launch: image measured by an unmeasured kernel, PCR 11");
}

/* A flipped bit anywhere that is measured changes the PCR; in a component, it stops the start and the console names it. */
static void test_flipped_bits(void **state)
{
    uint8_t good[32], *image = (uint8_t *)packed;
    (void)state;
    assert_int_equal(launch(), LAUNCH_OK);
    memcpy(good, fake_tpm.pcr[PCR], 32);
    for (uint32_t i = 0; i < header()->component_count; i++) {
        const struct image_component *c = &policy_components(header())[i];
        uint64_t places[] = { c->offset, c->offset + c->size / 2, c->offset + c->size - 1 };
        for (int k = 0; k < 3; k++) {
            char line[100];
            fake_tpm_reset();
            console[0] = '\0';
            image[places[k]] ^= 0x10;
            assert_int_equal(launch(), LAUNCH_COMPONENT);
            image[places[k]] ^= 0x10;
            assert_memory_not_equal(fake_tpm.pcr[PCR], good, 32);
            assert_int_equal(fake_tpm.events, PIECES);
            snprintf(line, sizeof line, "launch: component %s: digest differs from the header's", c->name);
            expect_line(line);
        }
    }
    fake_tpm_reset();
    header()->rollback++;
    assert_int_equal(launch(), LAUNCH_OK);
    assert_memory_not_equal(fake_tpm.pcr[PCR], good, 32);
}

static void expect_not_measured(const char *why)
{
    char line[200];
    uint8_t pieces[PIECES][PREDICT_PIECE];
    hash_pieces(pieces);
    expect_piece("low", pieces[2], "digest", ", not measured");
    snprintf(line, sizeof line, "not measured: %s", why);
    expect_line(line);
    assert_int_equal(measured, AUDIT_MEASURED_NOT);
    assert_null(strstr(console, "image measured"));
}

static void test_required_without_tpm(void **state)
{
    (void)state;
    fake_tpm.access_always = 0xff;
    assert_int_equal(launch(), LAUNCH_NO_TPM);
    expect_not_measured("no TPM");
    assert_non_null(strstr(console, "launch: the policy requires measuring"));
}

static void test_optional_without_tpm(void **state)
{
    (void)state;
    header()->measure = IMAGE_MEASURE_OPTIONAL;
    fake_tpm.access_always = 0xff;
    assert_int_equal(launch(), LAUNCH_OK);
    expect_not_measured("no TPM");
    assert_null(strstr(console, "requires"));
}

static void test_measure_none(void **state)
{
    (void)state;
    header()->measure = IMAGE_MEASURE_NONE;
    assert_int_equal(launch(), LAUNCH_OK);
    expect_not_measured("the policy does not ask for it");
    assert_int_equal(fake_tpm.requests, 0);
}

/* What was extended before a failure is said to be; what comes after is not even tried. */
static void test_tpm_fails_midway(void **state)
{
    uint8_t pieces[PIECES][PREDICT_PIECE];
    (void)state;
    fake_tpm.fails_at = 2;
    assert_int_equal(launch(), LAUNCH_REFUSED);
    hash_pieces(pieces);
    expect_piece("tables", pieces[1], "measure", " pcr=11");
    expect_not_measured("TPM refuses the command");
    assert_int_equal(fake_tpm.events, 3);
    assert_int_equal(fake_tpm.releases, 1);
    set_up(state);
    header()->measure = IMAGE_MEASURE_OPTIONAL;
    fake_tpm.fails_at = 2;
    assert_int_equal(launch(), LAUNCH_OK);
    expect_not_measured("TPM refuses the command");
}

/* A component that differs stops the start even where nobody asks for measuring. */
static void test_differs_unmeasured(void **state)
{
    (void)state;
    header()->measure = IMAGE_MEASURE_NONE;
    ((uint8_t *)packed)[header()->image_size - 1] ^= 1;
    assert_int_equal(launch(), LAUNCH_COMPONENT);
    expect_line("launch: component flows.policy: digest differs from the header's");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_measures, set_up),
        cmocka_unit_test_setup(test_flipped_bits, set_up),
        cmocka_unit_test_setup(test_required_without_tpm, set_up),
        cmocka_unit_test_setup(test_optional_without_tpm, set_up),
        cmocka_unit_test_setup(test_measure_none, set_up),
        cmocka_unit_test_setup(test_tpm_fails_midway, set_up),
        cmocka_unit_test_setup(test_differs_unmeasured, set_up),
    };
    return cmocka_run_group_tests_name("measure", tests, NULL, NULL);
}
