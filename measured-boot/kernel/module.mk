# SPDX-License-Identifier: Apache-2.0
INC_tests/unit += core/include
UNIT_TESTS += test_sha256
test_sha256_OBJS := tests/unit/test_sha256.o core/sha256.o
test_sha256_LIBS := -lmbedcrypto
