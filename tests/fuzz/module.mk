# SPDX-License-Identifier: Apache-2.0
RUN_TESTS += tests/fuzz/slice.sh
