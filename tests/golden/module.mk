# SPDX-License-Identifier: Apache-2.0
RUN_TESTS += tests/golden/test_golden.py
