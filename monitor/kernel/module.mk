# SPDX-License-Identifier: Apache-2.0
# The reference monitor. $(DECIDE_OBJS) include wire headers alone: host tools link them too.
INC_monitor/kernel := $(WIRE) core/include
DECIDE_OBJS := $(addprefix monitor/kernel/,decide.o value.o flow.o pace.o line.o)
KERNEL_OBJS += $(addprefix monitor/kernel/,decide.o value.o flow.o mediate.o channel.o notify.o operate.o)
GUARDED_OBJS += monitor/kernel/mediate.o
BOOT_OBJS += $(addprefix monitor/kernel/,start.o pace.o line.o)

# Tests of monitor and audit: the gateway in miniature on a stand-in for the core.
INC_tests/unit += .
GATEWAY_OBJS = $(addprefix tests/unit/,gateway.o image_builder.o) $(DECIDE_OBJS) $(IMAGE_CHECK_OBJS) core/sha256.o
UNIT_TESTS += monitor_type monitor_rules monitor_flow monitor_mediate monitor_audited monitor_channel monitor_operate
monitor_type_OBJS = tests/unit/test_monitor_type.o $(GATEWAY_OBJS)
monitor_rules_OBJS = tests/unit/test_monitor_rules.o $(GATEWAY_OBJS)
monitor_flow_OBJS = tests/unit/test_monitor_flow.o $(GATEWAY_OBJS)
BOXES_OBJS := tests/unit/boxes.o $(addprefix monitor/kernel/,mediate.o channel.o notify.o start.o)
MONITORED_OBJS := $(addprefix tests/unit/,monitored.o draft_audit.o) audit/kernel/note.o $(BOXES_OBJS)
monitor_mediate_OBJS = tests/unit/test_monitor_mediate.o $(MONITORED_OBJS) $(GATEWAY_OBJS) tests/unit/fake_core.o
monitor_audited_OBJS = $(addprefix tests/unit/,test_monitor_audited.o told.o heads.o) $(AUDITED_OBJS) $(BOXES_OBJS)
monitor_audited_LIBS := -lmbedcrypto
monitor_channel_OBJS = $(addprefix tests/unit/,test_monitor_channel.o stepped.o fake_core.o) $(MONITORED_OBJS) $(GATEWAY_OBJS)
monitor_channel_LIBS := -lpthread
monitor_operate_OBJS = tests/unit/test_monitor_operate.o monitor/kernel/operate.o $(MONITORED_OBJS) $(GATEWAY_OBJS) \
  tests/unit/fake_core.o
