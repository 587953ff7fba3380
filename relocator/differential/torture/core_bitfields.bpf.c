// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Bitfields: of bitfields and of whole fields, here and in the kernel, read and written. */
#include "torture.h"

struct task_struct {
	int pid;
	unsigned sched_reset_on_fork : 1;
	unsigned sched_contributes_to_load : 1;
	unsigned sched_migrated : 1;
	unsigned in_execve : 1;
	unsigned in_iowait : 1;
	unsigned no_new_privs : 1;
	unsigned no_such_bit : 3;
} __fitted;

/* Whole where the kernel has bits, and bits where it is whole. */
struct task_struct___whole {
	unsigned char sched_migrated;
	unsigned in_iowait;
	int policy : 7;
	int exit_code : 12;
} __fitted;

struct tcp_sock {
	unsigned short repair : 1;
	unsigned char frto : 1;
	unsigned int snd_cwnd : 24;
	unsigned long long bytes_received : 48;
	signed int no_such_signed : 5;
} __fitted;

struct sk_buff {
	unsigned char cloned : 1;
	unsigned char nohdr : 1;
	unsigned char pkt_type : 3;
	unsigned char ip_summed : 2;
	unsigned char csum_level : 2;
	unsigned short protocol;
	unsigned int len;
} __fitted;

struct iphdr {
	unsigned char ihl : 4;
	unsigned char version : 4;
	unsigned char tos;
} __fitted;

enum two { FIRST, SECOND };

struct sock {
	enum two sk_userlocks : 4;
	unsigned int sk_padding : 1;
	unsigned int sk_protocol : 16;
	unsigned short sk_type;
} __fitted;

long long total;

SEC("raw_tp/probed")
int probed(void **context)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct task_struct___whole *whole = (void *)task;
	struct tcp_sock *tcp = context[1];

	total += BPF_CORE_READ_BITFIELD_PROBED(task, sched_reset_on_fork);
	total += BPF_CORE_READ_BITFIELD_PROBED(task, sched_migrated);
	total += BPF_CORE_READ_BITFIELD_PROBED(task, in_iowait);
	total += BPF_CORE_READ_BITFIELD_PROBED(task, no_new_privs);
	total += BPF_CORE_READ_BITFIELD_PROBED(whole, sched_migrated);
	total += BPF_CORE_READ_BITFIELD_PROBED(whole, in_iowait);
	total += BPF_CORE_READ_BITFIELD_PROBED(whole, policy);
	total += BPF_CORE_READ_BITFIELD_PROBED(whole, exit_code);
	total += BPF_CORE_READ_BITFIELD_PROBED(tcp, repair);
	total += BPF_CORE_READ_BITFIELD_PROBED(tcp, snd_cwnd);
	total += BPF_CORE_READ_BITFIELD_PROBED(tcp, bytes_received);
	if (bpf_core_field_exists(task->no_such_bit))
		total += BPF_CORE_READ_BITFIELD_PROBED(task, no_such_bit);
	return 0;
}

SEC("raw_tp/direct")
int direct(void **context)
{
	struct task_struct *task = context[0];
	struct tcp_sock *tcp = context[1];
	struct sk_buff *packet = context[2];
	struct iphdr *ip = context[3];
	struct sock *sock = context[4];

	total += BPF_CORE_READ_BITFIELD(task, sched_contributes_to_load);
	total += BPF_CORE_READ_BITFIELD(task, in_execve);
	total += BPF_CORE_READ_BITFIELD(tcp, frto) + BPF_CORE_READ_BITFIELD(tcp, snd_cwnd);
	total += BPF_CORE_READ_BITFIELD(packet, cloned) + BPF_CORE_READ_BITFIELD(packet, pkt_type);
	total += BPF_CORE_READ_BITFIELD(packet, ip_summed);
	total += BPF_CORE_READ_BITFIELD(packet, csum_level);
	total += BPF_CORE_READ_BITFIELD(packet, protocol) + BPF_CORE_READ_BITFIELD(packet, len);
	total += BPF_CORE_READ_BITFIELD(ip, ihl) + BPF_CORE_READ_BITFIELD(ip, version);
	total += BPF_CORE_READ_BITFIELD(sock, sk_userlocks) + BPF_CORE_READ_BITFIELD(sock, sk_type);
	total += BPF_CORE_READ_BITFIELD(sock, sk_padding) + BPF_CORE_READ_BITFIELD(sock, sk_protocol);
	return 0;
}

SEC("raw_tp/missing_bits")
int missing_bits(void **context)
{
	struct task_struct *task = context[0];
	struct tcp_sock *tcp = context[1];

	total += BPF_CORE_READ_BITFIELD(tcp, no_such_signed);
	return bpf_core_field_exists(task->no_such_bit) + bpf_core_field_exists(tcp->repair);
}

SEC("raw_tp/information")
int information(void **context)
{
	struct tcp_sock *tcp = context[0];
	struct sock *sock = context[1];

	total += __builtin_preserve_field_info(tcp->repair, BPF_FIELD_SIGNED);
	total += __builtin_preserve_field_info(sock->sk_userlocks, BPF_FIELD_SIGNED);
	total += __builtin_preserve_field_info(tcp->repair, BPF_FIELD_BYTE_SIZE);
	total += __builtin_preserve_field_info(tcp->frto, BPF_FIELD_LSHIFT_U64);
	total += __builtin_preserve_field_info(sock->sk_protocol, BPF_FIELD_RSHIFT_U64);
	total += __builtin_preserve_field_info(sock->sk_protocol, BPF_FIELD_BYTE_OFFSET);
	return 0;
}
