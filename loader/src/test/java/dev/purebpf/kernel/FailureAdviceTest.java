package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Set;

class FailureAdviceTest {
    private static final String STATUS = "/proc/thread-self/status";
    private static final String DISABLED = "/proc/sys/kernel/unprivileged_bpf_disabled";
    private static final String LOCKDOWN = "/sys/kernel/security/lockdown";
    private static final String USERS = "/proc/self/uid_map";
    private static final String EVERYTHING = "CapEff:\t000001ffffffffff\n";

    private static String advice(FakeKernel kernel, Errno errno) {
        return kernel.failure(-errno.number(), "creating map a").advice();
    }

    @Test
    void anOrdinaryUserIsToldToBeRoot() {
        try (var kernel = new FakeKernel()) {
            kernel.file(STATUS, "Name:\tjava\nCapEff:\t0000000000000000\nSeccomp:\t0\n");
            kernel.file(DISABLED, "2\n");
            assertEquals(
                    "Operation not permitted; this process lacks CAP_BPF and CAP_PERFMON"
                            + " (kernel.unprivileged_bpf_disabled is 2): run it as root, or give it"
                            + " the capabilities (before Linux 5.8, CAP_SYS_ADMIN)",
                    advice(kernel, Errno.EPERM));
        }
    }

    @Test
    void theOneMissingCapabilityIsNamed() {
        try (var kernel = new FakeKernel().file(STATUS, "CapEff:\t0000008000000000\n")) {
            String advice = advice(kernel, Errno.EPERM);
            assertTrue(advice.contains("lacks CAP_PERFMON:"), advice);
        }
    }

    @Test
    void rootOfAContainerIsToldThatItIsNotTheMachines() {
        try (var kernel = new FakeKernel().file(STATUS, EVERYTHING)) {
            kernel.file(USERS, "         0     100000      65536\n");
            String advice = advice(kernel, Errno.EACCES);
            assertTrue(advice.contains("only in a user namespace"), advice);
            assertTrue(advice.contains("need CAP_PERFMON of the machine itself"), advice);
            kernel.file(USERS, "         0          0 4294967295\n");
            assertFalse(advice(kernel, Errno.EACCES).contains("namespace"));
        }
    }

    @Test
    void lockdownIsNamed() {
        try (var kernel = new FakeKernel().file(STATUS, EVERYTHING)) {
            kernel.file(LOCKDOWN, "none integrity [confidentiality]\n");
            String advice = advice(kernel, Errno.EPERM);
            assertTrue(advice.contains("locked down"), advice);
            assertTrue(advice.contains("[confidentiality]"), advice);
        }
    }

    @Test
    void noLockdownIsNotBlamed() {
        try (var kernel = new FakeKernel().file(STATUS, EVERYTHING)) {
            kernel.file(LOCKDOWN, "[none] integrity confidentiality\n");
            String advice = advice(kernel, Errno.EPERM);
            assertFalse(advice.contains("locked down"), advice);
            assertTrue(advice.contains("seccomp"), advice);
        }
    }

    @Test
    void theMemoryLimitIsBlamedOnlyWhereItCounts() {
        try (var old = new FakeKernel(Set.of()).file(STATUS, EVERYTHING)) {
            assertTrue(advice(old, Errno.EPERM).contains("ulimit -l"));
            assertTrue(advice(old, Errno.ENOMEM).contains("ulimit -l"));
        }
        try (var kernel = new FakeKernel().file(STATUS, EVERYTHING)) {
            assertFalse(advice(kernel, Errno.EPERM).contains("ulimit"));
            assertTrue(advice(kernel, Errno.ENOMEM).contains("cgroup"));
        }
    }

    @Test
    void networkingNeedsItsOwnCapability() {
        try (var kernel = new FakeKernel().file(STATUS, "CapEff:\t000000c000000000\n")) {
            assertTrue(advice(kernel, Errno.EPERM).contains("CAP_NET_ADMIN"));
        }
    }

    @Test
    void aMissingSystemCallIsExplained() {
        try (var kernel = new FakeKernel()) {
            assertTrue(advice(kernel, Errno.ENOSYS).contains("CONFIG_BPF_SYSCALL"));
            assertTrue(advice(kernel, Errno.EMFILE).contains("ulimit -n"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyErrorHasAtLeastItsText(Errno errno) {
        // Neither /proc nor /sys: nothing to learn, and nothing to fail on.
        try (var kernel = new FakeKernel()) {
            assertTrue(advice(kernel, errno).startsWith(errno.text()));
        }
    }

    @Test
    void damagedFilesOfProcDoNoHarm() {
        try (var kernel = new FakeKernel()) {
            for (String status :
                    new String[] {"", "CapEff:", "CapEff:\tzz", "CapEff:\t12345678901234567"}) {
                kernel.file(STATUS, status);
                assertTrue(advice(kernel, Errno.EPERM).startsWith("Operation not permitted"));
            }
        }
    }
}
