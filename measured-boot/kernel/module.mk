# SPDX-License-Identifier: Apache-2.0
# The launch: start-up code.
INC_measured-boot/kernel := core/include $(WIRE)
LAUNCH_OBJS := $(addprefix measured-boot/kernel/,measure.o tpm.o tpm_tis.o)
BOOT_OBJS += $(LAUNCH_OBJS) measured-boot/kernel/tis_registers.o

INC_tests/unit += core/include
UNIT_TESTS += sha256
sha256_OBJS := tests/unit/test_sha256.o core/sha256.o
sha256_LIBS := -lmbedcrypto
