# SPDX-License-Identifier: Apache-2.0
# Bulkhead. `make help` lists the targets. Each folder's module.mk adds its objects, tests and include paths:
#   INC_<dir>      include paths that files in <dir> may use: the arrows of the architecture
#   KERNEL_OBJS    resident kernel objects        BOOT_OBJS      start-up objects, erased before the first subject runs
#   ERASED_OBJS    resident objects of which one is erased as well: the backend that is not in use
#   GUARDED_OBJS   resident objects whose stack frames hold what a subject sends: guarded, as those of start-up are
#   HOST_PROGS     programs for the host:   <name>_OBJS, <name>_LIBS
#   GUESTS         bare-metal subjects:     <name>_OBJS             -> build/guests/<name>.elf
#   UNIT_TESTS     cmocka, ASan and UBSan:  <name>_OBJS, <name>_LIBS -> TAP
#   FUZZERS        libFuzzer:               <name>_OBJS, <name>_LIBS
#   RUN_TESTS      scripts that print TAP, run in this order after the unit tests
B := build
CC := gcc
CLANG := clang
WARN := -Wall -Wextra -Wconversion -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Werror
STD := -std=gnu11 -g -ffile-prefix-map=$(CURDIR)/=
# The kernel has no vector registers, so its stack needs no 16-byte frames; the rest makes its code smaller (`make size`). gcc
# translates all that stays, the two backends aside, as one program when it links: what has one caller becomes part of it.
# Structures are copied and cleared by quadwords, in half as many steps.
KERNEL_SMALL := $(if $(findstring gcc,$(CC)),-mpreferred-stack-boundary=3 -fno-caller-saves -fno-tree-loop-im \
  -fno-move-loop-invariants -fno-tree-dominator-opts -fno-jump-tables -fno-ipa-sra -fno-tree-reassoc -fno-tree-forwprop \
  -fno-if-conversion -fno-tree-tail-merge -fno-tree-coalesce-vars -fno-shrink-wrap -fno-forward-propagate -fno-ipa-vrp \
  -flive-range-shrinkage -mstringop-strategy=rep_8byte)
KERNEL_WHOLE := $(if $(findstring gcc,$(CC)),-flto -flto-partition=none -fdata-sections)
KERNEL_CFLAGS := $(STD) $(WARN) -Oz -ffreestanding -fno-pic -fno-pie -mno-red-zone -mgeneral-regs-only -mcmodel=small \
  -mstack-protector-guard=global -fcf-protection=none -fno-asynchronous-unwind-tables -fno-strict-aliasing \
  -fdata-sections -fno-builtin $(KERNEL_SMALL)
STACK_GUARD := -fno-stack-protector
WHOLE :=
GUEST_CFLAGS := $(STD) $(WARN) -O2 -ffreestanding -fno-pic -fno-pie -mno-red-zone -mgeneral-regs-only -mcmodel=small \
  -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables -fno-strict-aliasing -fno-builtin
HOST_CFLAGS := $(STD) $(WARN) -O2 -D_GNU_SOURCE
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
UNIT_CFLAGS := $(STD) $(WARN) -O1 -D_GNU_SOURCE -DUNIT_TEST $(SANITIZE)
FUZZ_CFLAGS := $(STD) -O1 -D_GNU_SOURCE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
inc = $(addprefix -I,$(INC_$(patsubst %/,%,$(dir $(1)))))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
KERNEL_OBJS :=
BOOT_OBJS :=
ERASED_OBJS :=
GUARDED_OBJS :=
HOST_PROGS :=
GUESTS :=
UNIT_TESTS :=
FUZZERS :=
RUN_TESTS :=
WIRE := policy/include channels/include audit/include measured-boot/include
include $(addsuffix /module.mk,core channels monitor audit measured-boot policy tests)

PROGS := $(HOST_PROGS:%=$(B)/bin/%)
GUEST_ELFS := $(GUESTS:%=$(B)/guests/%.elf)
UNITS := $(UNIT_TESTS:%=$(B)/unit-tests/%)
FUZZ_BINS := $(FUZZERS:%=$(B)/fuzzers/%)

all: $(B)/bulkhead.elf $(PROGS) $(GUEST_ELFS) $(IMAGES)  ## build everything

# What objects are compiled with: where that alone has changed they are compiled again. RESIDENT_MOST is the linker's.
FLAGS_kernel = $(CC) $(KERNEL_CFLAGS) $(KERNEL_WHOLE) $(GUARDED_OBJS) $(ERASED_OBJS) $(RESIDENT_MOST)
FLAGS_guest = $(CC) $(GUEST_CFLAGS)
FLAGS_host = $(CC) $(HOST_CFLAGS)
FLAGS_unit = $(CC) $(UNIT_CFLAGS)
FLAGS_fuzz = $(CLANG) $(FUZZ_CFLAGS)
$(B)/%/flags: FORCE
	@mkdir -p $(@D); echo '$(FLAGS_$*)' | cmp -s - $@ || echo '$(FLAGS_$*)' >$@
FORCE:

$(BOOT_OBJS:%=$(B)/kernel/%): STACK_GUARD := -fstack-protector-strong
$(GUARDED_OBJS:%=$(B)/kernel/%): STACK_GUARD := -fstack-protector
$(patsubst %,$(B)/kernel/%,$(filter-out $(ERASED_OBJS),$(KERNEL_OBJS))): WHOLE := $(KERNEL_WHOLE)
$(B)/kernel/%.o: %.c $(B)/kernel/flags
	@mkdir -p $(@D); $(CC) $(KERNEL_CFLAGS) $(STACK_GUARD) $(WHOLE) $(call inc,$<) -MMD -MP -c $< -o $@
$(B)/kernel/%.o: %.S $(B)/kernel/flags
	@mkdir -p $(@D); $(CC) $(KERNEL_CFLAGS) $(STACK_GUARD) $(call inc,$<) -MMD -MP -c $< -o $@
$(B)/guest/%.o: %.c $(B)/guest/flags
	@mkdir -p $(@D); $(CC) $(GUEST_CFLAGS) $(call inc,$<) -MMD -MP -c $< -o $@
$(B)/guest/%.o: %.S $(B)/guest/flags
	@mkdir -p $(@D); $(CC) $(GUEST_CFLAGS) $(call inc,$<) -MMD -MP -c $< -o $@
$(B)/host/%.o: %.c $(B)/host/flags
	@mkdir -p $(@D); $(CC) $(HOST_CFLAGS) $(call inc,$<) -MMD -MP -c $< -o $@
$(B)/unit/%.o: %.c $(B)/unit/flags
	@mkdir -p $(@D); $(CC) $(UNIT_CFLAGS) $(call inc,$<) -MMD -MP -c $< -o $@
$(B)/fuzz/%.o: %.c $(B)/fuzz/flags
	@mkdir -p $(@D); $(CLANG) $(FUZZ_CFLAGS) $(call inc,$<) -MMD -MP -c $< -o $@

# The kernel: linked as ELF64, shipped in the ELF32 container that every multiboot loader and tboot reads.
# Start-up objects are joined first, so that the linker script can tell them from the resident ones. It refuses a kernel of
# which more stays than promised; those that other compilers make, or tests with a fault, may be larger.
RESIDENT_MOST := $(if $(findstring clang,$(CC)),65536,16384)
$(B)/kernel/startup.o: $(BOOT_OBJS:%=$(B)/kernel/%)
	@ld -r -z noexecstack -o $@ $^
$(B)/bulkhead.elf64: core/arch/x86_64/kernel.ld $(B)/kernel/flags $(KERNEL_OBJS:%=$(B)/kernel/%) $(B)/kernel/startup.o
	@echo "  LINK  $@"; $(CC) $(KERNEL_WHOLE) -nostdlib -static -Wl,--gc-sections,-z,noexecstack \
	  -Wl,-z,max-page-size=4096,--build-id=none \
	  -Wl,--defsym=RESIDENT_MOST=$(RESIDENT_MOST),-T,core/arch/x86_64/kernel.ld,-Map,$(B)/bulkhead.map -o $@ $(filter %.o,$^)
$(B)/bulkhead.elf: $(B)/bulkhead.elf64
	@objcopy -O elf32-i386 --strip-debug $< $@

define host_prog
$(B)/bin/$(1): $$($(1)_OBJS:%=$(B)/host/%)
	@mkdir -p $$(@D); echo "  LINK  $$@"; $$(CC) -o $$@ $$^ $$($(1)_LIBS)
endef
define guest_elf
$(B)/guests/$(1).elf: channels/guest/guest.ld $$($(1)_OBJS:%=$(B)/guest/%)
	@mkdir -p $$(@D); echo "  LINK  $$@"; $$(CC) -nostdlib -static -Wl,-z,noexecstack,-z,max-page-size=4096,--build-id=none \
	  -Wl,-T,channels/guest/guest.ld -o $$@ $$(filter %.o,$$^)
endef
define unit_test
$(B)/unit-tests/$(1): $$($(1)_OBJS:%=$(B)/unit/%)
	@mkdir -p $$(@D); echo "  LINK  $$@"; $$(CC) $$(SANITIZE) -o $$@ $$^ -lcmocka $$($(1)_LIBS)
endef
define fuzzer
$(B)/fuzzers/$(1): $$($(1)_OBJS:%=$(B)/fuzz/%)
	@mkdir -p $$(@D); echo "  LINK  $$@"; $$(CLANG) -fsanitize=fuzzer,address,undefined -o $$@ $$^ $$($(1)_LIBS)
endef
$(foreach p,$(HOST_PROGS),$(eval $(call host_prog,$(p))))
$(foreach p,$(GUESTS),$(eval $(call guest_elf,$(p))))
$(foreach p,$(UNIT_TESTS),$(eval $(call unit_test,$(p))))
$(foreach p,$(FUZZERS),$(eval $(call fuzzer,$(p))))

# One word for the shell, whatever is in it.
quote = '$(subst ','\'',$(1))'
# As many at once as there are CPUs, where nobody says another number.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
deps:  ## install the Debian packages that are missing
	@tests/deps.sh
demo: $(if $(filter-out 0 1,$(HOSTILE)),bad-hostile) deps  ## run the AIS gateway: INPUT=FILE, HOSTILE=1
	@$(MAKE) --no-print-directory $(JOBS) all
	@tests/qemu/demo.py $(if $(INPUT),--input $(call quote,$(INPUT))) $(if $(filter 1,$(HOSTILE)),--hostile)
bad-hostile:
	$(error HOSTILE=$(HOSTILE): say HOSTILE=1, or nothing)
test: deps  ## run every test; ends with "N passed, N failed"
	@$(MAKE) --no-print-directory $(JOBS) all $(UNITS) $(FUZZ_BINS)
	@tests/run.py $(UNITS) $(RUN_TESTS)
unit: $(UNITS)  ## unit tests alone
	@tests/run.py $(UNITS)
SECONDS := 60
fuzz: $(FUZZ_BINS)  ## fuzz each target for SECONDS=60
	@tests/fuzz/run.sh $(SECONDS) $(FUZZ_BINS)
bench: all  ## path lengths and verdicts, counted in instructions; what the compiler costs on policies of growing size
	@tests/qemu/bench.py
	@tests/scale/measure.py
	@$(MAKE) --no-print-directory bench-channels
	@$(MAKE) --no-print-directory bench-verdicts
size: $(B)/bulkhead.elf  ## resident bytes a module, lines a folder
	@tests/size.py
clean:  ## remove build/
	@rm -rf $(B)
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile $(filter %.mk,$(MAKEFILE_LIST)) | sed -E 's/:[^#]*##/\t/' | expand -t 16
.PHONY: FORCE all deps demo bad-hostile test unit fuzz bench size clean help

-include $(shell find $(B) -type f -name '*.d' 2>/dev/null)
