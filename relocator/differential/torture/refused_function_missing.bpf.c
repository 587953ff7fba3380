// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a function that the kernel does not have. */
#include "torture.h"

int no_such_function(int x) __ksym;

SEC("tc")
int program(struct __sk_buff *packet)
{
	return no_such_function(packet->len);
}
