// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: operations that are no programs for operations. */
#include "torture.h"

struct tcp_congestion_ops {
	int (*undo_cwnd)(void *socket);
};

SEC("tc")
int program(struct __sk_buff *packet)
{
	return packet->len;
}

SEC(".struct_ops")
struct tcp_congestion_ops table = {
	.undo_cwnd = (void *)program,
};
