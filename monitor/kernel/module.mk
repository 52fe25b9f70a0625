# SPDX-License-Identifier: Apache-2.0
INC_monitor/kernel := $(WIRE) core/include
KERNEL_OBJS += $(addprefix monitor/kernel/,decide.o flow.o mediate.o channel.o)
BOOT_OBJS += $(addprefix monitor/kernel/,start.o pace.o)
