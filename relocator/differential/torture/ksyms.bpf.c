// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Symbols of the kernel: with and without a type, weak, absent. */
#include "torture.h"

struct rq {
	int cpu;
} __fitted;

extern const struct rq runqueues __ksym;
extern const struct rq no_such_variable __ksym __weak;
extern const void bpf_map_fops __ksym;
extern const void bpf_prog_fops __ksym __weak;
extern const void no_such_symbol __ksym __weak;
extern const int bpf_user_rnd_state_nothing __ksym __weak;
extern void bpf_link_fops __ksym;

__u64 total;

static __separate int of_type(int cpu)
{
	const struct rq *queue = bpf_per_cpu_ptr(&runqueues, cpu);

	return queue ? queue->cpu : -1;
}

SEC("raw_tp/variables")
int variables(void *context)
{
	const struct rq *queue = bpf_this_cpu_ptr(&runqueues);

	total += queue->cpu + of_type(3) + (__u64)&bpf_user_rnd_state_nothing;
	if (&no_such_variable)
		total += ((const struct rq *)bpf_this_cpu_ptr(&no_such_variable))->cpu;
	return 0;
}

SEC("raw_tp/addresses")
int addresses(void *context)
{
	total = (__u64)&bpf_map_fops + (__u64)&bpf_prog_fops + (__u64)&no_such_symbol;
	total += (__u64)&bpf_link_fops;
	return 0;
}
