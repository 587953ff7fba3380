// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Two threads on one processor that call the same function, one in the middle of what the kernel does
 * for the other: look(address).
 *
 *   interrupted memory     the first waits for memory that does not come before the second has been there
 *   interrupted MS         the second has priority over the first, which is always there, so long
 *
 * Exits with 3 where that is not possible.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define IMPOSSIBLE 3
#define LONGEST 60000 /* ms */

static volatile int ended;

__attribute__((noinline, noclone)) void look(const char *address)
{
	__asm__ volatile("" : : "r"(address) : "memory");
}

static void *look_once(void *address)
{
	look(address);
	return 0;
}

static void *look_always(void *address)
{
	while (!ended)
		look(address);
	return 0;
}

static void use_one_processor(void)
{
	cpu_set_t processors;
	int first = 0;

	if (sched_getaffinity(0, sizeof(processors), &processors))
		exit(IMPOSSIBLE);
	while (!CPU_ISSET(first, &processors))
		first++;
	CPU_ZERO(&processors);
	CPU_SET(first, &processors);
	if (sched_setaffinity(0, sizeof(processors), &processors))
		exit(IMPOSSIBLE);
}

static void wait_for_memory(void)
{
	long size = sysconf(_SC_PAGESIZE);
	char *page = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int faults = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register all = {
		.range = {.start = (unsigned long)page, .len = size},
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffdio_zeropage fill = {.range = all.range};
	struct pollfd ready = {.fd = faults, .events = POLLIN};
	struct uffd_msg fault;
	pthread_t first;

	if (faults < 0 || ioctl(faults, UFFDIO_API, &api) || ioctl(faults, UFFDIO_REGISTER, &all))
		exit(IMPOSSIBLE);
	if (pthread_create(&first, 0, look_once, page))
		exit(IMPOSSIBLE);
	/* Nobody else reads the memory: without the probe nothing would come. */
	if (poll(&ready, 1, LONGEST) != 1 || read(faults, &fault, sizeof(fault)) != sizeof(fault))
		exit(1);
	look("");
	if (ioctl(faults, UFFDIO_ZEROPAGE, &fill))
		exit(1);
	pthread_join(first, 0);
}

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void interrupt(long duration)
{
	struct sched_param priority = {.sched_priority = 1};
	struct timespec pause = {.tv_nsec = 50000};
	long end = milliseconds() + duration;
	pthread_t first;

	if (pthread_create(&first, 0, look_always, ""))
		exit(IMPOSSIBLE);
	if (sched_setscheduler(0, SCHED_FIFO, &priority))
		exit(IMPOSSIBLE);
	while (milliseconds() < end) {
		nanosleep(&pause, 0);
		look("");
	}
	ended = 1;
	pthread_join(first, 0);
}

int main(int count, char **arguments)
{
	if (count != 2)
		return 2;
	use_one_processor();
	if (!strcmp(arguments[1], "memory"))
		wait_for_memory();
	else
		interrupt(atol(arguments[1]));
	return 0;
}
