// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A program with USDT probes. For each byte that it reads it passes them, then it answers by a byte:
 * whether somebody listens to the one with a counter; it ends with its input.
 *
 * The notes are written here as the specification says, so no other header is needed.
 */
#include <unistd.h>

/* Where the code lay when the notes were written. */
asm(".pushsection .stapsdt.base,\"a\",%progbits\n"
    "_.stapsdt.base: .space 1\n"
    ".popsection\n");

#define PROBE(provider, name, semaphore, arguments, ...) \
	asm volatile("990: nop\n" \
		     ".pushsection .note.stapsdt,\"\",%%note\n" \
		     ".balign 4\n" \
		     ".4byte 992f-991f, 994f-993f, 3\n" \
		     "991: .asciz \"stapsdt\"\n" \
		     "992: .balign 4\n" \
		     "993: .8byte 990b\n" \
		     ".8byte _.stapsdt.base\n" \
		     ".8byte " semaphore "\n" \
		     ".asciz \"" provider "\"\n" \
		     ".asciz \"" name "\"\n" \
		     ".asciz \"" arguments "\"\n" \
		     "994: .balign 4\n" \
		     ".popsection\n" ::__VA_ARGS__)

__attribute__((section(".probes"), used)) volatile unsigned short listened_semaphore = 0;

#define PROBED __attribute__((noinline, noclone, used)) static

PROBED void pass(int number)
{
	volatile signed char small = -number;
	volatile unsigned short middle = 60000 + number;

	/* A register, memory, signed and unsigned numbers of all sizes, and a constant. */
	PROBE("test", "values", "0", "-4@%0 8@%1 -1@%2 2@%3 -8@%4", "r"(number), "r"(5000000000L + number),
	      "m"(small), "m"(middle), "i"(-7));
}

/* One name at two places, with arguments at different places. */
PROBED void pass_twice(int number)
{
	volatile int kept = 10 * number;

	PROBE("test", "twice", "0", "-4@%0", "r"(number));
	PROBE("test", "twice", "0", "-4@%0", "m"(kept));
}

#ifdef __x86_64__
/* An element of an array, as only this machine has it: base, index, scale and offset in one. */
PROBED void pass_indexed(int number)
{
	volatile int numbers[4] = {0, 10 * number, -number, 30 * number};
	long index = (number & 1) + 1;

	PROBE("test", "indexed", "0", "-4@(%0,%1,4)", "r"(numbers), "r"(index));
	PROBE("test", "before", "0", "-4@-4(%0,%1,4)", "r"(numbers), "r"(index));
	PROBE("test", "unscaled", "0", "-4@12(%0,%1)", "r"(numbers), "r"(0L));
}
#endif

PROBED int pass_listened(int number)
{
	if (!listened_semaphore)
		return 0;
	PROBE("test", "listened", "listened_semaphore", "-4@%0", "r"(number));
	return listened_semaphore;
}

int main(void)
{
	char byte;

	while (read(0, &byte, 1) == 1) {
		int number = byte;

		pass(number);
		pass_twice(number);
#ifdef __x86_64__
		pass_indexed(number);
#endif
		PROBE("test", "plain", "0", "");
		PROBE("test", "vector", "0", "8f@xmm0");
		byte = pass_listened(number);
		if (write(1, &byte, 1) != 1)
			return 1;
	}
	return 0;
}
