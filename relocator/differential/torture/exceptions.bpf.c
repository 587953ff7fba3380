// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Callbacks of exceptions: appended last, unless they are there already. */
#include "torture.h"

#define __callback(name) __attribute__((btf_decl_tag("exception_callback:" #name)))

int count;

static __separate int twice(int x)
{
	return 2 * x + count;
}

__separate int on_exception(__u64 cookie)
{
	return twice(cookie) + 1;
}

__separate int on_other(__u64 cookie)
{
	count++;
	return cookie;
}

SEC("tc")
__callback(on_exception)
int guarded(struct __sk_buff *packet)
{
	return packet->len;
}

SEC("tc")
__callback(on_exception)
int guarded_with_calls(struct __sk_buff *packet)
{
	return twice(packet->len);
}

SEC("tc")
__callback(on_other)
int guarded_otherwise(struct __sk_buff *packet)
{
	return on_exception(packet->len);
}

SEC("tc")
int unguarded(struct __sk_buff *packet)
{
	return on_other(3) + twice(packet->len);
}
