// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Two callbacks of exceptions: none is appended, and the kernel is to refuse. */
#include "torture.h"

__separate int one(__u64 cookie)
{
	return cookie + 1;
}

__separate int two(__u64 cookie)
{
	return cookie + 2;
}

SEC("tc")
__attribute__((btf_decl_tag("exception_callback:one")))
__attribute__((btf_decl_tag("exception_callback:two")))
int program(struct __sk_buff *packet)
{
	return packet->len;
}
