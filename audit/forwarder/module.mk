# SPDX-License-Identifier: Apache-2.0
# The audit subject: the one guest that includes the wire headers of audit and policy, since it reads both.
INC_audit/forwarder := $(GUEST_INC) audit/include policy/include
GUESTS += audit
audit_OBJS := $(patsubst %,audit/forwarder/%.o,forward syslog catalogue command) $(GUEST_LIB)
