# SPDX-License-Identifier: Apache-2.0
# The kernel on Intel VMX, which QEMU does not emulate.
RUN_TESTS += $(addprefix tests/bochs/,test_kernel_vmx.py test_faults_vmx.py test_isolation_vmx.py test_isolation_svm.py \
  test_walk_vmx.py test_vast_vmx.py test_digests_vmx.py test_lengths_vmx.py test_shares_vmx.py test_breakpoints.py \
  test_processors_vmx.py test_campaign_vmx.py test_colours_vmx.py test_secrets_vmx.py)
test-bochs: all  ## the kernel on Intel VMX, in Bochs
	@tests/bochs/test_kernel_vmx.py corei7_skylake_x && tests/bochs/test_kernel_vmx.py tigerlake && \
	tests/bochs/test_isolation_vmx.py corei7_skylake_x && tests/bochs/test_isolation_vmx.py tigerlake && \
	tests/bochs/test_isolation_svm.py && tests/bochs/test_faults_vmx.py && tests/bochs/test_walk_vmx.py && \
	tests/bochs/test_vast_vmx.py && \
	tests/bochs/test_digests_vmx.py && tests/bochs/test_colours_vmx.py && tests/bochs/test_secrets_vmx.py && \
	tests/bochs/test_campaign_vmx.py riot && \
	tests/bochs/test_lengths_vmx.py && tests/bochs/test_shares_vmx.py && tests/bochs/test_breakpoints.py && \
	tests/bochs/test_processors_vmx.py && \
	tests/bochs/test_noninterference_vmx.py && tests/foreign/test_foreign_vmx.py all
bench-bochs: all  ## path lengths on Intel VMX, counted in instructions
	@tests/bochs/bench_vmx.py
.PHONY: test-bochs bench-bochs
