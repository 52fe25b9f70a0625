# SPDX-License-Identifier: Apache-2.0
# The launch: start-up code.
INC_measured-boot/kernel := core/include $(WIRE)
LAUNCH_OBJS := $(addprefix measured-boot/kernel/,measure.o tpm.o tpm_tis.o)
BOOT_OBJS += $(LAUNCH_OBJS) measured-boot/kernel/tis_registers.o

INC_tests/unit += core/include
UNIT_TESTS += sha256
sha256_OBJS := tests/unit/test_sha256.o core/sha256.o
sha256_LIBS := -lmbedcrypto

INC_tests/unit += measured-boot/kernel measured-boot/attest
UNIT_TESTS += tpm
tpm_OBJS := tests/unit/test_tpm.o tests/unit/fake_tpm.o core/sha256.o measured-boot/attest/predict.o \
  $(filter-out %/measure.o,$(LAUNCH_OBJS))
tpm_LIBS := -lmbedcrypto
UNIT_TESTS += measure
measure_OBJS := tests/unit/test_measure.o tests/unit/fake_tpm.o tests/unit/image_builder.o core/sha256.o \
  measured-boot/attest/predict.o $(LAUNCH_OBJS) policy/kernel/image_pool.o
measure_LIBS := -lmbedcrypto

INC_tests/fuzz += core/include measured-boot/kernel tests/unit
FUZZERS += fuzz_tpm
fuzz_tpm_OBJS := tests/fuzz/fuzz_tpm.o tests/unit/fake_tpm.o core/sha256.o $(filter-out %/measure.o,$(LAUNCH_OBJS))
