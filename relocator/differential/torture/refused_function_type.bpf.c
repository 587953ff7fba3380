// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a function that takes something else in the kernel. */
#include "torture.h"

int tcp_reno_undo_cwnd(int a, int b, int c) __ksym;

SEC("tc")
int program(struct __sk_buff *packet)
{
	return tcp_reno_undo_cwnd(packet->len, 1, 2);
}
