// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a variable that is something else in the kernel, even if it is weak. */
#include "torture.h"

struct rq {
	int cpu;
};

extern const struct rq *runqueues __ksym __weak;

SEC("tc")
int program(struct __sk_buff *packet)
{
	return (long)&runqueues;
}
