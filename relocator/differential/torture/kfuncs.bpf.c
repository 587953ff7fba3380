// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// clang: 16
/* Functions of the kernel: by name and flavour, weak, of another prototype, absent. */
#include "torture.h"

#ifndef bpf_ksym_exists
#define bpf_ksym_exists(symbol) (!!symbol)
#endif

struct task_struct;
struct cgroup;

struct task_struct *bpf_task_acquire(struct task_struct *task) __ksym __weak;
void bpf_task_release(struct task_struct *task) __ksym __weak;
void bpf_task_release___flavour(struct task_struct *task) __ksym __weak;
struct task_struct *bpf_task_acquire___wrong(int number, int other) __ksym __weak;
void bpf_rcu_read_lock(void) __ksym __weak;
void bpf_rcu_read_unlock(void) __ksym __weak;
int no_such_function(int number) __ksym __weak;
struct cgroup *bpf_cgroup_acquire(struct cgroup *group) __ksym __weak;

long total;

static __separate int locked(int x)
{
	if (bpf_rcu_read_lock)
		bpf_rcu_read_lock();
	x += total;
	if (bpf_rcu_read_unlock)
		bpf_rcu_read_unlock();
	return x;
}

SEC("raw_tp/calls")
int calls(void **context)
{
	struct task_struct *task = bpf_task_acquire(context[0]);

	if (task)
		bpf_task_release(task);
	bpf_task_release___flavour(context[1]);
	bpf_task_acquire___wrong(1, 2);
	return locked(3);
}

SEC("raw_tp/absent")
int absent(void **context)
{
	if (bpf_ksym_exists(no_such_function))
		total += no_such_function(3);
	total += bpf_ksym_exists(bpf_cgroup_acquire) ? (long)bpf_cgroup_acquire(context[0]) : 0;
	return no_such_function(total);
}
