// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One of two files that become one object: what they share. */
#include "torture.h"

struct task_struct {
	int pid;
} __fitted;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, int);
	__type(value, long);
} shared SEC(".maps") __weak;

extern int theirs;
int ours = 3;
static int private_one = 4;
extern bool CONFIG_BPF __kconfig;
extern const void bpf_map_fops __ksym;

int from_the_other(int x);

/* The other file has another one, which is not weak and wins. */
__weak __separate int overridden(int x)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return x + BPF_CORE_READ(task, pid) + private_one;
}

__weak __separate int weak_in_both(int x)
{
	return x + 1;
}

static __separate int same_name(int x)
{
	return x + private_one++;
}

__hidden __separate int for_the_other(int x)
{
	return same_name(x) + overridden(x);
}

SEC("tc")
int one(struct __sk_buff *packet)
{
	int key = packet->len;

	bpf_map_lookup_elem(&shared, &key);
	ours += theirs + CONFIG_BPF + ((long)&bpf_map_fops & 1);
	return from_the_other(key) + overridden(key) + weak_in_both(key) + same_name(key);
}
