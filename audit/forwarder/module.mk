# SPDX-License-Identifier: Apache-2.0
# The audit subject: the one guest that includes the wire headers of audit and policy, since it reads both.
INC_audit/forwarder := $(GUEST_INC) audit/include policy/include
GUESTS += audit
audit_OBJS := $(patsubst %,audit/forwarder/%.o,forward syslog catalogue command) $(GUEST_LIB)

INC_tests/unit += . audit/include policy/include
UNIT_TESTS += forwarder
forwarder_OBJS := tests/unit/test_forwarder.o $(patsubst %,audit/forwarder/%.o,syslog catalogue command) channels/guest/text.o
