# SPDX-License-Identifier: Apache-2.0
# The reference monitor. decide.o, flow.o and pace.o include wire headers alone: host tools link them too, as $(DECIDE_OBJS).
INC_monitor/kernel := $(WIRE) core/include
DECIDE_OBJS := $(addprefix monitor/kernel/,decide.o flow.o pace.o)
KERNEL_OBJS += $(addprefix monitor/kernel/,decide.o flow.o mediate.o channel.o)
BOOT_OBJS += $(addprefix monitor/kernel/,start.o pace.o)

# Tests of monitor and audit: the gateway in miniature on a stand-in for the core.
INC_tests/unit += .
FAKE_CORE_OBJS := tests/unit/fake_core.o core/arch/host/arch.o
GATEWAY_OBJS = $(addprefix tests/unit/,gateway.o image_builder.o) $(IMAGE_CHECK_OBJS) core/sha256.o
UNIT_TESTS += monitor_decide monitor_flow monitor_mediate monitor_channel
monitor_decide_OBJS = tests/unit/test_monitor_decide.o $(DECIDE_OBJS) $(GATEWAY_OBJS)
monitor_flow_OBJS = tests/unit/test_monitor_flow.o $(DECIDE_OBJS) $(GATEWAY_OBJS)
MONITORED_OBJS := tests/unit/monitored.o $(addprefix monitor/kernel/,mediate.o channel.o start.o) $(DECIDE_OBJS)
monitor_mediate_OBJS = tests/unit/test_monitor_mediate.o $(MONITORED_OBJS) $(GATEWAY_OBJS) $(FAKE_CORE_OBJS)
monitor_channel_OBJS = tests/unit/test_monitor_channel.o $(MONITORED_OBJS) $(GATEWAY_OBJS) $(FAKE_CORE_OBJS)
