package dev.purebpf.cli.syscalls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.programs.Programs;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class SyscallTableTest {
    /**
     * Parameters that a call has got in a version newer than the table; older kernels lack them.
     */
    private static final Map<String, List<String>> LATER =
            Map.of("bpf", List.of("cmd", "uattr", "size", "uattr_common", "size_common"));

    private final SyscallTable x86 = SyscallTable.of("x86_64");
    private final SyscallTable arm = SyscallTable.of("aarch64");

    @Test
    void eachArchitectureHasItsNumbers() {
        assertEquals("read", x86.get(0, false).name());
        assertEquals("io_setup", arm.get(0, false).name());
        assertEquals("read", arm.get(63, false).name());
        assertEquals("restart_syscall", x86.get(0, true).name());
        assertEquals("file_setattr", x86.get(469, false).name());
        assertEquals("file_setattr", arm.get(469, false).name());
    }

    @Test
    void stringsAreMarkedForTheProgramInTheKernel() {
        byte[] strings = x86.stringArguments(false);
        assertEquals(SyscallTable.SIZE, strings.length);
        assertEquals(0x02, strings[257], "openat: the second");
        assertEquals(0x21, strings[82], "rename: first and second");
        assertEquals(0x42, strings[264], "renameat: second and fourth");
        assertEquals(0x21, strings[165], "mount: the first two of three");
        assertEquals(0x01, strings[59], "execve: argv is no string");
        assertEquals(0, strings[1], "write: bytes, not a string");
        assertEquals(0x01, x86.stringArguments(true)[5], "open of i386");
        assertEquals(0x02, arm.stringArguments(false)[56], "openat of aarch64");
        assertEquals(0, arm.stringArguments(true)[5], "32-bit calls of aarch64 are not known");
    }

    @Test
    void anyNumberHasACallAndUnknownOnesAreBounded() {
        Set<Syscall> seen = new HashSet<>();
        for (int i = 0; i < 100_000; i++) {
            seen.add(x86.get(1000 + i, (i & 1) != 0));
        }
        assertEquals(SyscallTable.SIZE + 1, seen.size());
        assertSame(x86.get(39, false), x86.get(39, false));
        assertNotNull(x86.get(Integer.MIN_VALUE, false));
        assertNotNull(x86.get(Integer.MAX_VALUE, true));
    }

    @Test
    void numbersAgreeWithTheHeadersOfThisMachine() throws IOException {
        Path headers = Path.of("/usr/include/x86_64-linux-gnu/asm");
        assumeTrue(Files.exists(headers), "linux-libc-dev for x86-64 is not installed");
        assertEquals(Map.of(), differences(headers.resolve("unistd_64.h"), false));
        assertEquals(Map.of(), differences(headers.resolve("unistd_32.h"), true));
    }

    @Test
    @Tag("kernel")
    void parametersAgreeWithTheFormatsOfThisKernel() throws IOException {
        SyscallTable table = SyscallTable.of(Programs.architecture());
        Path events = Path.of("/sys/kernel/tracing/events/syscalls");
        assumeTrue(
                Files.isDirectory(events),
                "needs tracefs and CONFIG_FTRACE_SYSCALLS: mount -t tracefs tracefs"
                        + " /sys/kernel/tracing");
        Map<String, String> functions =
                Map.of(
                        "stat",
                        "newstat",
                        "fstat",
                        "newfstat",
                        "lstat",
                        "newlstat",
                        "uname",
                        "newuname",
                        "umount2",
                        "umount",
                        "sendfile",
                        "sendfile64");
        Map<String, List<String>> differences = new HashMap<>();
        int count = 0;
        for (int number = 0; number < SyscallTable.SIZE; number++) {
            Syscall call = table.get(number, false);
            String function = functions.getOrDefault(call.name(), call.name());
            Path format = events.resolve("sys_enter_" + function).resolve("format");
            if (call.parameters() == null || !Files.exists(format)) {
                continue;
            }
            List<String> names =
                    Files.readAllLines(format).stream()
                            .filter(line -> line.startsWith("\tfield:"))
                            .filter(line -> !line.contains("__data_loc"))
                            .skip(5)
                            .map(line -> line.substring(0, line.indexOf(';')))
                            .map(field -> field.substring(field.lastIndexOf(' ') + 1))
                            .toList();
            List<String> known =
                    Arrays.stream(call.parameters()).map(Syscall.Parameter::name).toList();
            if (!names.equals(known) && !names.equals(LATER.get(call.name()))) {
                differences.put(call.name(), names);
            }
            count++;
        }
        assertEquals(Map.of(), differences);
        // aarch64 has not the calls that others took the place of.
        assertTrue(count > 250, "the formats have been read: " + count);
    }

    private Map<String, String> differences(Path header, boolean compat) throws IOException {
        Matcher define =
                Pattern.compile("#define __NR_(\\w+) (\\d+)").matcher(Files.readString(header));
        Map<String, String> differences = new HashMap<>();
        int count = 0;
        while (define.find()) {
            String name = x86.get(Integer.parseInt(define.group(2)), compat).name();
            if (!name.equals(define.group(1))) {
                differences.put(define.group(1), name);
            }
            count++;
        }
        assertEquals(true, count > 300, "the header has been read");
        return differences;
    }
}
