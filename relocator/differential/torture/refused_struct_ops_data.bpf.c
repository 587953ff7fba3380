// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a pointer to data in a table of operations. */
#include "torture.h"

struct tcp_congestion_ops {
	int (*undo_cwnd)(void *socket);
	void *owner;
};

int variable;

SEC("struct_ops")
int program(void *context)
{
	return 3;
}

SEC(".struct_ops")
struct tcp_congestion_ops table = {
	.undo_cwnd = (void *)program,
	.owner = &variable,
};
