// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a callback of exceptions that is no subprogram. */
#include "torture.h"

SEC("tc")
int not_a_subprogram(struct __sk_buff *packet)
{
	return packet->len;
}

SEC("tc")
__attribute__((btf_decl_tag("exception_callback:not_a_subprogram")))
int program(struct __sk_buff *packet)
{
	return packet->len;
}
