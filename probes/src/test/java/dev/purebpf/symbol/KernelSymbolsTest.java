package dev.purebpf.symbol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

class KernelSymbolsTest {
    private static final String TEXT =
            """
            ffffffff81000000 T _stext
            ffffffff81000010 t same
            ffffffff82000000 D jiffies
            ffffffffc0000000 t same\t[a_module]
            ffffffffc0000020 W weak\t[a_module]
            """;

    @Test
    void namesHaveAddresses() {
        KernelSymbols symbols = of(TEXT);
        assertEquals(5, symbols.size());
        assertArrayEquals(new long[] {0xffffffff81000000L}, symbols.addresses("_stext"));
        assertArrayEquals(
                new long[] {0xffffffff81000010L, 0xffffffffc0000000L}, symbols.addresses("same"));
        assertArrayEquals(new long[0], symbols.addresses("sam"));
        assertArrayEquals(new long[0], symbols.addresses(""));
    }

    @Test
    void functionsOfSimilarLengthAreNamed() {
        assertEquals(List.of("same", "same", "weak"), List.copyOf(of(TEXT).functions(1, "some")));
    }

    @Test
    void theLastLineMayEndWithTheText() {
        assertArrayEquals(new long[] {16}, of("10 T last").addresses("last"));
    }

    @Property
    void anyTextIsRead(@ForAll String text) {
        KernelSymbols symbols = of(text);
        assertEquals(0, symbols.addresses("not there").length);
        symbols.functions(10, "any");
    }

    @Property
    void whatIsInTheTextIsFound(@ForAll Map<Integer, Long> named) {
        var expected = new LinkedHashMap<String, Long>();
        var text = new StringBuilder();
        named.forEach(
                (name, address) -> {
                    expected.put("f" + name, address);
                    text.append(Long.toHexString(address)).append(" t f").append(name).append('\n');
                });
        KernelSymbols symbols = of(text.toString());
        assertEquals(expected.size(), symbols.size());
        expected.forEach(
                (name, address) ->
                        assertArrayEquals(new long[] {address}, symbols.addresses(name)));
    }

    @Test
    void thisKernelsSymbolsAreThoseOfTheFile() throws IOException {
        Path file = Path.of("/proc/kallsyms");
        assumeTrue(Files.isReadable(file), "needs /proc/kallsyms");
        byte[] bytes = Files.readAllBytes(file);
        KernelSymbols symbols = KernelSymbols.of(bytes);
        String all = new String(bytes, StandardCharsets.UTF_8);
        assertEquals(all.lines().count(), symbols.size());
        for (String name : Set.of("vfs_read", "_stext", "bpf_prog_load")) {
            var expected = new ArrayList<Long>();
            all.lines()
                    .map(line -> line.split("[ \t]"))
                    .filter(parts -> parts[2].equals(name))
                    .forEach(parts -> expected.add(Long.parseUnsignedLong(parts[0], 16)));
            assertArrayEquals(
                    expected.stream().mapToLong(Long::longValue).toArray(),
                    symbols.addresses(name));
        }
    }

    private static KernelSymbols of(String text) {
        return KernelSymbols.of(text.getBytes(StandardCharsets.UTF_8));
    }
}
