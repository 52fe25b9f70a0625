# SPDX-License-Identifier: Apache-2.0
# The kernel proper. Start-up objects (BOOT_OBJS) are erased before the first subject runs.
INC_core := core/include $(WIRE) policy/kernel
INC_core/arch/x86_64 := core/include core/arch/x86_64/include $(WIRE)
INC_core/arch/x86_64/boot := $(INC_core/arch/x86_64) core/arch/x86_64/boot

KERNEL_OBJS += core/hypercall.o core/policy.o core/restart.o core/schedule.o core/sha256.o core/subject.o
KERNEL_OBJS += $(addprefix core/arch/x86_64/,apic.o console.o flush.o handover.o memory.o panic.o svm.o svm_enter.o \
  trap.o vcpu.o vmx.o vmx_enter.o)
ERASED_OBJS += core/arch/x86_64/svm.o core/arch/x86_64/vmx.o
GUARDED_OBJS += core/arch/x86_64/vcpu.o
BOOT_OBJS += core/start.o
BOOT_OBJS += $(addprefix core/arch/x86_64/boot/,backend.o clock.o entry.o io_apic.o kernel_map.o map_check.o multiboot.o \
  paging.o pool.o smp.o start.o svm_start.o vmx_start.o walk.o)

INC_core/arch/host := core/include core/arch/host/include $(WIRE)
UNIT_TESTS += core
core_OBJS := tests/unit/test_core.o core/arch/host/arch.o audit/kernel/note.o \
  $(addprefix core/,hypercall.o policy.o restart.o schedule.o sha256.o subject.o)
UNIT_TESTS += restart
restart_OBJS := tests/unit/test_restart.o $(filter-out tests/%,$(core_OBJS))
UNIT_TESTS += map_check
map_check_OBJS := tests/unit/test_map_check.o tests/unit/image_builder.o tests/unit/fake_core.o \
  core/sha256.o policy/kernel/image_pool.o \
  $(addprefix core/arch/x86_64/boot/,map_check.o paging.o walk.o)
INC_tests/unit += $(INC_core) core/arch/host/include $(INC_core/arch/x86_64/boot)
