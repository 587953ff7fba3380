package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.Fixtures;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfType;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.link.MapDefinition.Slot;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

class StructOpsTest {
    private static final ObjectFile OBJECT = ObjectFile.parse(Fixtures.elf("structops"));

    @Test
    void tablesOfOperationsAreMaps() {
        MapDefinition first = OBJECT.map("first").orElseThrow();
        assertEquals(MapDefinition.Origin.STRUCT_OPS, first.origin());
        assertEquals(Optional.of(MapType.STRUCT_OPS), first.type());
        assertEquals(4, first.keySize());
        assertEquals(40, first.valueSize());
        assertEquals(1, first.maxEntries());
        assertEquals(0, first.flags());
        assertTrue(first.autocreate());
        assertFalse(first.isGlobalData());
        assertEquals(
                "bpf_first",
                new String(Arrays.copyOfRange(first.data(), 24, 33), StandardCharsets.US_ASCII));
        assertEquals(MapDefinition.LINKED, OBJECT.map("second").orElseThrow().flags());
        assertFalse(OBJECT.map("third").orElseThrow().autocreate());
    }

    @Test
    void theirPointersAreProgramsOfTheObject() {
        assertEquals(
                List.of(new Slot(0, "threshold"), new Slot(1, "undo"), new Slot(2, "avoid")),
                OBJECT.map("first").orElseThrow().slots());
        assertEquals(List.of(new Slot(1, "undo")), OBJECT.map("third").orElseThrow().slots());
    }

    @Test
    void programsAreForTheMemberOfThatNameInTheKernelsStruct() {
        var types = BtfBuilder.create();
        int number = types.add(new BtfType.Int("int", 4, 0, 0, 32));
        int table =
                types.add(
                        new BtfType.Struct(
                                "tcp_congestion_ops",
                                12,
                                List.of(
                                        new BtfType.Member("key", number, 0, 0),
                                        new BtfType.Member("undo_cwnd", number, 32, 0),
                                        new BtfType.Member("ssthresh", number, 64, 0)),
                                false));
        assertEquals(
                Optional.empty(),
                StructOpsTarget.of(OBJECT, "threshold", kernel(types)),
                "the kernel has such a struct, but nobody can implement it");
        types.add(
                new BtfType.Struct(
                        "bpf_struct_ops_tcp_congestion_ops",
                        64,
                        List.of(new BtfType.Member("data", table, 0, 0)),
                        false));
        TargetKernel kernel = kernel(types);
        assertEquals(
                Optional.of(new StructOpsTarget("tcp_congestion_ops", "ssthresh", "", table, 2)),
                StructOpsTarget.of(OBJECT, "threshold", kernel));
        assertEquals(
                Optional.of(new StructOpsTarget("tcp_congestion_ops", "undo_cwnd", "", table, 1)),
                StructOpsTarget.of(OBJECT, "undo", kernel));
        assertEquals(Optional.empty(), StructOpsTarget.of(OBJECT, "avoid", kernel));
        assertEquals(Optional.empty(), StructOpsTarget.of(OBJECT, "unused", kernel));
        assertEquals(
                Optional.empty(), StructOpsTarget.of(OBJECT, "threshold", TargetKernel.unknown()));
    }

    private static TargetKernel kernel(BtfBuilder types) {
        return TargetKernel.of(types.build("kernel", ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void aWrapperOfSomethingElseDoesNotCount() {
        var types = BtfBuilder.create();
        int number = types.add(new BtfType.Int("int", 4, 0, 0, 32));
        types.add(
                new BtfType.Struct(
                        "tcp_congestion_ops",
                        4,
                        List.of(new BtfType.Member("ssthresh", number, 0, 0)),
                        false));
        types.add(
                new BtfType.Struct(
                        "bpf_struct_ops_tcp_congestion_ops",
                        4,
                        List.of(new BtfType.Member("data", number, 0, 0)),
                        false));
        assertEquals(Optional.empty(), StructOpsTarget.of(OBJECT, "threshold", kernel(types)));
    }

    @Test
    void onlyProgramsForItCanBeOperations() {
        byte[] bytes = Fixtures.little("structops");
        byte[] section = "struct_ops/threshold".getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i + section.length < bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + section.length, section, 0, section.length)) {
                bytes[i] = 'x';
            }
        }
        var e =
                assertThrows(
                        MalformedObjectException.class,
                        () -> ObjectFile.parse(ElfFile.of("changed.bpf.o", bytes)));
        assertTrue(e.getMessage().contains("threshold"), e.getMessage());
    }
}
