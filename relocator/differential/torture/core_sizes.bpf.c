// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Fields of another size than the kernel's: the access is widened or narrowed, or poisoned. */
#include "torture.h"

struct task_struct {
	unsigned char flags;
	unsigned long policy;
	unsigned short exit_signal;
	unsigned long pid;
	char prio;
	unsigned long comm;
	unsigned int stack;
	void *mm;
	unsigned char utime;
	unsigned short stime;
	long tgid;
} __fitted;

struct task_struct___signed {
	signed char flags;
	long policy;
	signed short utime;
	int stime;
} __fitted;

struct task_struct___pointers {
	struct task_struct *real_parent;
	void *flags;
	unsigned char *group_leader;
} __fitted;

struct inode {
	unsigned long i_mode;
	unsigned int i_ino;
	unsigned char i_flags;
	unsigned long i_blkbits;
	unsigned long i_nlink;
} __fitted;

struct sock_common {
	unsigned long skc_family;
	unsigned int skc_state;
	unsigned char skc_daddr;
	unsigned short skc_hash;
} __fitted;

enum wide { WIDE = 1 };

struct sk_buff {
	unsigned char len;
	unsigned long data_len;
	unsigned int mac_len;
	enum wide protocol;
	unsigned int head;
} __fitted;

unsigned long total;

SEC("raw_tp/unsigned_loads")
int unsigned_loads(void **context)
{
	struct task_struct *task = context[0];
	struct inode *inode = context[1];
	struct sock_common *sock = context[2];
	struct sk_buff *packet = context[3];

	total += task->flags + task->policy + task->exit_signal + task->pid + task->prio;
	total += task->utime + task->stime + task->tgid;
	total += inode->i_mode + inode->i_ino + inode->i_flags + inode->i_blkbits + inode->i_nlink;
	total += sock->skc_family + sock->skc_state + sock->skc_daddr + sock->skc_hash;
	total += packet->len + packet->data_len + packet->mac_len + packet->protocol;
	return 0;
}

SEC("raw_tp/signed_loads")
int signed_loads(void **context)
{
	struct task_struct___signed *task = context[0];

	total += task->flags + task->policy + task->utime + task->stime;
	return 0;
}

SEC("raw_tp/pointers")
int pointers(void **context)
{
	struct task_struct___pointers *task = context[0];
	struct task_struct *plain = context[1];
	struct sk_buff *packet = context[2];

	total += (long)task->real_parent + (long)task->flags + (long)task->group_leader;
	total += plain->comm + plain->stack + (long)plain->mm + packet->head;
	return 0;
}

SEC("raw_tp/stores")
int stores(void **context)
{
	struct task_struct *task = context[0];
	struct inode *inode = context[1];

	task->flags = 1;
	task->policy = total;
	task->exit_signal = 3;
	task->prio = total;
	task->utime = 7;
	inode->i_mode = 5;
	inode->i_ino = total;
	inode->i_flags = total;
	return 0;
}
