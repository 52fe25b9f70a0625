# SPDX-License-Identifier: Apache-2.0
# The whole system in QEMU; the quick ones first.
RUN_TESTS += $(addprefix tests/qemu/,test_stall.py test_image.py test_measure.py test_boot.py test_flush.py test_kernel.py \
  test_isolation.py test_walk.py test_vast.py test_colours.py test_campaign.py test_noninterference.py test_new.py \
  test_erase.py test_faults.py test_shadow.py test_starts.py test_lengths.py test_digests.py test_processors.py test_chain.py \
  test_demo.py test_hostile.py)
# One that oversleeps: how the emulator's defects are recognised.
$(B)/test-sleeper.elf: tests/qemu/sleeper_entry.S
	@echo "  LINK  $@"; $(CC) -m32 -nostdlib -static \
	  -Wl,-m,elf_i386,-N,-z,noexecstack,--no-warn-rwx-segments,--build-id=none,-Ttext=0x100000 -o $@ $<
IMAGES += $(B)/test-sleeper.elf
campaign: all  ## memory up to 1 TiB; acts at random by the million: 10 on AMD SVM, 1 on Intel VMX
	@tests/qemu/test_walk.py walk-far && tests/qemu/test_campaign.py campaign && tests/bochs/test_campaign_vmx.py campaign-vmx
noninterference: all  ## what a subject sees beside another: a hundred secrets
	@tests/qemu/test_noninterference.py 100
.PHONY: campaign noninterference
