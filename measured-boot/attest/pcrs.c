/* SPDX-License-Identifier: Apache-2.0 */
/* See pcrs.h. */
#include "pcrs.h"
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>
#include "report.h"

/* Reports a failed call of tpm2-tss. */
static bool succeeded(TSS2_RC rc, const char *what, const char *advice)
{
    if (rc == TSS2_RC_SUCCESS) return true;
    report_error("%s: %s; %s", what, Tss2_RC_Decode(rc), advice);
    return false;
}

static uint32_t selected(const TPMS_PCR_SELECTION *s)
{
    uint32_t mask = 0;
    for (uint32_t p = 0; p < PCRS_COUNT && p / 8 < s->sizeofSelect; p++) {
        if ((s->pcrSelect[p / 8] >> p % 8 & 1) != 0) mask |= 1u << p;
    }
    return mask;
}

static TPML_PCR_SELECTION select_pcrs(const struct predict_bank *bank, uint32_t mask)
{
    TPML_PCR_SELECTION s = { .count = 1 };
    s.pcrSelections[0] = (TPMS_PCR_SELECTION){ .hash = bank->algorithm, .sizeofSelect = PCRS_COUNT / 8 };
    for (uint32_t i = 0; i < PCRS_COUNT / 8; i++) s.pcrSelections[0].pcrSelect[i] = (BYTE)(mask >> 8 * i);
    return s;
}

/* Takes over the values of one answer: one digest for each PCR selected, in rising order. False if they do not agree. */
static bool take_values(const struct predict_bank *bank, uint32_t mask, const TPML_DIGEST *digests, struct pcr_bank *to)
{
    uint32_t next = 0;
    for (uint32_t p = 0; p < PCRS_COUNT; p++) {
        if ((mask >> p & 1) == 0) continue;
        if (next >= digests->count || digests->digests[next].size != bank->size) return false;
        memcpy(to->value[p], digests->digests[next++].buffer, bank->size);
        to->present |= 1u << p;
    }
    return next == digests->count && next > 0;
}

/* A TPM gives a few values at a time and says which; asks until it has given all of `wanted`. */
static bool read_bank(ESYS_CONTEXT *esys, const struct predict_bank *bank, uint32_t wanted, struct pcr_bank *to)
{
    while ((wanted & ~to->present) != 0) {
        TPML_PCR_SELECTION in = select_pcrs(bank, wanted & ~to->present), *out = NULL;
        TPML_DIGEST *digests = NULL;
        TSS2_RC rc = Esys_PCR_Read(esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &in, NULL, &out, &digests);
        if (!succeeded(rc, "cannot read PCRs", "is the TPM started?")) return false;
        const TPMS_PCR_SELECTION *given = &out->pcrSelections[0];
        bool good = out->count == 1 && given->hash == bank->algorithm &&
                    (selected(given) & ~(wanted & ~to->present)) == 0 && take_values(bank, selected(given), digests, to);
        Esys_Free(out);
        Esys_Free(digests);
        if (good) continue;
        report_error("the TPM's answer to PCR_Read does not fit the question (bank %s)", bank->name);
        return false;
    }
    return true;
}

static bool read_banks(ESYS_CONTEXT *esys, struct pcrs *pcrs)
{
    TPMI_YES_NO more = 0;
    TPMS_CAPABILITY_DATA *data = NULL;
    TSS2_RC rc = Esys_GetCapability(esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_PCRS, 0, TPM2_NUM_PCR_BANKS, &more,
                                    &data);
    bool good = succeeded(rc, "cannot ask for PCR banks", "is this a TPM 2.0, and is it started?");
    for (uint32_t i = 0; good && i < data->data.assignedPCR.count; i++) {
        const TPMS_PCR_SELECTION *s = &data->data.assignedPCR.pcrSelections[i];
        const struct predict_bank *bank = predict_find_algorithm(s->hash);
        if (bank) good = read_bank(esys, bank, selected(s), &pcrs->banks[bank - predict_banks]);
    }
    Esys_Free(data);
    return good;
}

bool pcrs_read(const char *tcti, struct pcrs *pcrs)
{
    TSS2_TCTI_CONTEXT *transport = NULL;
    ESYS_CONTEXT *esys = NULL;
    bool good = false;
    memset(pcrs, 0, sizeof *pcrs);
    setenv("TSS2_LOG", "all+none", 0);                    /* its errors are reported here, with advice */
    if (succeeded(Tss2_TctiLdr_Initialize(tcti, &transport), tcti, "is this the TPM's address, and is it free?")) {
        if (succeeded(Esys_Initialize(&esys, transport, NULL), tcti, "no usable TPM there")) good = read_banks(esys, pcrs);
        Esys_Finalize(&esys);
        Tss2_TctiLdr_Finalize(&transport);
    }
    return good;
}
