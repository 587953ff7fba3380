// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Operations for the kernel, in every kind of section, beside other programs. */
#include "torture.h"

struct sock;

struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *socket);
	void (*cong_avoid)(struct sock *socket, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *socket);
	char name[16];
};

struct tcp_congestion_ops___flavour {
	__u32 (*ssthresh)(struct sock *socket);
	int no_such_member;
};

struct tcp_sock {
	unsigned int snd_cwnd;
	unsigned int snd_ssthresh;
} __fitted;

int calls;

static __separate __u32 window(struct tcp_sock *socket)
{
	return socket->snd_cwnd + calls;
}

SEC("struct_ops/threshold")
__u32 BPF_PROG(threshold, struct tcp_sock *socket)
{
	return socket->snd_ssthresh + window(socket);
}

SEC("struct_ops")
__u32 BPF_PROG(undo, struct tcp_sock *socket)
{
	return window(socket);
}

SEC("struct_ops.s/avoid")
void BPF_PROG(avoid, struct tcp_sock *socket, __u32 ack, __u32 acked)
{
	calls++;
	socket->snd_cwnd = ack;
}

SEC("?struct_ops/optional")
__u32 BPF_PROG(optional, struct tcp_sock *socket)
{
	return socket->snd_cwnd;
}

SEC(".struct_ops")
struct tcp_congestion_ops first = {
	.ssthresh = (void *)threshold,
	.undo_cwnd = (void *)undo,
	.cong_avoid = (void *)avoid,
	.name = "first",
};

SEC(".struct_ops.link")
struct tcp_congestion_ops___flavour second = {
	.ssthresh = (void *)threshold,
};

SEC("?.struct_ops")
struct tcp_congestion_ops third = {
	.undo_cwnd = (void *)optional,
};

SEC("?.struct_ops.link")
struct tcp_congestion_ops fourth = {
	.undo_cwnd = (void *)undo,
	.name = "fourth",
};

SEC("tc")
int beside(struct __sk_buff *packet)
{
	return calls + packet->len;
}
