// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: an access to a variable that no section holds. */
#include "torture.h"

__attribute__((section(".unknown"))) int variable = 1;

SEC("tc")
int program(struct __sk_buff *packet)
{
	return variable;
}
