/**
 * What the kernel tests said in the virtual machines.
 *
 * <p>{@code vm-tests/run} boots one machine or more for each kernel and leaves a folder for each:
 * the kernel's console, the tests' output and JUnit's XML reports. A {@link
 * dev.purebpf.vm.MachineRun} reads such a folder, a {@link dev.purebpf.vm.KernelRun} those of one
 * kernel, and {@link dev.purebpf.vm.Report} prints one table of all of them, and what failed. The
 * tests run there by KernelTests, among this module's tests.
 */
package dev.purebpf.vm;
