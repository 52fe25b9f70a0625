# SPDX-License-Identifier: Apache-2.0
# Host side of measured boot. predict.o and hex.o need mbedTLS alone; other host programs may link them.
INC_measured-boot/attest := measured-boot/attest
ATTEST_OBJS := $(addprefix measured-boot/attest/,compare.o console_log.o hex.o lock.o predict.o report.o)
HOST_PROGS += bulkhead-attest
bulkhead-attest_OBJS := measured-boot/attest/main.o measured-boot/attest/output.o measured-boot/attest/pcrs.o $(ATTEST_OBJS)
bulkhead-attest_LIBS := -ltss2-esys -ltss2-tctildr -ltss2-rc -lcjson -lmbedcrypto

INC_tests/unit += measured-boot/attest
UNIT_TESTS += attest
attest_OBJS := tests/unit/test_attest.o $(ATTEST_OBJS)
attest_LIBS := -lcjson -lmbedcrypto
RUN_TESTS += tests/unit/test_attest_tpm.py
