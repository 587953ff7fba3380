// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: variables of an arena in an object without maps; refused where they are used. */
#include "torture.h"

SEC(".addr_space.1") int variable = 1;

SEC("tc")
int program(struct __sk_buff *packet)
{
	return variable;
}
