package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.error.UnsupportedFeatureException;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

class ArchitectureTest {
    private static final Path GENERIC = Path.of("/usr/include/asm-generic/unistd.h");
    private static final Path X86 = Path.of("/usr/include/x86_64-linux-gnu/asm/unistd_64.h");

    @Test
    void javaNamesOfMachines() {
        assertEquals(Architecture.X86_64, Architecture.of("Linux", "amd64"));
        assertEquals(Architecture.X86_64, Architecture.of("Linux", "x86_64"));
        assertEquals(Architecture.AARCH64, Architecture.of("Linux", "aarch64"));
    }

    @Test
    void anotherSystemOrMachineIsRefusedInOneSentence() {
        assertEquals(
                "PureBPF on Mac OS X aarch64 (only Linux on x86-64 or aarch64) is not supported",
                refusal("Mac OS X", "aarch64"));
        assertEquals(
                "PureBPF on Linux riscv64 (only Linux on x86-64 or aarch64) is not supported",
                refusal("Linux", "riscv64"));
    }

    private static String refusal(String system, String processor) {
        return assertThrows(
                        UnsupportedFeatureException.class, () -> Architecture.of(system, processor))
                .getMessage();
    }

    @Test
    void systemCallNumbersAreThoseOfTheHeaders() throws Exception {
        assumeTrue(
                Files.exists(X86) && Files.exists(GENERIC), "needs the headers of linux-libc-dev");
        compare(Architecture.X86_64, numbers(X86, "__NR_"));
        Map<String, Integer> generic = numbers(GENERIC, "__NR_");
        generic.putAll(numbers(GENERIC, "__NR3264_"));
        compare(Architecture.AARCH64, generic);
    }

    private static void compare(Architecture machine, Map<String, Integer> header)
            throws ReflectiveOperationException {
        for (RecordComponent component :
                Architecture.SystemCallNumbers.class.getRecordComponents()) {
            String name = component.getName().replaceAll("([A-Z])", "_$1").toLowerCase();
            Object ours = component.getAccessor().invoke(machine.numbers());
            assertEquals(header.get(name), ours, machine + " " + name);
        }
    }

    private static Map<String, Integer> numbers(Path header, String prefix) throws IOException {
        Map<String, Integer> numbers = new HashMap<>();
        Pattern line = Pattern.compile("#define " + prefix + "(\\w+)\\s+(\\d+)");
        for (String text : Files.readAllLines(header)) {
            var match = line.matcher(text);
            if (match.matches()) {
                numbers.put(match.group(1), Integer.valueOf(match.group(2)));
            }
        }
        return numbers;
    }
}
