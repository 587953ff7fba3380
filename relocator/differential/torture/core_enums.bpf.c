// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Enumerators: their values, whether they are there, in 32 and 64 bits. */
#include "torture.h"

enum pid_type {
	PIDTYPE_PID = 77,
	PIDTYPE_TGID,
	PIDTYPE_SID = 99,
	NO_SUCH_TYPE,
};

enum pid_type___flavour {
	PIDTYPE_PGID___other = 5,
};

enum bpf_func_id___local {
	BPF_FUNC_get_attach_cookie___local = 1000,
	BPF_FUNC_loop___local,
	BPF_FUNC_no_such_function,
};

enum hrtimer_restart {
	HRTIMER_NORESTART = -1,
	HRTIMER_RESTART = 9,
};

/* Negative and large ones. */
enum zone_type {
	ZONE_NORMAL = -5,
	ZONE_MOVABLE = 0x7fffffff,
};

enum perf_event_sample_format {
	PERF_SAMPLE_IP = 9,
	PERF_SAMPLE_MAX = 5,
};

enum rpm_status {
	RPM_INVALID = 3,
	RPM_ACTIVE = 8,
};

typedef enum {
	SS_FREE = 3,
	SS_CONNECTED,
	SS_NOTHING,
} socket_state;

enum no_such_enum {
	NOTHING,
};

long total;

#define BOTH(type, value)                                                                          \
	do {                                                                                       \
		if (bpf_core_enum_value_exists(type, value))                                       \
			total += bpf_core_enum_value(type, value);                                 \
	} while (0)

SEC("raw_tp/there")
int there(void *context)
{
	BOTH(enum pid_type, PIDTYPE_PID);
	BOTH(enum pid_type, PIDTYPE_TGID);
	BOTH(enum pid_type, PIDTYPE_SID);
	BOTH(enum pid_type___flavour, PIDTYPE_PGID___other);
	BOTH(enum hrtimer_restart, HRTIMER_RESTART);
	BOTH(enum hrtimer_restart, HRTIMER_NORESTART);
	BOTH(enum zone_type, ZONE_NORMAL);
	BOTH(enum zone_type, ZONE_MOVABLE);
	BOTH(enum perf_event_sample_format, PERF_SAMPLE_IP);
	BOTH(enum perf_event_sample_format, PERF_SAMPLE_MAX);
	BOTH(enum rpm_status, RPM_INVALID);
	BOTH(enum rpm_status, RPM_ACTIVE);
	BOTH(socket_state, SS_CONNECTED);
	return 0;
}

SEC("raw_tp/perhaps")
int perhaps(void *context)
{
	BOTH(enum bpf_func_id___local, BPF_FUNC_get_attach_cookie___local);
	BOTH(enum bpf_func_id___local, BPF_FUNC_loop___local);
	return 0;
}

SEC("raw_tp/missing")
int missing(void *context)
{
	BOTH(enum pid_type, NO_SUCH_TYPE);
	BOTH(socket_state, SS_NOTHING);
	BOTH(enum bpf_func_id___local, BPF_FUNC_no_such_function);
	BOTH(enum no_such_enum, NOTHING);
	return bpf_core_enum_value(enum pid_type, NO_SUCH_TYPE);
}
