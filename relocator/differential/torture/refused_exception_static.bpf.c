// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a callback of exceptions that only this file sees. */
#include "torture.h"

static __separate int hidden(__u64 cookie)
{
	return cookie + 1;
}

SEC("tc")
__attribute__((btf_decl_tag("exception_callback:hidden")))
int program(struct __sk_buff *packet)
{
	return packet->len + hidden(3);
}
