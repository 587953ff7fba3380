# shellcheck shell=bash disable=SC2034,SC2054,SC2100 # for those who source it
# What differs between architectures, for x86-64; sourced by the scripts.

debian_architecture=amd64
# Debian names the kernel packages of clouds linux-image-VERSION-FLAVOUR.
kernel_flavour=cloud-amd64

qemu=qemu-system-x86_64
qemu_package=qemu-system-x86
# max and not the default: newer user space wants more than the oldest x86-64. Kernel 6.12 panics at
# start with QEMU's five-level page tables, hence -la57. Without erms and fsrm kernel, C library and
# Java clear and copy memory by words: "rep stosb" is emulated byte by byte, 4096 times for a page.
# Without smap the kernel need not say around each access to a program's memory that it is meant, which
# ends the emulator's piece of translated code each time.
qemu_machine=(-machine q35 -cpu max,-la57,-erms,-fsrm,-smap)
# Emulated while others need the processors, the timer can tick too late for the kernel's check of it,
# which ends in a panic: "IO-APIC + timer doesn't work".
kernel_parameters='no_timer_check'
# Java writes code of its own at each start for what a processor can do, which is emulated all the same;
# without it a start takes an eighth less.
machine_java_options='-XX:UseAVX=0 -XX:UseSSE=2 -XX:-UseAES -XX:-UseSHA'
qemu_ports=(-serial chardev:console -serial chardev:results -serial chardev:user)
# The three ports as the guest calls them.
port_console=ttyS0
port_results=ttyS1
port_user=ttyS2

# What its file systems may have, compressed, in MB.
initramfs_limit=60

# Compiles for this architecture on another.
cross_compiler=x86_64-linux-gnu-gcc
cross_compiler_package=gcc-x86-64-linux-gnu
