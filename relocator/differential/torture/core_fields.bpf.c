// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Fields by every way to them: nested, by pointers, through unions and members without a name. */
#include "torture.h"

typedef int pid_alias;
typedef const volatile pid_alias pid_chain;

struct list_head {
	struct list_head *next, *prev;
} __fitted;

struct cred {
	struct {
		unsigned int val;
	} uid;
} __fitted;

struct mm_struct {
	struct {
		unsigned long start_code;
		union {
			unsigned long end_code;
			unsigned long no_such_code;
		};
	};
} __fitted;

struct task_struct {
	pid_chain pid;
	int tgid;
	char comm[16];
	struct task_struct *group_leader;
	struct task_struct *real_parent;
	const struct cred *cred;
	struct mm_struct *mm;
	struct list_head tasks;
	unsigned long flags;
	unsigned long no_such_field;
	struct {
		int within;
	} no_such_struct;
	unsigned int policy;
	unsigned char no_such_byte;
} __fitted;

/* Other layouts of the same type, by flavour. */
struct task_struct___old {
	long state;
} __fitted;

struct task_struct___new {
	unsigned int __state;
} __fitted;

/* The last ___ counts, and what is before and behind it. */
struct task_struct___one___two {
	int tgid;
} __fitted;

struct task_struct___ {
	int tgid;
} __fitted;

struct task_struct____x {
	int tgid;
} __fitted;

/* A struct here and a union there, a union here and a struct there. */
union sock_common {
	unsigned short skc_family;
	unsigned char skc_state;
	struct {
		unsigned int skc_daddr;
		unsigned int skc_rcv_saddr;
	};
	struct {
		unsigned short skc_dport;
		unsigned short skc_num;
	};
} __fitted;

struct sock {
	union sock_common __sk_common;
	struct sock *no_such_sock;
} __fitted;

struct socket {
	struct sock *sk;
	short type;
	unsigned long flags;
} __fitted;

struct file;

struct inode___small {
	unsigned short i_mode;
	unsigned long i_ino;
	unsigned char i_blkbits;
} __fitted;

unsigned long total;
char name[16];

SEC("kprobe/reads")
int reads(struct pt_regs *context)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	total += BPF_CORE_READ(task, pid);
	total += BPF_CORE_READ(task, group_leader, real_parent, tgid);
	total += BPF_CORE_READ(task, cred, uid.val);
	total += BPF_CORE_READ(task, mm, start_code) + BPF_CORE_READ(task, mm, end_code);
	total += (long)BPF_CORE_READ(task, tasks.next);
	BPF_CORE_READ_STR_INTO(&name, task, group_leader, comm);
	return 0;
}

/* Loads and stores of the kernel's memory, as programs of BTF-typed hooks make them. */
SEC("raw_tp/loads")
int loads(void **context)
{
	struct task_struct *task = context[0];
	struct socket *socket = context[1];
	struct inode___small *inode = context[2];

	total += task->pid + task->tgid + task->flags + task->comm[3] + task->policy;
	total += (long)task->tasks.prev + task->group_leader->tgid + task->cred->uid.val;
	total += socket->type + socket->flags + socket->sk->__sk_common.skc_family;
	total += socket->sk->__sk_common.skc_daddr + socket->sk->__sk_common.skc_num;
	total += socket->sk->__sk_common.skc_state;
	total += inode->i_mode + inode->i_ino + inode->i_blkbits;
	return 0;
}

SEC("raw_tp/stores")
int stores(void **context)
{
	struct task_struct *task = context[0];
	struct socket *socket = context[1];

	task->tgid = 1;
	task->flags = total;
	task->comm[5] = 'x';
	task->group_leader->tgid = (int)total;
	task->no_such_field = 3;
	task->no_such_byte = total;
	socket->type = 7;
	socket->flags = 1;
	socket->sk->__sk_common.skc_family = total;
	__sync_fetch_and_add(&task->flags, 5);
	return 0;
}

SEC("raw_tp/addresses")
int addresses(void **context)
{
	struct task_struct *task = context[0];
	unsigned long here = (unsigned long)context;

	here += (unsigned long)&task->tasks.prev - (unsigned long)task;
	bpf_probe_read_kernel(&total, sizeof(total), &task->mm->no_such_code);
	bpf_probe_read_kernel(&name, sizeof(name), &task->comm);
	return here;
}

/* Absent, guarded and not. */
SEC("raw_tp/missing")
int missing(void **context)
{
	struct task_struct *task = context[0];
	struct socket *socket = context[1];

	if (bpf_core_field_exists(task->no_such_field))
		total += task->no_such_field;
	if (bpf_core_field_exists(task->no_such_struct.within))
		total += task->no_such_struct.within;
	total += task->no_such_field + task->no_such_byte;
	total += (long)socket->sk->no_such_sock;
	return BPF_CORE_READ(task, no_such_struct.within);
}

SEC("raw_tp/flavours")
int flavours(void **context)
{
	struct task_struct___old *old = context[0];
	struct task_struct___new *new = context[0];

	if (bpf_core_field_exists(old->state))
		total += old->state;
	else
		total += new->__state;
	total += ((struct task_struct___one___two *)context[1])->tgid;
	total += ((struct task_struct___ *)context[1])->tgid;
	total += ((struct task_struct____x *)context[1])->tgid;
	return 0;
}

SEC("raw_tp/information")
int information(void **context)
{
	struct task_struct *task = context[0];
	struct sock *sock = context[1];

	total += bpf_core_field_exists(task->comm) + 2 * bpf_core_field_exists(task->pid);
	total += bpf_core_field_size(task->comm) + bpf_core_field_size(task->tasks);
	total += bpf_core_field_size(sock->__sk_common.skc_daddr);
	total += bpf_core_field_offset(task->tgid) + bpf_core_field_offset(task->comm[7]);
	total += bpf_core_field_size(task->no_such_field);
	total += __builtin_preserve_field_info(task->pid, BPF_FIELD_SIGNED);
	total += __builtin_preserve_field_info(task->flags, BPF_FIELD_SIGNED);
	total += __builtin_preserve_field_info(task->pid, BPF_FIELD_LSHIFT_U64);
	total += __builtin_preserve_field_info(task->pid, BPF_FIELD_RSHIFT_U64);
	total += __builtin_preserve_field_info(sock->__sk_common.skc_state, BPF_FIELD_LSHIFT_U64);
	return 0;
}
