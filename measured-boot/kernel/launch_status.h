/* SPDX-License-Identifier: Apache-2.0 */
/* What the launch can fail with. */
#pragma once

#include <stdint.h>

#define LAUNCH_MODULE 7u

#define LAUNCH_STATUS_LIST(X)                                                                                              \
    X(UNWANTED, "the policy does not ask for it")                                                                          \
    X(NO_TPM, "no TPM")                                                                                                    \
    X(INTERFACE, "TPM interface not supported; this kernel speaks FIFO (TIS), not CRB")                                    \
    X(FAMILY, "not a TPM 2.0")                                                                                             \
    X(LOCALITY, "TPM does not grant locality 0")                                                                           \
    X(NOT_READY, "TPM does not get ready for a command")                                                                   \
    X(STALLED, "TPM takes or gives no more bytes")                                                                         \
    X(EXPECT, "TPM expects another length of command")                                                                     \
    X(SILENT, "TPM does not answer in time")                                                                               \
    X(ANSWER_SIZE, "TPM's answer is longer or shorter than it says")                                                       \
    X(ANSWER_FORM, "TPM's answer is malformed")                                                                            \
    X(REFUSED, "TPM refuses the command")                                                                                  \
    X(NO_BANK, "TPM has no PCR bank")                                                                                      \
    X(WRONG_DIGEST, "TPM extended something else")                                                                         \
    X(COMPONENT, "a component's digest differs from the header's")

enum launch_status {
    LAUNCH_OK,
    LAUNCH_BASE = LAUNCH_MODULE << 16,
#define LAUNCH_STATUS_ENUM(id, text) LAUNCH_##id,
    LAUNCH_STATUS_LIST(LAUNCH_STATUS_ENUM)
#undef LAUNCH_STATUS_ENUM
    LAUNCH_END
};
