// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// clang: 16
/* Types that match the kernel's member by member, or do not. */
#include "torture.h"

struct list_head {
	struct list_head *next, *prev;
};

struct list_head___less {
	struct list_head___less *next;
};

struct list_head___int {
	struct list_head *next;
	int prev;
};

struct list_head___renamed {
	struct list_head *first;
};

struct task_struct {
	int pid;
	unsigned int flags;
	char comm[16];
	struct list_head tasks;
};

struct task_struct___signed {
	int flags;
};

struct task_struct___longer {
	char comm[17];
};

struct no_such_struct {
	int x;
};

struct forward;

struct file___forward {
	struct forward *f_op;
};

struct file___wrong {
	const struct list_head *f_op;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

enum pid_type {
	PIDTYPE_PID,
	PIDTYPE_TGID,
};

enum pid_type___wrong {
	NO_SUCH_TYPE,
};

enum pid_type___wide {
	PIDTYPE_SID = 1,
	PIDTYPE_PGID = 0x100000000,
};

union sigval {
	int sival_int;
	void *sival_ptr;
};

typedef unsigned int gfp_t;
typedef signed int gfp_t___signed;
typedef void (*smp_call_func_t)(void *);
typedef long (*smp_call_func_t___wrong)(void *, int);
typedef struct {
	int counter;
} atomic_t;
typedef struct {
	unsigned counter;
} atomic_t___unsigned;
typedef struct {
	long long counter;
} atomic64_t;

unsigned long total;

SEC("raw_tp/structs")
int structs(void *context)
{
	total += type_matches(struct list_head) + 2 * type_matches(struct list_head___less);
	total += type_matches(struct list_head___int) + 2 * type_matches(struct list_head___renamed);
	total += type_matches(struct task_struct) + 2 * type_matches(struct task_struct___signed);
	total += type_matches(struct task_struct___longer) + 2 * type_matches(struct no_such_struct);
	total += type_matches(struct file___forward) + 2 * type_matches(struct file___wrong);
	total += type_matches(struct path) + 2 * type_matches(union sigval);
	return 0;
}

SEC("raw_tp/others")
int others(void *context)
{
	total += type_matches(enum pid_type) + 2 * type_matches(enum pid_type___wrong);
	total += type_matches(enum pid_type___wide) + 2 * type_matches(gfp_t);
	total += type_matches(gfp_t___signed) + 2 * type_matches(smp_call_func_t);
	total += type_matches(smp_call_func_t___wrong) + 2 * type_matches(atomic_t);
	total += type_matches(atomic_t___unsigned) + 2 * type_matches(atomic64_t);
	return 0;
}
