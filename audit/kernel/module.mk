# SPDX-License-Identifier: Apache-2.0
INC_audit/kernel := $(WIRE) core/include
KERNEL_OBJS += $(addprefix audit/kernel/,ring.o chain.o)
BOOT_OBJS += audit/kernel/start.o
