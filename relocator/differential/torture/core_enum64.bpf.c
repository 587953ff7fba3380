// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// clang: 16
/* Enumerations of 64 bits, here, in the kernel, or both. */
#include "torture.h"

enum large {
	LARGE = 0x123456789abcdefULL,
};

enum pid_type {
	PIDTYPE_PID = 0x1234567890ULL,
	PIDTYPE_TGID = 3,
	NO_SUCH_TYPE = 4,
};

enum zone_type {
	ZONE_NORMAL = -0x1234567890LL,
	ZONE_MOVABLE = 3,
};

enum perf_event_sample_format {
	PERF_SAMPLE_IP = 0x8000000000000000ULL,
	PERF_SAMPLE_TID = 3,
};

/* Of 64 bits in the kernel from some version on. */
enum {
	BPF_F_INDEX_MASK_ = 1,
};

enum scx_public_consts {
	SCX_OPS_NAME_LEN = 1,
	SCX_SLICE_DFL = 2,
	SCX_SLICE_INF = 3,
};

enum scx_enq_flags {
	SCX_ENQ_WAKEUP = 1,
	SCX_ENQ_PREEMPT = 2,
	SCX_ENQ_DSQ_PRIQ = 3,
};

unsigned long total;

#define BOTH(type, value)                                                                          \
	do {                                                                                       \
		if (bpf_core_enum_value_exists(type, value))                                       \
			total += bpf_core_enum_value(type, value);                                 \
	} while (0)

SEC("raw_tp/values")
int values(void *context)
{
	BOTH(enum large, LARGE);
	BOTH(enum pid_type, PIDTYPE_PID);
	BOTH(enum pid_type, PIDTYPE_TGID);
	BOTH(enum pid_type, NO_SUCH_TYPE);
	BOTH(enum zone_type, ZONE_NORMAL);
	BOTH(enum zone_type, ZONE_MOVABLE);
	BOTH(enum perf_event_sample_format, PERF_SAMPLE_IP);
	BOTH(enum perf_event_sample_format, PERF_SAMPLE_TID);
	BOTH(enum scx_public_consts, SCX_OPS_NAME_LEN);
	BOTH(enum scx_public_consts, SCX_SLICE_DFL);
	BOTH(enum scx_public_consts, SCX_SLICE_INF);
	BOTH(enum scx_enq_flags, SCX_ENQ_WAKEUP);
	BOTH(enum scx_enq_flags, SCX_ENQ_PREEMPT);
	BOTH(enum scx_enq_flags, SCX_ENQ_DSQ_PRIQ);
	return 0;
}

SEC("raw_tp/types")
int types(void *context)
{
	total += bpf_core_type_exists(enum large) + bpf_core_type_size(enum pid_type);
	total += bpf_core_type_exists(enum zone_type) + bpf_core_type_id_kernel(enum pid_type);
	total += type_matches(enum pid_type) + 2 * type_matches(enum zone_type);
	return 0;
}
