/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of bulkhead-attest: what, where, what to do; on stderr. */
#pragma once

/* Exit status. */
enum { ATTEST_EQUAL = 0, ATTEST_DIFFERS = 1, ATTEST_ERROR = 2 };

__attribute__((format(printf, 1, 2))) void report_error(const char *format, ...);
