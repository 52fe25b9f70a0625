# SPDX-License-Identifier: Apache-2.0
include $(sort $(wildcard policy/*/module.mk policy/examples/*/module.mk policy/examples/*/*/module.mk))
