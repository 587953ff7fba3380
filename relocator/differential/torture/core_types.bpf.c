// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Types as such: there, as large, the same, by every kind of type. */
#include "torture.h"

struct task_struct {
	int pid;
	int tgid;
};

struct task_struct___pid {
	int pid;
};

/* Matches nowhere: the member is another. */
struct task_struct___wrong {
	struct task_struct *pid;
};

struct no_such_struct {
	int x;
};

struct list_head {
	struct list_head *next, *prev;
};

struct list_head___other {
	struct list_head___other *next;
	int prev;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct forward;
union bpf_attr___partly {
	__u32 map_type;
};

union no_such_union {
	int x;
};

enum pid_type {
	PIDTYPE_PID,
	PIDTYPE_TGID,
};

enum pid_type___more {
	PIDTYPE_PID_more = 0,
	NO_SUCH_TYPE,
};

enum no_such_enum {
	NOTHING,
};

typedef unsigned int gfp_t;
typedef struct {
	int counter;
} atomic_t;
typedef struct {
	long long counter;
} atomic64_t;
typedef int atomic_t___int;
typedef struct no_such_struct no_such_typedef;
typedef void (*smp_call_func_t)(void *);
typedef long (*smp_call_func_t___wrong)(void *, int);
typedef int (*no_such_function_t)(void);
typedef __u64 (*bpf_func_t)(__u64, __u64);
typedef char array_of_char[16];
typedef struct list_head *pointer_to_list;

unsigned long total;

#define ALL(type)                                                                                  \
	do {                                                                                       \
		total += bpf_core_type_exists(type) + 2 * bpf_core_type_size(type);                \
		total += bpf_core_type_id_local(type) + 3 * bpf_core_type_id_kernel(type);         \
	} while (0)

SEC("raw_tp/structs")
int structs(void *context)
{
	ALL(struct task_struct);
	ALL(struct task_struct___pid);
	ALL(struct task_struct___wrong);
	ALL(struct no_such_struct);
	ALL(struct list_head);
	ALL(union bpf_attr___partly);
	ALL(union no_such_union);
	return 0;
}

SEC("raw_tp/enums")
int enums(void *context)
{
	ALL(enum pid_type);
	ALL(enum pid_type___more);
	ALL(enum no_such_enum);
	return 0;
}

SEC("raw_tp/typedefs")
int typedefs(void *context)
{
	ALL(gfp_t);
	ALL(atomic_t);
	ALL(atomic64_t);
	ALL(atomic_t___int);
	ALL(no_such_typedef);
	ALL(smp_call_func_t);
	ALL(smp_call_func_t___wrong);
	ALL(no_such_function_t);
	ALL(bpf_func_t);
	ALL(array_of_char);
	ALL(pointer_to_list);
	return 0;
}

/* A struct without a name has an id here, but none in the kernel. */
SEC("raw_tp/local_only")
int local_only(void *context)
{
	struct {
		int x;
	} anonymous;

	return bpf_core_type_id_local(typeof(anonymous)) + bpf_core_type_id_local(struct task_struct);
}
