package dev.purebpf.cli.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.BpfObject;
import dev.purebpf.cli.PureBpf;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * {@link Shapes}, which is generated from {@code shapes.bpf.c}: what the C program wrote is what
 * Java reads, as a record and where it lies.
 */
class ShapesTest {
    private static final Shapes.Key KEY = new Shapes.Key((byte) 3, 4);

    static BpfObject fixture(String name) throws IOException {
        String resource = "/fixtures/" + name + ".bpf.o";
        try (InputStream in = ShapesTest.class.getResourceAsStream(resource)) {
            return BpfObject.open(name + ".bpf.o", in);
        }
    }

    @Test
    @Tag("kernel")
    void whatTheProgramWroteIsRead() throws IOException {
        PureBpf.requireKernel();
        try (Shapes bpf = Shapes.of(fixture("shapes")).factor(2).greeting("hi").count(40).load()) {
            bpf.fill().run(new byte[0], new byte[16]);

            assertEquals(2, bpf.factor());
            assertEquals("hi", bpf.greeting());
            assertEquals(42, bpf.count());
            assertEquals(Optional.of(Shapes.State.BUSY), Shapes.State.of(bpf.state()));
            assertTrue(bpf.done());
            assertEquals((byte) 255, bpf.small());
            assertEquals(new Shapes.PlaceT((short) 16, (short) 0), bpf.corners()[1]);
            assertEquals(15, bpf.places().get(0).stream().mapToInt(Shapes.PlaceT::x).sum());

            Shapes.Shape shape = bpf.shapes().get(KEY);
            assertFilled(shape);
            assertFilled(bpf.shape());

            // And back: every bit comes out again as it went in.
            bpf.done(false);
            bpf.small((byte) -2);
            bpf.shape(shape);
            bpf.shapes().put(new Shapes.Key((byte) 5, 6), shape);
            assertFalse(bpf.done());
            assertEquals(-2, bpf.small());
            assertFilled(bpf.shape());
            assertFilled(bpf.shapes().get(new Shapes.Key((byte) 5, 6)));
        }
    }

    private static void assertFilled(Shapes.Shape shape) {
        assertEquals(0x1234_5678_9abc_def0L, shape.when());
        assertEquals(20, shape.fooBar());
        assertEquals(22, shape.fooBar_());
        assertEquals(Optional.of(Shapes.State.FAILED), Shapes.State.of(shape.state()));
        assertEquals("shaper", shape.comm());
        assertArrayEquals(new byte[] {1, 0, 0, -1}, shape.raw());
        assertEquals(1, shape.ready());
        assertEquals(-3, shape.level());
        assertEquals(0x98_7654_3210L, shape.wide());
        assertTrue(shape.last());
        assertEquals(0x0100_007f, Shapes.Address.v4(MemorySegment.ofArray(shape.address()), 0));
        assertArrayEquals(new byte[] {5, 0, 0, 0, 6, 0, 0, 0}, shape.unionAt64());
        assertEquals(8080, shape.peer().port());
        assertEquals(-9, shape.peer().places()[1].y());
        assertEquals(0x7777, shape.cookie());
        assertEquals((byte) 200, shape.class_());
        assertTrue(shape.new_());
        assertEquals(-12, shape.matrix()[1][2]);
        assertEquals(new Shapes.Narrow((byte) 0, 13, -14), shape.narrow());
        assertEquals(1L << 40, shape.large());
        assertArrayEquals(
                new byte[] {1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0}, shape.huge());
    }

    @Test
    void fieldsAreReadAndWrittenWhereTheyLie() {
        try (Arena arena = Arena.ofConfined()) {
            long at = 3;
            MemorySegment memory = arena.allocate(at + Shapes.Shape.TYPE.size() + 8);
            Shapes.Shape.when(memory, at, 0x1234_5678_9abc_def0L);
            Shapes.Shape.fooBar(memory, at, 20);
            Shapes.Shape.fooBar_(memory, at, 22);
            Shapes.Shape.state(memory, at, Shapes.State.FAILED.value());
            for (int i = 0; i < 6; i++) {
                Shapes.Shape.comm(memory, at, i, (byte) "shaper".charAt(i));
            }
            Shapes.Shape.raw(memory, at, 0, (byte) 1);
            Shapes.Shape.raw(memory, at, 3, (byte) -1);
            Shapes.Shape.ready(memory, at, 1);
            Shapes.Shape.level(memory, at, -3);
            Shapes.Shape.wide(memory, at, 0x98_7654_3210L);
            Shapes.Shape.last(memory, at, true);
            Shapes.Address.v4(memory, Shapes.Shape.addressAt(at), 0x0100_007f);
            Shapes.Shape.low(memory, at, 5);
            Shapes.Shape.high(memory, at, 6);
            Shapes.ShapePeer.port(memory, Shapes.Shape.peerAt(at), (short) 8080);
            long place = Shapes.ShapePeer.placesAt(Shapes.Shape.peerAt(at), 1);
            Shapes.PlaceT.y(memory, place, (short) -9);
            Shapes.Shape.cookie(memory, at, 0x7777);
            Shapes.Shape.class_(memory, at, (byte) 200);
            Shapes.Shape.new_(memory, at, true);
            Shapes.Shape.matrix(memory, at, 1, 2, -12);
            Shapes.Narrow.i(memory, Shapes.Shape.narrowAt(at), 13);
            Shapes.Narrow.l(memory, Shapes.Shape.narrowAt(at), -14);
            Shapes.Shape.large(memory, at, 1L << 40);
            memory.set(ValueLayout.JAVA_BYTE, at + 160, (byte) 1);
            memory.set(ValueLayout.JAVA_BYTE, at + 168, (byte) 2);
            assertFilled(Shapes.Shape.CODEC.decode(memory, at));
            assertEquals(6L << 32 | 5, Shapes.Shape.all(memory, at));
            assertEquals(-12, Shapes.Shape.matrix(memory, at, 1, 2));
            assertEquals(0x98_7654_3210L, Shapes.Shape.wide(memory, at));
            assertEquals(-3, Shapes.Shape.level(memory, at));

            // What follows the struct is as long as the program made it.
            Shapes.Shape.rest(memory, at, 1, 99);
            assertEquals(99, Shapes.Shape.rest(memory, at, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> Shapes.Shape.rest(memory, at, 2));
            assertThrows(IndexOutOfBoundsException.class, () -> Shapes.Shape.rest(memory, at, -1));
            assertThrows(
                    IndexOutOfBoundsException.class, () -> Shapes.Shape.matrix(memory, at, 1, 3));
        }
    }

    @Test
    void anUnknownNumberIsNoneOfTheConstantsOfAnEnum() {
        assertEquals(Optional.empty(), Shapes.State.of(8));
        assertEquals(Optional.of(Shapes.State.FAILED), Shapes.State.of(-1));
    }

    @Test
    void javasOwnLayoutHasTheSamePlaces() {
        var layout = Shapes.Shape.LAYOUT;
        assertEquals(Shapes.Shape.TYPE.size(), layout.byteSize());
        assertEquals(Shapes.Narrow.TYPE.size(), Shapes.Narrow.LAYOUT.byteSize());
        assertEquals(
                Shapes.Shape.matrixAt(0, 1, 2),
                layout.byteOffset(
                        PathElement.groupElement("matrix"),
                        PathElement.sequenceElement(1),
                        PathElement.sequenceElement(2)));
        assertEquals(
                Shapes.ShapePeer.placesAt(Shapes.Shape.peerAt(0), 1) + 2,
                layout.byteOffset(
                        PathElement.groupElement("peer"),
                        PathElement.groupElement("places"),
                        PathElement.sequenceElement(1),
                        PathElement.groupElement("y")));
    }

    @Test
    void anObjectWithOtherStructsIsRefused() throws IOException {
        var other = Shapes.of(fixture("globals"));
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                other.object()
                                        .set(
                                                "origin",
                                                Shapes.Narrow.CODEC,
                                                new Shapes.Narrow((byte) 0, 1, 2)));
        assertEquals(
                "variable origin: this Java type is for struct narrow of 13 bytes, but the object"
                        + " has struct point of 16 bytes",
                e.getMessage());
    }
}
