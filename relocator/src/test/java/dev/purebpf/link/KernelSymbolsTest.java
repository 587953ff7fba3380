package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.NearestNames;
import dev.purebpf.link.KernelSymbols.Function;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

class KernelSymbolsTest {
    private static final KernelSymbols SYMBOLS =
            parse(
                    """
                    ffffffff81000000 T _text
                    0000000000001000 d twice
                    0000000000002000 d twice
                    0000000000003000 d three_times
                    0000000000001000 t three_times
                    0000000000002000 t three_times
                    0000000000003000 t thrice
                    0000000000003000 T thrice
                    0000000000004000 d mask.llvm.12345
                    0000000000005000 t other.llvm.12345
                    ffffffffc0551000 t hook\t[nf_conntrack]
                    0 A zero\
                    """);

    private static KernelSymbols parse(String text) {
        return KernelSymbols.parse("kallsyms", text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aNameHasAnAddress() {
        assertArrayEquals(new long[] {0xffffffff81000000L}, SYMBOLS.addresses("_text"));
        assertArrayEquals(new long[] {0xffffffffc0551000L}, SYMBOLS.addresses("hook"));
        assertArrayEquals(new long[] {0}, SYMBOLS.addresses("zero"));
        assertArrayEquals(new long[] {}, SYMBOLS.addresses("_tex"));
        assertArrayEquals(new long[] {}, SYMBOLS.addresses("[nf_conntrack]"));
    }

    @Test
    void aNameMayHaveSeveralAddressesAndTheSameTwiceIsOne() {
        assertArrayEquals(new long[] {0x1000, 0x2000}, SYMBOLS.addresses("twice"));
        assertArrayEquals(new long[] {0x3000, 0x1000, 0x2000}, SYMBOLS.addresses("three_times"));
        assertArrayEquals(new long[] {0x3000}, SYMBOLS.addresses("thrice"));
    }

    @Test
    void theKernelAndItsModulesMayHaveTheSameName() {
        KernelSymbols symbols =
                KernelSymbols.parse(
                        "test",
                        "1000 t f\n2000 t f\t[a]\n3000 t f [b]\n4000 d v.llvm.1\t[a]\n".getBytes());
        assertArrayEquals(new long[] {0x1000, 0x2000, 0x3000}, symbols.addresses("f"));
        assertArrayEquals(new long[] {0x1000}, symbols.addressesIn("", "f"));
        assertArrayEquals(new long[] {0x2000}, symbols.addressesIn("a", "f"));
        assertArrayEquals(new long[] {0x3000}, symbols.addressesIn("b", "f"));
        assertArrayEquals(new long[] {}, symbols.addressesIn("c", "f"));
        assertArrayEquals(new long[] {0x4000}, symbols.addressesIn("a", "v"));
    }

    @Test
    void variablesAreFoundWithoutWhatClangAppended() {
        assertArrayEquals(new long[] {0x4000}, SYMBOLS.addresses("mask"));
        assertArrayEquals(new long[] {}, SYMBOLS.addresses("mask.llvm.12345"));
        assertArrayEquals(new long[] {0x5000}, SYMBOLS.addresses("other.llvm.12345"));
        assertArrayEquals(new long[] {}, SYMBOLS.addresses("other"));
    }

    @Test
    void aNameThatThereIsNotIsNearToThoseOfFunctions() {
        assertEquals(List.of("thrice"), near("thrize"));
        assertEquals(List.of("hook"), near("hoxk"));
        // A variable.
        assertEquals(List.of(), near("twize"));
    }

    private static List<String> near(String name) {
        NearestNames near = NearestNames.ofLengthLike(name);
        SYMBOLS.addFunctions(near);
        return near.toList();
    }

    @Test
    void anAddressBelongsToTheFunctionThatBeginsLastBeforeIt() {
        var text = new Function("_text", 0xffffffff81000000L, "");
        assertEquals(Optional.of(text), SYMBOLS.containing(0xffffffff81000000L));
        assertEquals(Optional.of(text), SYMBOLS.containing(0xffffffff81000fffL));
        assertEquals(
                Optional.of(new Function("hook", 0xffffffffc0551000L, "nf_conntrack")),
                SYMBOLS.containing(0xffffffffc0551234L));
        // The first of several names, and never a variable.
        assertEquals("three_times", SYMBOLS.containing(0x2001).orElseThrow().name());
        assertEquals("thrice", SYMBOLS.containing(0x4001).orElseThrow().name());
        assertEquals(
                "other.llvm.12345", SYMBOLS.containing(0x7fff_ffff_ffffL).orElseThrow().name());
        assertEquals(Optional.empty(), SYMBOLS.containing(0xfff));
        assertEquals(Optional.empty(), parse("0 T a\n0 T b\n").containing(0xffffffff81000000L));
        assertEquals(Optional.empty(), parse("").containing(0));
    }

    @Test
    void whatTheKernelItselfHasIsToldFromWhatComesAndGoes() {
        var symbols =
                parse(
                        """
                        0000000000000000 A cpu_data
                        ffffffff81000000 T _text
                        ffffffff82000000 B _end
                        ffffffffc0551000 t hook\t[nf_conntrack]
                        ffffffffc0541000 t bpf_prog_1234\t[bpf]
                        """);
        assertTrue(symbols.isOfKernelItself(0xffffffff81000000L));
        assertTrue(symbols.isOfKernelItself(0xffffffff81ffffffL));
        for (long other : new long[] {0xffffffff82000000L, 0xffffffffc0541000L, -1}) {
            assertFalse(symbols.isOfKernelItself(other), Long.toHexString(other));
        }
        assertFalse(parse("0 T a\n0 T b\n").isOfKernelItself(0xffffffff81000000L), "hidden");
        assertFalse(parse("").isOfKernelItself(0));
    }

    @Property
    void theFunctionOfAnAddressIsTheNearestBelow(
            @ForAll Map<Integer, Long> named, @ForAll long address) {
        var text = new StringBuilder();
        named.forEach(
                (name, begin) ->
                        text.append(Long.toHexString(begin))
                                .append(" T f")
                                .append(name)
                                .append('\n'));
        OptionalLong nearest =
                named.values().stream()
                        .mapToLong(Long::longValue)
                        .filter(begin -> Long.compareUnsigned(begin, address) <= 0)
                        .boxed()
                        .sorted(Long::compareUnsigned)
                        .mapToLong(Long::longValue)
                        .reduce((_, last) -> last);
        Optional<Function> found = parse(text.toString()).containing(address);
        assertEquals(
                nearest.orElse(0),
                found.map(Function::address).orElse(0L),
                "of 0x" + Long.toHexString(address));
        found.ifPresent(
                function ->
                        assertEquals(
                                function.address(),
                                named.get(Integer.parseInt(function.name().substring(1)))));
    }

    /** The kernel's own come first, by their addresses; then those of modules, in any order. */
    @Property
    void ofSeveralNamesOfAnAddressTheFirstFunctionIsTaken(
            @ForAll @Size(max = 12) List<@IntRange(max = 9) Integer> own,
            @ForAll @Size(max = 8) List<@IntRange(max = 14) Integer> ofModules,
            @ForAll @IntRange(max = 16) int address,
            @ForAll Random random) {
        List<Integer> addresses = new ArrayList<>(own.stream().sorted().toList());
        addresses.addAll(ofModules);
        var text = new StringBuilder();
        String expected = "";
        long best = 0;
        for (int i = 0; i < addresses.size(); i++) {
            boolean isFunction = random.nextBoolean();
            long begin = addresses.get(i);
            text.append(random.nextBoolean() ? Long.toHexString(begin) : "%016x".formatted(begin))
                    .append(isFunction ? " t " : " d ")
                    .append("name")
                    .append(i)
                    .append(random.nextBoolean() ? "\t[module]\n" : "\n");
            if (isFunction && begin <= address && begin > best) {
                best = begin;
                expected = "name" + i;
            }
        }
        assertEquals(
                expected,
                parse(text.toString()).containing(address).map(Function::name).orElse(""),
                text.toString());
    }

    /** Of few that are looked for another way is taken than of many. */
    @Test
    void howOftenNamesAreLookedForDoesNotMatter() {
        KernelSymbols symbols = parse("1 d a.llvm.1\n2 t a\t[m]\n3 T ab\n2 T b\n4 t a\n2 t a\n");
        for (int i = 0; i < 40; i++) {
            assertArrayEquals(new long[] {1, 2, 4}, symbols.addresses("a"));
            assertArrayEquals(new long[] {2}, symbols.addressesIn("m", "a"));
            assertArrayEquals(new long[] {3}, symbols.addresses("ab"));
            assertArrayEquals(new long[] {}, symbols.addresses("abc"));
            assertArrayEquals(new long[] {}, symbols.addresses(""));
        }
    }

    @Property
    void whatIsInTheListIsFound(@ForAll Map<Integer, Long> named) {
        var text = new StringBuilder();
        named.forEach(
                (name, address) ->
                        text.append(Long.toHexString(address))
                                .append(" t f")
                                .append(name)
                                .append('\n'));
        KernelSymbols symbols = parse(text.toString());
        assertEquals(named.size(), symbols.count());
        named.forEach(
                (name, address) ->
                        assertArrayEquals(new long[] {address}, symbols.addresses("f" + name)));
    }

    @Test
    void thisKernelsSymbolsAreThoseOfTheFile() throws IOException {
        Path file = Path.of("/proc/kallsyms");
        assumeTrue(Files.isReadable(file), "needs /proc/kallsyms");
        byte[] bytes = Files.readAllBytes(file);
        KernelSymbols symbols = KernelSymbols.parse("kallsyms", bytes);
        List<String[]> lines =
                new String(bytes, StandardCharsets.UTF_8)
                        .lines()
                        .map(line -> line.split("[ \t]+"))
                        .toList();
        assertEquals(lines.size(), symbols.count());
        for (String name : List.of("vfs_read", "_stext", "bpf_prog_load")) {
            long[] expected =
                    lines.stream()
                            .filter(parts -> parts[2].equals(name))
                            .mapToLong(parts -> Long.parseUnsignedLong(parts[0], 16))
                            .distinct()
                            .toArray();
            assertArrayEquals(expected, symbols.addresses(name));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x T name",
                "12 T",
                "12 T ",
                "12 TT name",
                "12",
                "12 ",
                " 12 T name",
                "11112222333344445 T name",
                "12 T name\nffff",
            })
    void otherLinesAreRefused(String text) {
        assertThrows(MalformedObjectException.class, () -> parse(text));
    }

    @Test
    void emptyLinesSayNothing() {
        assertEquals(0, parse("").count());
        assertEquals(1, parse("\n\n12 T name\n \n").count());
    }

    @Property
    void anyBytesAreReadOrRefused(@ForAll @Size(max = 200) byte[] bytes) {
        readOrRefuse(bytes);
    }

    @Property
    void damagedListsAreReadOrRefused(@ForAll Random random) {
        byte[] bytes =
                "ffffffff81000000 T _text\n10 d a.llvm.1\n20 t hook\t[module]\n"
                        .getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 3; i++) {
            bytes[random.nextInt(bytes.length)] = (byte) " \n\t0fTd.x[]".charAt(random.nextInt(11));
        }
        readOrRefuse(bytes);
    }

    private static void readOrRefuse(byte[] bytes) {
        try {
            KernelSymbols symbols = KernelSymbols.parse("bytes", bytes);
            assertTrue(symbols.addresses("a").length <= symbols.count());
            assertTrue(symbols.addresses("").length <= symbols.count());
            symbols.containing(-1).ifPresent(function -> assertTrue(function.address() != 0));
            NearestNames near = NearestNames.to("a");
            symbols.addFunctions(near);
            assertTrue(near.toList().size() <= symbols.count());
        } catch (MalformedObjectException e) {
            assertTrue(e.getMessage().startsWith("bytes"), e.getMessage());
        }
    }
}
