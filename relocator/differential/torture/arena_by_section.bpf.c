// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Variables of an arena, by the section's name: what compilers that know no address spaces make. */
#include "torture.h"

struct {
	__uint(type, 33 /* BPF_MAP_TYPE_ARENA */);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);
} arena SEC(".maps");

SEC(".addr_space.1") int first = 1;
SEC(".addr_space.1") char large[5000] = { 3 };
SEC(".addr_space.1") static int last = 5;

SEC("syscall")
int variables(void *context)
{
	large[4999] = first++;
	return last++ + large[7];
}
