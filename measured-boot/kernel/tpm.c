/* SPDX-License-Identifier: Apache-2.0 */
/* Commands and answers: see tpm.h. Numbers are from the TPM 2.0 Library, part 2; all are big endian. */
#include "tpm.h"
#include "core/core.h"
#include "core/sha256.h"
#include "launch_status.h"
#include "tpm_tis.h"

enum tpm_code { TPM_PCR_EVENT = 0x13c, TPM_STARTUP = 0x144 };
enum tpm_tag { TAG_PLAIN = 0x8001, TAG_SESSIONS = 0x8002 };
enum tpm_rc { RC_SUCCESS = 0, RC_INITIALIZE = 0x100, RC_YIELDED = 0x908, RC_TESTING = 0x90a, RC_RETRY = 0x922 };
enum tpm_alg { ALG_SHA1 = 0x04, ALG_SHA256 = 0x0b, ALG_SHA384 = 0x0c, ALG_SHA512 = 0x0d, ALG_SM3_256 = 0x12 };

enum {
    ANSWER_ROOM = 512,                /* five banks, as many as any TPM has, need 260 */
    MAX_BANKS = 16, RC_AT = 6, PARAMETERS_AT = 10, DIGESTS_AT = 14, BUSY_MS = 10000
};

static uint32_t load16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t load32(const uint8_t *p)
{
    return load16(p) << 16 | load16(p + 2);
}

static bool busy(uint32_t rc)
{
    return rc == RC_RETRY || rc == RC_TESTING || rc == RC_YIELDED;
}

/* Runs a command, again for as long as the TPM says that it is busy. */
static status_t run(const uint8_t *command, uint32_t size, uint8_t answer[ANSWER_ROOM])
{
    uint64_t begin = arch_now(), limit = (uint64_t)BUSY_MS * core_tsc_khz();
    do {
        TRY(tis_run(command, size, answer, ANSWER_ROOM));
    } while (busy(load32(answer + RC_AT)) && arch_now() - begin < limit);
    return STATUS_OK;
}

/* For a TPM that firmware has not started. Whether it worked shows in what the TPM says to the next command. */
static status_t start(uint8_t answer[ANSWER_ROOM])
{
    static const uint8_t startup_clear[12] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, TPM_STARTUP >> 8, TPM_STARTUP & 0xff, 0, 0 };
    return run(startup_clear, sizeof startup_clear, answer);
}

static uint32_t digest_size(uint32_t alg)
{
    switch (alg) {
    case ALG_SHA1: return 20;
    case ALG_SHA256:
    case ALG_SM3_256: return 32;
    case ALG_SHA384: return 48;
    case ALG_SHA512: return 64;
    default: return 0;
    }
}

static bool equal(const uint8_t *a, const uint8_t *b, uint32_t size)
{
    uint32_t i = 0;
    while (i < size && a[i] == b[i]) i++;
    return i == size;
}

/* The answer lists what each bank was extended with (TPML_DIGEST_VALUES). There must be one, and SHA-256's is known. */
static status_t check_event(const uint8_t *answer, const uint8_t digest[32])
{
    uint32_t size = load32(answer + 2), at = DIGESTS_AT + 4;
    ENSURE(load16(answer) == TAG_SESSIONS && size >= at, LAUNCH_ANSWER_FORM);
    uint32_t length = load32(answer + PARAMETERS_AT), count = load32(answer + DIGESTS_AT);
    ENSURE(length <= size - DIGESTS_AT && count <= MAX_BANKS, LAUNCH_ANSWER_FORM);
    bool seen = false;                /* the bank that the prediction stands on */
    for (uint32_t end = DIGESTS_AT + length; count > 0; count--) {
        ENSURE(at + 2 <= end, LAUNCH_ANSWER_FORM);
        uint32_t alg = load16(answer + at), bytes = digest_size(alg);
        at += 2;
        ENSURE(bytes != 0 && at + bytes <= end, LAUNCH_ANSWER_FORM);
        if (alg == ALG_SHA256) {
            struct sha256 hash;
            uint8_t expected[32];
            sha256_start(&hash);
            sha256_add(&hash, digest, 32);
            sha256_digest(&hash, expected);
            ENSURE(equal(answer + at, expected, sizeof expected), LAUNCH_WRONG_DIGEST);
            seen = true;
        }
        at += bytes;
    }
    ENSURE(seen, LAUNCH_NO_BANK);
    return STATUS_OK;
}

status_t tpm_extend(uint32_t pcr, const uint8_t digest[32])
{
    uint8_t answer[ANSWER_ROOM];
    uint8_t command[61] = {
        0x80, 0x02, 0, 0, 0, sizeof command, 0, 0, TPM_PCR_EVENT >> 8, TPM_PCR_EVENT & 0xff,      /* header */
        0, 0, 0, (uint8_t)pcr,                                                                    /* handle */
        0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0,                     /* authorization: TPM_RS_PW, empty password */
        0, 32,                                                        /* TPM2B_EVENT; the digest follows */
    };
    for (uint32_t i = 0; i < 32; i++) command[29 + i] = digest[i];
    TRY(run(command, sizeof command, answer));
    if (load32(answer + RC_AT) == RC_INITIALIZE) {
        TRY(start(answer));
        TRY(run(command, sizeof command, answer));
    }
    ENSURE(load32(answer + RC_AT) == RC_SUCCESS, LAUNCH_REFUSED);
    return check_event(answer, digest);
}
