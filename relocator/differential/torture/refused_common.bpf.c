// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// flags: -fcommon
/* Refused: a variable without a place. */
#include "torture.h"

int variable;

SEC("tc")
int program(struct __sk_buff *packet)
{
	return variable;
}
