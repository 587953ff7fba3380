// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a table of operations used like a variable. */
#include "torture.h"

struct tcp_congestion_ops {
	int (*undo_cwnd)(void *socket);
};

SEC("struct_ops")
int operation(void *context)
{
	return 3;
}

SEC(".struct_ops")
struct tcp_congestion_ops table = {
	.undo_cwnd = (void *)operation,
};

SEC("tc")
int program(struct __sk_buff *packet)
{
	return (long)&table;
}
