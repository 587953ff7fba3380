// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a symbol that the kernel does not have. */
#include "torture.h"

extern const void no_such_symbol __ksym;

SEC("tc")
int program(struct __sk_buff *packet)
{
	return (long)&no_such_symbol;
}
