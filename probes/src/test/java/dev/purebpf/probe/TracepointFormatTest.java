package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.probe.TracepointFormat.Field;
import dev.purebpf.probe.TracepointFormat.Place;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Files {@code format} of tracefs. */
class TracepointFormatTest {
    private static final String EXEC =
            """
            name: sched_process_exec
            ID: 312
            format:
            \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
            \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

            \tfield:__data_loc char[] filename;\toffset:8;\tsize:4;\tsigned:0;
            \tfield:pid_t pid;\toffset:12;\tsize:4;\tsigned:1;
            \tfield:char comm[16];\toffset:16;\tsize:16;\tsigned:0;
            \tfield:unsigned long args[6];\toffset:32;\tsize:48;\tsigned:0;
            \tfield:const char * path;\toffset:80;\tsize:8;\tsigned:0;
            \tfield:__rel_loc u32[] ids;\toffset:88;\tsize:4;\tsigned:0;
            \tfield:u8 mac[ETH_ALEN];\toffset:92;\tsize:6;\tsigned:0;

            print fmt: "field:no field; %s", __get_str(filename)
            """;

    @Test
    void allKindsOfFieldsAreRead() {
        TracepointFormat format = TracepointFormat.parse("sched/sched_process_exec", EXEC);
        assertEquals("sched_process_exec", format.name());
        assertEquals(312, format.id());
        assertEquals(98, format.fixedSize());
        assertEquals(
                List.of(
                        new Field(
                                "unsigned short",
                                "common_type",
                                0,
                                2,
                                false,
                                false,
                                0,
                                Place.INLINE),
                        new Field("int", "common_pid", 4, 4, true, false, 0, Place.INLINE),
                        new Field("char", "filename", 8, 4, false, true, 0, Place.ELSEWHERE),
                        new Field("pid_t", "pid", 12, 4, true, false, 0, Place.INLINE),
                        new Field("char", "comm", 16, 16, false, true, 16, Place.INLINE),
                        new Field("unsigned long", "args", 32, 48, false, true, 6, Place.INLINE),
                        new Field("const char *", "path", 80, 8, false, false, 0, Place.INLINE),
                        new Field("u32", "ids", 88, 4, false, true, 0, Place.AFTER),
                        new Field("u8", "mac", 92, 6, false, true, 0, Place.INLINE)),
                format.fields());
    }

    @Test
    void whatAFieldIsFollowsFromItsType() {
        List<Field> fields = TracepointFormat.parse("sched/sched_process_exec", EXEC).fields();
        assertTrue(fields.get(1).isCommon());
        assertFalse(fields.get(2).isCommon());
        assertTrue(fields.get(2).isText());
        assertTrue(fields.get(4).isText());
        assertTrue(fields.get(6).isPointer());
        assertFalse(fields.get(6).isText());
        assertEquals(
                List.of(2, 4, 1, 4, 1, 8, 8, 4, 1),
                fields.stream().map(Field::elementSize).toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "name: x\n",
                "ID: 1\n",
                "name: x\nID: y\n",
                "name: x\nID: -1\n",
                "name: x\nID: 1\n\tfield:int a;\n",
                "name: x\nID: 1\n\tfield:int a;\toffset:8;\tsize:4;\tsigned:;\n",
                "name: x\nID: 1\n\tfield:int a;\toffset:-8;\tsize:4;\tsigned:0;\n",
                "name: x\nID: 1\n\tfield:int a;\tsize:4;\toffset:8;\tsigned:0;\n",
                "name: x\nID: 1\n\tfield:int a;\toffset:8190;\tsize:4;\tsigned:0;\n",
                "name: x\nID: 1\n\tfield:int;\toffset:8;\tsize:4;\tsigned:0;\n",
                "name: x\nID: 1\n\tfield:;\toffset:8;\tsize:4;\tsigned:0;\n",
                "name: x\nID: 1\n\tfield:int a[4;\toffset:8;\tsize:16;\tsigned:0;\n",
                "name: x\nID: 1\n\tfield:__data_loc char[] a;\toffset:8;\tsize:8;\tsigned:0;\n",
            })
    void whatIsNoFormatIsRefused(String text) {
        MalformedObjectException e =
                assertThrows(
                        MalformedObjectException.class, () -> TracepointFormat.parse("a/b", text));
        assertTrue(e.getMessage().contains("a/b"), e.getMessage());
    }

    @Test
    @Tag("kernel")
    void everyTracepointOfThisMachineIsRead() throws IOException {
        Path events = Path.of("/sys/kernel/tracing/events");
        assumeTrue(Files.isReadable(events.resolve("sched")), "needs tracefs, and to be root");
        int read = 0;
        for (String path : TracepointNames.all(Tracefs.MACHINE)) {
            String[] names = path.split("/");
            TracepointFormat format = TracepointFormat.of(Tracepoint.of(names[0], names[1]));
            String id = Files.readString(events.resolve(path).resolve("id")).strip();
            assertEquals(id, Integer.toString(format.id()), path);
            assertEquals("common_type", format.fields().getFirst().name(), path);
            read++;
        }
        assertTrue(read > 500, "only " + read);
    }

    @Property
    void whatIsWrittenIsRead(@ForAll("fields") List<Field> fields) {
        StringBuilder text = new StringBuilder("name: any\nID: 7\nformat:\n");
        for (Field field : fields) {
            text.append("\tfield:").append(declaration(field));
            text.append(";\toffset:").append(field.offset());
            text.append(";\tsize:").append(field.size());
            text.append(";\tsigned:").append(field.signed() ? 1 : 0).append(";\n");
        }
        text.append("\nprint fmt: \"\"\n");
        assertEquals(fields, TracepointFormat.parse("any", text.toString()).fields());
    }

    @Property
    void aDamagedFileIsReadOrRefusedAndNothingElse(
            @ForAll @IntRange(max = 900) int at,
            @ForAll @IntRange(max = 60) int removed,
            @ForAll("damage") String inserted) {
        int from = Math.min(at, EXEC.length());
        int to = Math.min(from + removed, EXEC.length());
        String text = EXEC.substring(0, from) + inserted + EXEC.substring(to);
        try {
            TracepointFormat format = TracepointFormat.parse("damaged", text);
            assertTrue(format.fixedSize() <= 8192);
            for (Field field : format.fields()) {
                assertTrue(field.elementSize() >= 0);
                assertFalse(field.name().isEmpty());
            }
        } catch (MalformedObjectException e) {
            assertTrue(e.getMessage().contains("damaged"));
        }
    }

    private static String declaration(Field field) {
        String length = field.length() == 0 ? "[]" : "[" + field.length() + "]";
        return switch (field.place()) {
            case INLINE -> field.type() + " " + field.name() + (field.array() ? length : "");
            case ELSEWHERE -> "__data_loc " + field.type() + "[] " + field.name();
            case AFTER -> "__rel_loc " + field.type() + "[] " + field.name();
        };
    }

    @Provide
    static Arbitrary<List<Field>> fields() {
        Arbitrary<String> types =
                Arbitraries.of("int", "char", "unsigned long", "struct page *", "const char *");
        Arbitrary<String> names = Arbitraries.strings().alpha().numeric().ofMinLength(1);
        Arbitrary<Integer> offsets = Arbitraries.integers().between(0, 4000);
        Arbitrary<Integer> lengths = Arbitraries.integers().between(0, 64);
        return Combinators.combine(
                        types,
                        names,
                        offsets,
                        Arbitraries.of(true, false),
                        lengths,
                        Arbitraries.of(Place.values()))
                .as(TracepointFormatTest::field)
                .list()
                .ofMaxSize(12);
    }

    private static Field field(
            String type, String name, int offset, boolean signed, int length, Place place) {
        boolean inline = place == Place.INLINE;
        return new Field(
                type,
                name,
                offset,
                inline ? 8 * Math.max(1, length) : 4,
                signed,
                !inline || length > 0,
                inline ? length : 0,
                place);
    }

    @Provide
    static Arbitrary<String> damage() {
        return Arbitraries.strings().withChars(";:[]\t\n -09az_*").ofMaxLength(12);
    }
}
