# SPDX-License-Identifier: Apache-2.0
# bulkhead-audit, a program for the host. It formats records with the forwarder's own code and compares.
INC_audit/viewer := . $(WIRE) policy/kernel channels/guest/include
HOST_PROGS += bulkhead-audit
VIEWER_OBJS = $(addprefix audit/viewer/,input.o heads.o names.o entry.o chain.o verify.o report.o) $(FORMAT_OBJS)
FORMAT_OBJS := audit/forwarder/syslog.o audit/forwarder/catalogue.o channels/guest/text.o
bulkhead-audit_OBJS = audit/viewer/main.o $(VIEWER_OBJS) $(IMAGE_CHECK_OBJS)
bulkhead-audit_LIBS := -lmbedcrypto

RUN_TESTS += tests/unit/test_audit_verify.py
INC_tests/unit += . channels/guest/include
UNIT_TESTS += audit_viewer
audit_viewer_OBJS = tests/unit/test_audit_viewer.o $(VIEWER_OBJS) $(AUDITED_OBJS)
audit_viewer_LIBS := -lmbedcrypto

INC_tests/fuzz += . $(WIRE) channels/guest/include
FUZZERS += audit_log
audit_log_OBJS = tests/fuzz/fuzz_audit_log.o $(VIEWER_OBJS) $(IMAGE_CHECK_OBJS)
audit_log_LIBS := -lmbedcrypto
