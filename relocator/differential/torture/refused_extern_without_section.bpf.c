// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: an extern that is neither of the configuration nor a symbol. */
#include "torture.h"

extern int nowhere;

SEC("tc")
int program(struct __sk_buff *packet)
{
	return nowhere;
}
