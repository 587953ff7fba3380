// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A program to be probed. For each byte that it reads it calls functions, then it answers by a byte;
 * it ends with its input.
 */
#include <unistd.h>

#define PROBED __attribute__((noinline, noclone, used))

volatile int sink;

PROBED int triple(int number)
{
	sink = number;
	return 3 * number;
}

PROBED int family_one(int number)
{
	sink = number;
	return number + 1;
}

PROBED int family_two(int number)
{
	sink = number;
	return number + 2;
}

__attribute__((weak, noinline, noclone)) int overridable(int number)
{
	sink = number;
	return number;
}

/* Begins with instructions that do nothing, so that there is one at offset 4 on every machine. */
PROBED __attribute__((patchable_function_entry(8))) int padded(int number)
{
	sink = number;
	return number;
}

/* A program that counts its readers runs this only when somebody listens. */
__attribute__((section(".probes"))) volatile unsigned short semaphore = 0;

PROBED int listened_to(void)
{
	return semaphore;
}

int main(void)
{
	char byte;

	while (read(0, &byte, 1) == 1) {
		sink = triple(byte);
		sink = family_one(byte);
		sink = family_two(byte);
		sink = overridable(byte);
		sink = padded(byte);
		byte = listened_to();
		if (write(1, &byte, 1) != 1)
			return 1;
	}
	return 0;
}
