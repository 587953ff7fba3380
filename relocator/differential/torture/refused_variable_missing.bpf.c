// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a typed variable that the kernel does not have. */
#include "torture.h"

extern const int no_such_variable __ksym;

SEC("tc")
int program(struct __sk_buff *packet)
{
	return no_such_variable;
}
