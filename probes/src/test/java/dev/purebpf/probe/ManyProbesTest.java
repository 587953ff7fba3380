package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.purebpf.link.AttachType;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.IntStream;

/** How links of many places are called. */
class ManyProbesTest {
    @Test
    void fewPlacesAreAllNamed() {
        assertEquals("uprobe.multi lib:f0,f1", target(2));
        assertEquals("uprobe.multi lib:f0,f1,f2,f3,f4,f5,f6,f7", target(8));
    }

    @Test
    void ofThousandsTheFirstAreNamed() {
        assertEquals("uprobe.multi lib:f0,f1,f2,f3,f4,f5,f6,f7,… (3000 places)", target(3000));
    }

    private static String target(int count) {
        List<String> places = IntStream.range(0, count).mapToObj(i -> "f" + i).toList();
        return ManyProbes.UPROBES.target(AttachType.TRACE_UPROBE_MULTI, false, "lib:", "", places);
    }
}
