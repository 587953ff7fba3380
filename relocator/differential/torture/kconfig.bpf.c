// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel's configuration: every type, there and not, weak and not. */
#include "torture.h"

extern int LINUX_KERNEL_VERSION __kconfig;
extern bool LINUX_HAS_BPF_COOKIE __kconfig __weak;
extern bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;
extern long LINUX_NO_SUCH_FACT __kconfig __weak;

extern bool CONFIG_BPF __kconfig;
extern enum libbpf_tristate CONFIG_NET __kconfig;
extern enum libbpf_tristate CONFIG_XFS_FS __kconfig __weak;
extern char CONFIG_BPF_SYSCALL __kconfig;
extern unsigned char CONFIG_SMP __kconfig __weak;
extern int CONFIG_HZ __kconfig;
extern short CONFIG_NR_CPUS __kconfig;
extern unsigned long CONFIG_ILLEGAL_POINTER_VALUE __kconfig;
extern const char CONFIG_DEFAULT_HOSTNAME[7] __kconfig __weak;
extern const char CONFIG_CC_VERSION_TEXT[64] __kconfig __weak;
extern bool CONFIG_NO_SUCH_BOOL __kconfig __weak;
extern enum libbpf_tristate CONFIG_NO_SUCH_TRISTATE __kconfig __weak;
extern char CONFIG_NO_SUCH_CHAR __kconfig __weak;
extern unsigned CONFIG_NO_SUCH_NUMBER __kconfig __weak;
extern const char CONFIG_NO_SUCH_TEXT[9] __kconfig __weak;

long total;

static __separate int numbers(int x)
{
	return x + CONFIG_HZ + CONFIG_NR_CPUS + CONFIG_NO_SUCH_NUMBER + CONFIG_ILLEGAL_POINTER_VALUE;
}

SEC("raw_tp/all")
int all(void **context)
{
	unsigned long index = (unsigned long)context[0];

	total += LINUX_KERNEL_VERSION + LINUX_HAS_BPF_COOKIE + LINUX_HAS_SYSCALL_WRAPPER;
	total += LINUX_NO_SUCH_FACT + CONFIG_BPF + CONFIG_NET + CONFIG_XFS_FS + CONFIG_BPF_SYSCALL;
	total += CONFIG_SMP + CONFIG_DEFAULT_HOSTNAME[index & 3] + CONFIG_NO_SUCH_BOOL;
	total += CONFIG_CC_VERSION_TEXT[index & 31];
	total += CONFIG_NO_SUCH_TRISTATE + CONFIG_NO_SUCH_CHAR + CONFIG_NO_SUCH_TEXT[index & 7];
	return numbers(index);
}

/* Shares its place with nobody, and is read as an address, too. */
SEC("raw_tp/address")
int address(void *context)
{
	bpf_probe_read_kernel(&total, sizeof(total), &CONFIG_ILLEGAL_POINTER_VALUE);
	return 0;
}
