# SPDX-License-Identifier: Apache-2.0
# The audit rings. Their tests include ring.c itself.
INC_audit/kernel := $(WIRE) core/include
KERNEL_OBJS += $(addprefix audit/kernel/,ring.o chain.o note.o)
BOOT_OBJS += audit/kernel/start.o

UNIT_TESTS += audit_ring audit_chain
AUDITED_OBJS = tests/unit/audited.o $(addprefix audit/kernel/,chain.o note.o start.o) $(GATEWAY_OBJS) tests/unit/fake_core.o
audit_ring_OBJS = tests/unit/test_audit_ring.o $(AUDITED_OBJS)
audit_chain_OBJS = $(addprefix tests/unit/,test_audit_chain.o heads.o) $(AUDITED_OBJS)
audit_chain_LIBS := -lmbedcrypto
