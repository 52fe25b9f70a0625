/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes what the launch believes a TPM: the pretended TPM of the unit tests obeys the FIFO protocol at a fuzzed burst count
 * and answers PCR_Event with the input. The second byte's lowest bit says whether the answer's size is put right first.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "fake_tpm.h"
#include "launch_status.h"
#include "tpm.h"
#include "tpm_tis.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t digest[32] = { 1 };
    static uint8_t answer[FAKE_ROOM];
    if (size < 2 || size - 2 > sizeof answer) return 0;
    fake_tpm_reset();
    fake_tpm.tick = 100000;
    fake_tpm.burst = data[0];
    fake_tpm.answer = answer;
    fake_tpm.answer_size = (uint32_t)size - 2;
    memcpy(answer, data + 2, size - 2);
    if ((data[1] & 1) != 0 && size >= 12) {
        answer[2] = answer[3] = 0;
        answer[4] = (uint8_t)((size - 2) >> 8);
        answer[5] = (uint8_t)(size - 2);
    }
    if (tis_open().code != 0) abort();
    status_t s = tpm_extend(11, digest);
    tis_close();
    if (fake_tpm.broken_protocol || s.code >= LAUNCH_END) abort();
    return 0;
}
