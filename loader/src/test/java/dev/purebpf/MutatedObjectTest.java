package dev.purebpf;

import dev.purebpf.btf.Btf;
import dev.purebpf.error.BpfException;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.kernel.FakeKernel;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

import java.util.List;

/** Real objects, damaged: opening them works, or is a {@link MalformedObjectException}. */
class MutatedObjectTest {
    private static final List<String> NAMES =
            List.of("globals", "maps", "subprograms", "core", "events_ring", "sections", "layout");

    /** The fake kernel has no limits of its own. */
    private static final long MOST_MEMORY = 1 << 20;

    /** Types to relocate to: the object's own ones, as there is no kernel. */
    private static final Btf KERNEL = Fixtures.open("core").file().btf().orElseThrow();

    /** A change of one byte. */
    record Change(int at, byte value) {}

    @Property(tries = 12_000, shrinking = ShrinkingMode.OFF)
    void changedBytesAreNoSurprise(
            @ForAll("names") String name, @ForAll("changes") List<Change> changes) {
        byte[] bytes = Fixtures.bytes(name);
        for (Change change : changes) {
            bytes[Math.floorMod(change.at(), bytes.length)] = change.value();
        }
        open(name, bytes);
    }

    @Property(tries = 3_000, shrinking = ShrinkingMode.OFF)
    void missingEndsAreNoSurprise(@ForAll("names") String name, @ForAll int length) {
        byte[] whole = Fixtures.bytes(name);
        byte[] bytes = new byte[Math.floorMod(length, whole.length)];
        System.arraycopy(whole, 0, bytes, 0, bytes.length);
        open(name, bytes);
    }

    @Property(tries = 5_000, shrinking = ShrinkingMode.OFF)
    void wordsOfExtremesAreNoSurprise(
            @ForAll("names") String name, @ForAll int at, @ForAll("extremes") int word) {
        byte[] bytes = Fixtures.bytes(name);
        int offset = Math.floorMod(at, bytes.length / 4) * 4;
        for (int i = 0; i < 4; i++) {
            bytes[offset + i] = (byte) (word >>> 8 * i);
        }
        open(name, bytes);
    }

    private static void open(String name, byte[] bytes) {
        BpfObject object;
        try {
            object = BpfObject.open(name + ".bpf.o", bytes);
            object.programs();
            object.variables();
            for (String variable : object.variables()) {
                try {
                    object.set(variable, 1);
                } catch (IllegalArgumentException _) {
                    // The variable is no number, or is not one any more.
                }
            }
        } catch (MalformedObjectException _) {
            // What the damage should come to.
            return;
        }
        if (object.maps().stream().allMatch(map -> map.definition().valueSize() < MOST_MEMORY)) {
            load(object);
        }
    }

    /** Into a kernel that takes everything; what is left open fails the test. */
    private static void load(BpfObject object) {
        try (var kernel = new FakeKernel()) {
            LoadOptions options = LoadOptions.defaults().withKernel(kernel).withKernelBtf(KERNEL);
            for (MapSpec map : object.maps()) {
                map.pinPath(null).autocreate(!map.name().equals("pinned"));
            }
            object.load(options).close();
        } catch (BpfException _) {
            // Anything of the family will do.
        }
    }

    @Provide
    Arbitrary<String> names() {
        return Arbitraries.of(NAMES);
    }

    @Provide
    Arbitrary<List<Change>> changes() {
        return net.jqwik.api.Combinators.combine(Arbitraries.integers(), Arbitraries.bytes())
                .as(Change::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(8);
    }

    @Provide
    Arbitrary<Integer> extremes() {
        return Arbitraries.of(
                -1, 0, 1, Integer.MAX_VALUE, Integer.MIN_VALUE, 0xffff, 0x10000, 0x7fffffff - 7);
    }
}
