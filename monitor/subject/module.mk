# SPDX-License-Identifier: Apache-2.0
# For monitors, which are guests: what their subjects' exits mean. And the monitor `pc`, with the loader of its subject.
MONITOR_INC := $(GUEST_INC) monitor/subject/include
INC_monitor/subject := $(MONITOR_INC) monitor/subject
MONITOR_LIB := $(patsubst %,monitor/subject/%.o,exit exit_svm exit_vmx)

INC_monitor/subject/pc := $(MONITOR_INC) monitor/subject
PC_OBJS := $(patsubst %,monitor/subject/pc/%.o,pc apic ioapic pic pit uart test_device ports control msr device decode walk \
  breakpoint stand_in task processor_svm processor_vmx)
GUESTS += pc
pc_OBJS := $(PC_OBJS) $(MONITOR_LIB) $(GUEST_LIB)
LOADER_OBJS := $(patsubst %,monitor/subject/pc/%.o,loader multiboot elf) $(GUEST_LIB)

INC_tests/unit += monitor/subject monitor/subject/include
UNIT_TESTS += multiboot pc_devices pc_breakpoints pc_hostile
multiboot_OBJS := tests/unit/test_multiboot.o monitor/subject/pc/multiboot.o monitor/subject/pc/elf.o
pc_devices_OBJS := tests/unit/test_pc_devices.o $(patsubst %,monitor/subject/pc/%.o,apic ioapic pic pit decode)
pc_breakpoints_OBJS := tests/unit/test_pc_breakpoints.o \
  $(patsubst %,monitor/subject/pc/%.o,control breakpoint decode walk test_device apic ioapic pic)
pc_hostile_OBJS := tests/unit/test_pc_hostile.o \
  $(patsubst %,monitor/subject/pc/%.o,task stand_in walk test_device control breakpoint apic ioapic pic decode)
