// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// clang: 22
// flags: -mllvm -bpf-min-jump-table-entries=4
// cpu: v4
/* Jumps by tables, in programs and subprograms, several each. */
#include "torture.h"

long total;

#define CASES(x)                                                                                   \
	case 0: total += 3; break;                                                                 \
	case 1: total ^= x; break;                                                                 \
	case 2: total <<= 3; break;                                                                \
	case 3: x += total; break;                                                                 \
	case 4: total = 7 * x; break;                                                              \
	case 5: x -= 9; break;                                                                     \
	case 6: total = -total; break;                                                             \
	case 7: x = total % 11; break;

static __separate int by_table(int x)
{
	switch (x) {
		CASES(x)
	}
	return x + total;
}

__separate int global_by_table(int x)
{
	switch (x) {
		CASES(x)
	default:
		return by_table(x - 8);
	}
	switch (total) {
		CASES(x)
	}
	return x;
}

SEC("syscall")
int jumps(int *context)
{
	int x = *context;

	switch (x) {
		CASES(x)
	}
	return x;
}

SEC("syscall")
int jumps_and_calls(int *context)
{
	int x = by_table(*context) + global_by_table(context[1]);

	switch (x) {
		CASES(x)
	}
	return by_table(x);
}

SEC("syscall")
int only_calls(int *context)
{
	return global_by_table(*context);
}
