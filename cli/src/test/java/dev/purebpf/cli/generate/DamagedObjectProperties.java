package dev.purebpf.cli.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfType;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.codec.CType;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.elf.Section;
import dev.purebpf.error.BpfException;
import dev.purebpf.fixtures.Mutations;
import dev.purebpf.link.ObjectFile;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** Damaged objects, and types that no compiler writes: a class that compiles, or a sentence. */
class DamagedObjectProperties {
    private static final byte[] WHOLE = shapes();
    private static final int[] BTF = btf();

    private static byte[] shapes() {
        String resource = "/fixtures/shapes.bpf.o";
        try (InputStream in = DamagedObjectProperties.class.getResourceAsStream(resource)) {
            assertNotNull(in);
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int[] btf() {
        try (ElfFile elf = ElfFile.of("shapes.bpf.o", WHOLE)) {
            Section section = elf.section(".BTF").orElseThrow();
            return new int[] {(int) section.offset(), (int) section.size()};
        }
    }

    private static String source(byte[] object) {
        try (ElfFile elf = ElfFile.of("shapes.bpf.o", object)) {
            return ObjectSource.of(ObjectFile.parse(elf), "shapes.bpf.o", "p", "Shapes", List.of());
        }
    }

    /** In the types, as damage elsewhere is what the reading of objects is tested with. */
    private static byte[] damaged(long seed) {
        byte[] types = Arrays.copyOfRange(WHOLE, BTF[0], BTF[0] + BTF[1]);
        byte[] damaged = Arrays.copyOf(Mutations.damage(types, seed), BTF[1]);
        byte[] object = WHOLE.clone();
        System.arraycopy(damaged, 0, object, BTF[0], BTF[1]);
        return object;
    }

    @Property
    void damagedTypesGiveASourceOrASentence(@ForAll long seed) {
        try {
            assertFalse(source(damaged(seed)).isEmpty());
        } catch (BpfException | CommandFailure e) {
            assertFalse(e.getMessage().isBlank());
        }
    }

    @Property(tries = 20)
    void whatIsWrittenFromDamagedTypesCompiles(@ForAll long seed) throws IOException {
        String source;
        try {
            source = source(damaged(seed));
        } catch (BpfException | CommandFailure e) {
            return;
        }
        Path folder = Files.createTempDirectory("damaged");
        try {
            Path file = Files.writeString(folder.resolve("Shapes.java"), source);
            assertEquals("", Javac.complaints(List.of(file), folder), source);
        } finally {
            try (var files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    @Test
    void structsThatDoubleAtEachLevelTakeNoLongerThanTheirNumber() {
        var builder = BtfBuilder.create();
        int id = builder.add(new BtfType.Int("char", 1, 1, 0, 8));
        for (int i = 0; i < 60; i++) {
            var twice =
                    List.of(new BtfType.Member("a", id, 0, 0), new BtfType.Member("b", id, 8, 0));
            id = builder.add(new BtfType.Struct("s" + i, 2, twice, false));
        }
        CType last = CType.of(builder.build("hostile", ByteOrder.nativeOrder()), id);
        var types = new JavaTypes(new JavaNames(Set.of()));
        types.add(last, "Last");
        assertEquals(60, types.classes().size());
        assertEquals("byte[]", types.javaType(last));
    }

    @Test
    void aBitfieldOfWhatIsNoNumberIsLeftToTheBytes() {
        var types = new JavaTypes(new JavaNames(Set.of()));
        CType text = new CType.Array(new CType.Whole("char", 1, true), 4);
        CType number = new CType.Whole("int", 4, true);
        assertNull(types.javaType(new CType.Bitfield(text, 0, 5)));
        assertNull(types.javaType(new CType.Bitfield(number, 0, 33)));
        assertEquals("int", types.javaType(new CType.Bitfield(number, 0, 32)));
    }

    @Test
    void moreFieldsThanAClassHasRoomForAreRefused() {
        CType.Field field = new CType.Field("f", 0, new CType.Whole("char", 1, true));
        var large = new CType.Union("union large", 1, Collections.nCopies(2_001, field));
        var types = new JavaTypes(new JavaNames(Set.of()));
        assertEquals(
                "union large has more than 2000 fields, for which a Java class has no room: read"
                        + " it as bytes",
                assertThrows(CommandFailure.class, () -> types.add(large, "Large")).getMessage());
    }
}
