// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The other of two files. */
#include "torture.h"

struct task_struct {
	int tgid;
	int pid;
} __fitted;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, int);
	__type(value, long);
} shared SEC(".maps") __weak;

extern int ours;
int theirs = 5;
static int private_one = 7;
extern bool CONFIG_BPF __kconfig;
extern int CONFIG_HZ __kconfig;

int for_the_other(int x);

__separate int overridden(int x)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return x - BPF_CORE_READ(task, tgid) + private_one;
}

__weak __separate int weak_in_both(int x)
{
	return x + 2;
}

static __separate int same_name(int x)
{
	return x - private_one--;
}

__separate int from_the_other(int x)
{
	return same_name(x) + for_the_other(x) + weak_in_both(x);
}

static long loop(unsigned int index, void *context)
{
	return same_name(index) > ours;
}

SEC("tc")
int two(struct __sk_buff *packet)
{
	int key = packet->mark;

	bpf_loop(3, loop, 0, 0);
	bpf_map_lookup_elem(&shared, &key);
	theirs += ours + CONFIG_BPF + CONFIG_HZ;
	return for_the_other(key) + overridden(key);
}

SEC("xdp")
int three(struct xdp_md *packet)
{
	return same_name(theirs);
}
