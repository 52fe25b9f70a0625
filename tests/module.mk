# SPDX-License-Identifier: Apache-2.0
# Scripts find the build in $B.
export B
RUN_TESTS += $(addprefix tests/unit/,test_kernel_code.py test_run.py test_style.py test_fault_texts.py test_emulator.py \
  test_scripts.py test_readme.py test_man.py test_clang.sh)
include $(sort $(wildcard tests/*/module.mk))
