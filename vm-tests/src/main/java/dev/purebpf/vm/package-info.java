/**
 * What the kernel tests said in the virtual machines.
 *
 * <p>{@code vm-tests/run} boots one machine for each kernel and leaves a folder for each: the
 * kernel's console, the tests' output and JUnit's XML reports. A {@link dev.purebpf.vm.MachineRun}
 * reads such a folder, {@link dev.purebpf.vm.Report} prints one table of all of them, and what
 * failed.
 */
package dev.purebpf.vm;
