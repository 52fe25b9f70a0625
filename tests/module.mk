# SPDX-License-Identifier: Apache-2.0
# Scripts find the build in $B.
export B
RUN_TESTS += tests/unit/test_run.py tests/unit/test_readme.py
include $(sort $(wildcard tests/*/module.mk))
