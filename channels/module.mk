# SPDX-License-Identifier: Apache-2.0
include $(sort $(wildcard channels/*/module.mk))
