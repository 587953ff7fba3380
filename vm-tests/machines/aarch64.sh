# shellcheck shell=bash disable=SC2034,SC2054 # for those who source it
# What differs between architectures, for 64-bit ARM; sourced by the scripts.

debian_architecture=arm64
# Debian names the kernel packages of clouds linux-image-VERSION-FLAVOUR.
kernel_flavour=cloud-arm64

qemu=qemu-system-aarch64
qemu_package=qemu-system-arm
# A plain processor: the vectors and signed pointers of newer ones take time to emulate, and the kernel's
# precautions against what is wrong with a faster one take time in each system call.
qemu_machine=(-machine virt -cpu cortex-a53)
# The board has one port; Debian's kernels have the driver of PCI ports built in.
kernel_parameters=''
machine_java_options=''
qemu_ports=(-serial chardev:console -device pci-serial,chardev=results -device pci-serial,chardev=user)
# The three ports as the guest calls them.
port_console=ttyAMA0
port_results=ttyS0
port_user=ttyS1

# What its file systems may have, compressed, in MB: the whole of a Java runtime is among them, and on
# another architecture all the programs in Go that are not compiled and run there.
initramfs_limit=100

# Compiles for this architecture on another.
cross_compiler=aarch64-linux-gnu-gcc
cross_compiler_package=gcc-aarch64-linux-gnu
