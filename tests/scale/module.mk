# SPDX-License-Identifier: Apache-2.0
# What the compiler costs on large policies.
RUN_TESTS += tests/scale/test_scale.py tests/scale/test_growth.py

scale: $(B)/bin/bulkhead  ## time and memory of the compiler on policies of growing size
	@tests/scale/measure.py
.PHONY: scale
