// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a command as in a container to which BPF was delegated: as root of a user namespace of its own,
 * without any right outside of it, and with a bpffs at /sys/fs/bpf that delegates everything.
 *
 *     delegate COMMAND [ARGUMENT]...
 *
 * Exit code 77 if the kernel cannot: such mounts came with Linux 6.9. For tests only.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 4
#endif

/* What both sides see: the descriptors are shared, too. */
struct shared {
	volatile int filesystem; /* the container's bpffs, not made yet */
	volatile int made; /* by the host */
};

static void require(long result, const char *what)
{
	if (result < 0) {
		perror(what);
		_exit(77);
	}
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	require(fd, path);
	require(write(fd, text, strlen(text)), path);
	close(fd);
}

struct start {
	struct shared *shared;
	char **command;
};

static int container(void *argument)
{
	struct start *start = argument;
	int mounted;

	require(unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare");
	put("/proc/self/setgroups", "deny");
	put("/proc/self/uid_map", "0 0 1");
	put("/proc/self/gid_map", "0 0 1");
	require(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount");
	start->shared->filesystem = syscall(SYS_fsopen, "bpf", 0);
	require(start->shared->filesystem, "fsopen");
	while (!start->shared->made)
		usleep(1000);
	mounted = syscall(SYS_fsmount, start->shared->filesystem, 0, 0);
	require(mounted, "fsmount");
	require(syscall(SYS_move_mount, mounted, "", AT_FDCWD, "/sys/fs/bpf", MOVE_MOUNT_F_EMPTY_PATH),
		"move_mount");
	execvp(start->command[0], start->command);
	perror(start->command[0]);
	return 127;
}

static int set(int filesystem, const char *option)
{
	return syscall(SYS_fsconfig, filesystem, FSCONFIG_SET_STRING, option, "any", 0);
}

int main(int count, char **arguments)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct start start = {.shared = shared, .command = arguments + 1};
	char *stack = malloc(1 << 16);
	int status = 0;
	int child;

	if (count < 2 || shared == MAP_FAILED || !stack)
		return 2;
	child = clone(container, stack + (1 << 16), CLONE_FILES | SIGCHLD, &start);
	require(child, "clone");
	while (!shared->filesystem) {
		if (waitpid(child, &status, WNOHANG) == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 77;
		usleep(1000);
	}
	/* Only who is root outside may say what is delegated. */
	if (set(shared->filesystem, "delegate_cmds") || set(shared->filesystem, "delegate_maps") ||
	    set(shared->filesystem, "delegate_progs") || set(shared->filesystem, "delegate_attachs") ||
	    syscall(SYS_fsconfig, shared->filesystem, FSCONFIG_CMD_CREATE, NULL, NULL, 0)) {
		perror("fsconfig");
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		return 77;
	}
	shared->made = 1;
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
