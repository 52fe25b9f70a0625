# SPDX-License-Identifier: Apache-2.0
# Kernels that were not made for this system, as subjects; and `tester`, one of our own.
FOREIGN_CFLAGS := -m32 -march=i686 $(filter-out -mcmodel=small -mno-red-zone -O2,$(GUEST_CFLAGS)) -Os
FOREIGN_TESTER := $(addprefix tests/foreign/,tester_entry.S tester.c tester_lines.c tester_breaks.c \
  tester_memory.c tester_modes.c tester_tasks.c)
$(B)/foreign-tester.elf: $(FOREIGN_TESTER) tests/foreign/tester.h tests/foreign/tester.ld
	@echo "  LINK  $@"; $(CC) $(FOREIGN_CFLAGS) -nostdlib -static -Wl,-m,elf_i386,-z,noexecstack,--build-id=none \
	  -Wl,-T,tests/foreign/tester.ld -o $@ $(FOREIGN_TESTER)
$(B)/guests/loader.o: $(LOADER_OBJS:%=$(B)/guest/%)
	@mkdir -p $(@D); ld -r -o $@ $^
IMAGES += $(B)/foreign-tester.elf $(B)/guests/loader.o
MEMORY := 256M
BACKEND := svm
foreign: SECONDS := 900
foreign: all  ## a multiboot kernel as a subject: KERNEL=FILE, MODULE=FILE, MEMORY=256M, LINE=WORDS, SECONDS=900, BACKEND=vmx
	@tests/foreign/foreign.py $(call quote,$(KERNEL)) --module $(call quote,$(MODULE)) --memory $(call quote,$(MEMORY)) \
	  --line=$(call quote,$(LINE)) --seconds $(call quote,$(SECONDS)) --backend $(call quote,$(BACKEND))
.PHONY: foreign
RUN_TESTS += tests/foreign/test_foreign.py tests/foreign/test_foreign_vmx.py
