// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Global variables in every section, whole and in part, by name and by what is beside them. */
#include "torture.h"

int initialised = 5;
int zeroed;
const volatile int constant = 7;
static int static_zeroed;
static int static_initialised = 9;
static const volatile int static_constant = 3;
int hidden_one __hidden = 4;
int weak_one __weak = 6;

SEC(".data.hot") int hot = 1;
SEC(".data.hot") int hotter[4] = { 1, 2, 3, 4 };
SEC(".data.a.b") long two_dots = 2;
SEC(".rodata.tables") const volatile int table[8] = { 8, 7, 6, 5, 4, 3, 2, 1 };
SEC(".bss.cold") int cold;
SEC(".data.cold") static int static_cold = 7;

struct pair {
	int left, right;
	struct {
		char text[12];
		long numbers[3];
	} inner;
};

struct pair pairs[3];
struct pair filled = { 1, 2, { "text", { 3, 4, 5 } } };
static struct pair static_pairs[3];
const volatile struct pair constants[2] = { { 1 }, { 2 } };
const char format[] = "a format %d";
char *pointer_to_data = (char *)&initialised;
__u8 bytes[3];
__attribute__((aligned(64))) int aligned_one = 1;
bool flag;

SEC("raw_tp/scalars")
int scalars(void *context)
{
	zeroed += initialised + constant + static_constant + hidden_one + weak_one;
	static_zeroed += static_initialised++;
	hot += hotter[2] + two_dots + table[5] + cold++ + static_cold++;
	flag = !flag;
	bytes[2] = bytes[1] + aligned_one;
	return static_zeroed + (pointer_to_data != 0);
}

SEC("raw_tp/parts")
int parts(void **context)
{
	unsigned int index = (unsigned long)context[0] % 3;

	pairs[1].right = filled.inner.numbers[1];
	pairs[index].inner.text[3] = constants[index & 1].left;
	static_pairs[index].inner.numbers[2] = pairs[2].left;
	static_pairs[2].left++;
	return static_pairs[1].inner.numbers[0] + table[index];
}

SEC("raw_tp/addresses")
int addresses(void **context)
{
	bpf_trace_printk(format, sizeof(format), 3);
	bpf_printk("from another section %d", zeroed);
	bpf_probe_read_kernel(&pairs[2].inner, sizeof(pairs[2].inner), context[0]);
	bpf_probe_read_kernel(&static_pairs[1], sizeof(static_pairs[1]), &filled);
	return 0;
}
