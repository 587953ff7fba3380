package dev.purebpf.code;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.elf.ByteReader;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.fixtures.GoToolchain;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Instructions of x86-64, as {@code objdump} has them. */
class X86InstructionsTest {
    /** Room for an instruction, and for what begins in it. */
    private static final int SLOT = 32;

    private static final byte NOP = (byte) 0x90;

    private static final String PREFIX =
            "(?:bnd|notrack|repz|repnz|rep|data16|addr32|lock|[cdefgs]s|xacquire|xrelease|rex[.A-Z]*|[{][a-z]+[}])";

    private static final Pattern PREFIXES_ALONE = Pattern.compile(PREFIX + "(?: " + PREFIX + ")*");

    private static final Pattern WAIT = Pattern.compile("(?:6[4-7]|f[023]|[23][6e]|4.)*9b.+");

    private static final Pattern INSTRUCTION =
            Pattern.compile(
                    "(?:" + PREFIX + " )*(?<name>[a-z][^ ,]*)(?:,p[nt])?(?: +(?<operands>.*))?");

    /** A jump to another place: its target is all there is, or stands before what is there. */
    private static final Pattern TARGET = Pattern.compile("(?:0x)?([0-9a-f]+)(?: <.*>)?");

    @ParameterizedTest
    @ValueSource(strings = {"1.15", "1.19", "1.27"})
    void everyInstructionOfGosCompilerIsAsLongAsObjdumpSays(String version) throws Exception {
        compare(GoToolchain.of(version).root().resolve("bin/gofmt"));
    }

    @ParameterizedTest
    @MethodSource("programs")
    void everyInstructionOfAProgramIsAsLongAsObjdumpSays(Path program) throws Exception {
        assumeTrue(Files.isReadable(program), () -> "needs " + program);
        compare(program);
    }

    private static void compare(Path program) throws IOException {
        int[] count = {0};
        int[] refused = {0};
        Map<Section, ByteReader> code = new HashMap<>();
        try (ElfFile file = ElfFile.open(program)) {
            Disassembly.ask(
                    theirs -> {
                        if (isWhole(theirs)) {
                            Section section = theirs.section(file);
                            ByteReader bytes = code.computeIfAbsent(section, Section::reader);
                            long at = theirs.address() - section.address();
                            if (isDecoded(theirs, bytes, at)) {
                                Instruction ours = X86Instructions.decode(bytes, at);
                                assertSame(theirs, ours, section.address());
                                count[0]++;
                            } else {
                                refused[0]++;
                            }
                        }
                    },
                    List.of("objdump"),
                    "-d",
                    "-w",
                    "-z",
                    program.toString());
        }
        String result = program + ": " + count[0] + " instructions, " + refused[0] + " refused";
        assertTrue(count[0] > 1000, result);
        // OpenSSL keeps tables in its code, which objdump takes for instructions as well.
        assertTrue(refused[0] == 0 || program.toString().contains("libcrypto"), result);
    }

    static Stream<Path> programs() {
        Path java = Path.of(System.getProperty("java.home"), "lib");
        Path libraries = Path.of("/lib/x86_64-linux-gnu");
        return Stream.of(
                libraries.resolve("libc.so.6"),
                libraries.resolve("libm.so.6"),
                libraries.resolve("libcrypto.so.3"),
                Path.of("/lib64/ld-linux-x86-64.so.2"),
                Path.of("/usr/bin/bash"),
                java.resolve("libjava.so"),
                java.resolve("libjsvml.so"),
                java.resolve("libsimdsort.so"));
    }

    @Test
    void everyOpcodeIsAsLongAsObjdumpSays() throws Exception {
        List<byte[]> slots = new ArrayList<>();
        for (String prefix : List.of("", "66", "67", "f2", "f3", "48", "6648")) {
            for (String map : List.of("", "0f", "0f38", "0f3a")) {
                addEveryOpcode(prefix + map, slots);
            }
        }
        String vex = "c5f8 c5fc c4e178 c4e278 c4e378";
        String evex = "62f17c48 62f27c48 62f37c48 62f57c48 62f67c48";
        String xop = "8fe878 8fe978 8fea78";
        for (String prefix : String.join(" ", vex, evex, xop).split(" ")) {
            addEveryOpcode(prefix, slots);
        }
        int decoded = compare(slots);
        assertTrue(decoded > 40_000, () -> decoded + " decoded");
    }

    private static void addEveryOpcode(String prefix, List<byte[]> slots) {
        int[] operands = {
            0x00, 0x05, 0x04, 0x44, 0x84, 0xc0, 0xc8, 0xd0, 0xd8, 0xe0, 0xe8, 0xf0, 0xf8
        };
        for (int opcode = 0; opcode < 256; opcode++) {
            for (int modRm : operands) {
                // The SIB that some of them have asks for a displacement.
                String hex = String.format("%s%02x%02x250102030405060708", prefix, opcode, modRm);
                slots.add(HexFormat.of().parseHex(hex));
            }
        }
    }

    @Property(tries = 20, shrinking = ShrinkingMode.OFF)
    void anyBytesAreRefusedOrAsLongAsObjdumpSays(@ForAll long seed) throws Exception {
        var random = new Random(seed);
        List<byte[]> slots = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = new byte[16];
            random.nextBytes(bytes);
            slots.add(bytes);
        }
        compare(slots);
    }

    @Property
    void noInstructionReachesPastTheEnd(@ForAll byte[] bytes) {
        ByteReader code = ByteReader.of("code", ".text", bytes, ByteOrder.LITTLE_ENDIAN);
        try {
            Instruction instruction = X86Instructions.decode(code, 0);
            assertTrue(instruction.length() >= 1, instruction::toString);
            assertTrue(instruction.length() <= Math.min(15, bytes.length), instruction::toString);
        } catch (MalformedObjectException e) {
            assertEquals("code", e.file());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "06, opcode 06", // PUSH ES, not in 64-bit mode
        "82c001, opcode 82",
        "0f04, opcode 04",
        "0f36, opcode 36",
        "0f3820, cut short",
        "66e800000000, not all processors",
        "660f8400000000, not all processors",
        "0fffc0, opcode ff",
        "66c5f877, a prefix before VEX",
        "4862f17c4858c0, a prefix before VEX",
        "62f47c48ff, opcode ff", // of the extensions of 2023
        "66666666666666666666666666666690, prefixes without an end",
        "6767676767676767676781c000000000, longer than the 15 bytes",
        "e8000000, goes on after the end",
        "48, cut short",
    })
    void whatIsNoKnownInstructionIsNeverGuessed(String hex, String reason) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        ByteReader code = ByteReader.of("code", ".text", bytes, ByteOrder.LITTLE_ENDIAN);
        var e = assertThrows(MalformedObjectException.class, () -> X86Instructions.decode(code, 0));
        assertTrue(e.getMessage().contains(reason), e::getMessage);
    }

    /**
     * Has the beginning of each slot decoded by both.
     *
     * @return how many both know
     */
    private static int compare(List<byte[]> slots) throws IOException {
        var all = new ByteArrayOutputStream();
        for (byte[] slot : slots) {
            byte[] padded = Arrays.copyOf(slot, SLOT);
            Arrays.fill(padded, slot.length, SLOT, NOP);
            all.writeBytes(padded);
        }
        ByteReader code = ByteReader.of("slots", null, all.toByteArray(), ByteOrder.LITTLE_ENDIAN);
        Path file = Files.write(Files.createTempFile("purebpf", ".bin"), all.toByteArray());
        int[] count = {0};
        try {
            Disassembly.ask(
                    theirs -> {
                        if (theirs.address() % SLOT == 0
                                && isWhole(theirs)
                                && isDecoded(theirs, code, theirs.address())) {
                            assertSame(theirs, X86Instructions.decode(code, theirs.address()), 0);
                            count[0]++;
                        }
                    },
                    List.of("objdump"),
                    "-D",
                    "-w",
                    "-z",
                    "-b",
                    "binary",
                    "-m",
                    "i386:x86-64",
                    file.toString());
        } finally {
            Files.delete(file);
        }
        return count[0];
    }

    /** {@return whether we decode it; if not, it is one of the few that we refuse on purpose} */
    private static boolean isDecoded(Disassembly theirs, ByteReader code, long at) {
        try {
            X86Instructions.decode(code, at);
            return true;
        } catch (MalformedObjectException e) {
            boolean isMeant =
                    e.getMessage().contains("not all processors")
                            || e.getMessage().contains("a prefix before VEX")
                            || theirs.text().contains("ud0");
            assertTrue(isMeant, () -> theirs + ": " + e.getMessage());
            return false;
        }
    }

    /**
     * {@return whether it is what a processor takes for one instruction} Prefixes that do not fit
     * are lines of their own to {@code objdump}, and an instruction that waits for the coprocessor
     * one with that which follows.
     */
    private static boolean isWhole(Disassembly theirs) {
        boolean isWait = WAIT.matcher(theirs.bytes()).matches();
        return theirs.isKnown() && !isWait && !PREFIXES_ALONE.matcher(theirs.text()).matches();
    }

    private static void assertSame(Disassembly theirs, Instruction ours, long base) {
        assertEquals(theirs.length(), ours.length(), theirs::toString);
        Matcher parts = INSTRUCTION.matcher(theirs.text());
        assertTrue(parts.matches(), theirs::toString);
        String name = parts.group("name");
        String operands = parts.group("operands") == null ? "" : parts.group("operands").strip();
        Matcher target = TARGET.matcher(operands);
        if ((name.startsWith("j") || name.startsWith("loop")) && target.matches()) {
            assertEquals(Instruction.Kind.JUMP, ours.kind(), theirs::toString);
            long address = Long.parseUnsignedLong(target.group(1), 16);
            assertEquals(address, base + ours.target(), theirs::toString);
            return;
        }
        Instruction.Kind expected =
                name.startsWith("ret")
                        ? Instruction.Kind.RETURN
                        : name.startsWith("jmp") || name.startsWith("ljmp")
                                ? Instruction.Kind.INDIRECT_JUMP
                                : Instruction.Kind.NEXT;
        assertEquals(expected, ours.kind(), theirs::toString);
    }
}
