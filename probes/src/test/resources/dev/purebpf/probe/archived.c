// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A program that runs a function out of the middle of a file, as programs are run that lie in an
 * archive: archived FILE OFFSET. The function is its own; it calls it for each byte that it reads,
 * and answers what it returned.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Refers to nothing, so it runs wherever it is mapped. */
__attribute__((noinline, noclone, used)) int triple(int number)
{
	return 3 * number;
}

int main(int count, char **arguments)
{
	long page = sysconf(_SC_PAGESIZE);
	long offset;
	char *memory;
	char byte;
	int file;

	if (count != 3)
		return 2;
	offset = atol(arguments[2]);
	file = open(arguments[1], O_RDONLY);
	memory = mmap(0, 2 * page, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, offset / page * page);
	if (memory == MAP_FAILED)
		return 1;
	while (read(0, &byte, 1) == 1) {
		byte = ((int (*)(int))(memory + offset % page))(byte);
		if (write(1, &byte, 1) != 1)
			return 1;
	}
	return 0;
}
