package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.purebpf.Link;
import dev.purebpf.cli.trace.TracedProbe.Place;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Errno;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** What a pattern named is attached to, but for the places that the kernel refuses. */
class RefusedPlacesTest {
    private static final int ALL = 100;

    private final List<Place> attached = new ArrayList<>();
    private int links;
    private final RefusedPlaces refused = new RefusedPlaces(_ -> links++);

    private static List<Place> places() {
        return IntStream.range(0, ALL).mapToObj(i -> new Place(1000L + i, i)).toList();
    }

    /** A kernel that refuses some places, by an error that tells nothing else. */
    private TracedProbe.Group group(Set<Integer> bad, Errno error) {
        return (_, places) -> {
            if (places.stream().anyMatch(place -> bad.contains((int) place.cookie()))) {
                throw error.failure("attaching", "no probe there");
            }
            attached.addAll(places);
            return (Link) null;
        };
    }

    @Property
    void allOthersAreAttachedOnce(
            @ForAll @Size(max = 15) Set<@IntRange(max = ALL - 1) Integer> bad) {
        attached.clear();
        var some = new RefusedPlaces(_ -> {});
        some.attach(group(bad, Errno.ENOTSUPP), null, places());
        some.requireSome();
        assertEquals(List.copyOf(new TreeSet<>(bad)), some.numbers());
        List<Place> good = new ArrayList<>(places());
        good.removeIf(place -> bad.contains((int) place.cookie()));
        assertEquals(good, attached);
    }

    @Test
    void whereNoneIsRefusedThereIsOneLink() {
        refused.attach(group(Set.of(), Errno.ENOTSUPP), null, places());
        assertEquals(1, links);
        assertEquals(ALL, attached.size());
    }

    @Test
    void whatIsRefusedEverywhereIsNotForThePlaces() {
        KernelException failure = Errno.EINVAL.failure("attaching", "");
        List<Integer> tried = new ArrayList<>();
        TracedProbe.Group group =
                (_, places) -> {
                    tried.add(places.size());
                    throw failure;
                };
        KernelException thrown =
                assertThrows(KernelException.class, () -> refused.attach(group, null, places()));
        assertSame(failure, thrown);
        assertEquals(16, tried.stream().filter(size -> size == 1).count());
        assertEquals(0, links);
    }

    @Test
    void anErrorOfAnotherKindEndsItAtOnce() {
        List<Integer> tried = new ArrayList<>();
        TracedProbe.Group group =
                (_, places) -> {
                    tried.add(places.size());
                    throw Errno.ENOMEM.failure("attaching", "");
                };
        assertThrows(KernelException.class, () -> refused.attach(group, null, places()));
        assertEquals(List.of(ALL), tried);
    }

    @Test
    void probesWithLinksOfTheirOwnAreLeftOutOneByOne() {
        refused.attach(0, () -> null);
        refused.attach(
                1,
                () -> {
                    throw Errno.ENOTSUPP.failure("attaching", "");
                });
        refused.requireSome();
        assertEquals(1, links);
        assertEquals(List.of(1), refused.numbers());
    }
}
