package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

class NativeAccessTest {
    /** Tries to get the kernel, and tells how that went. */
    static final class Attempt {
        public static void main(String[] arguments) {
            try {
                System.out.println(Kernel.host());
            } catch (IllegalCallerException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @Test
    @Timeout(60)
    void aRefusalNamesTheFlagThatAllows() throws Exception {
        // So does Java as soon as it was told to allow another module.
        Process java =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--illegal-native-access=deny",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Attempt.class.getName())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(java.getInputStream().readAllBytes());
        assertTrue(java.waitFor(30, TimeUnit.SECONDS));
        assertEquals(
                "Java was told to refuse native access, which PureBPF needs for system calls: start"
                        + " it with --enable-native-access=ALL-UNNAMED",
                output.strip());
    }

    @Test
    void aNamedModuleIsNamedInTheFlag() {
        assertTrue(
                NativeAccess.message(Object.class.getModule())
                        .endsWith("--enable-native-access=java.base"));
    }
}
