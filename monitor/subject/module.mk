# SPDX-License-Identifier: Apache-2.0
# For monitors, which are guests: what their subjects' exits mean.
MONITOR_INC := $(GUEST_INC) monitor/subject/include
INC_monitor/subject := $(MONITOR_INC)
MONITOR_LIB := monitor/subject/exit.o
