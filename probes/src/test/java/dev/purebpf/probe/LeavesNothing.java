package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.purebpf.fixtures.LeakCheck;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.io.IOException;
import java.util.List;

/**
 * What tests of probes begin and end with: they need to load programs, and leave no descriptor of
 * BPF and no entry in tracefs.
 */
final class LeavesNothing implements BeforeEachCallback, AfterEachCallback {
    private static final ExtensionContext.Namespace OURS =
            ExtensionContext.Namespace.create(LeavesNothing.class);

    /** The key of how many descriptors are open. */
    private static final String OPEN = "open";

    @Override
    public void beforeEach(ExtensionContext test) throws IOException {
        if (ofClass(test).get(OPEN) == null) {
            ofClass(test).put(OPEN, LiveProbes.begin());
        }
    }

    @Override
    public void afterEach(ExtensionContext test) throws IOException {
        // Nothing happens between two tests of a class, so what is open after the one is what is
        // open before the other, unless it failed.
        Long before = ofClass(test).remove(OPEN, Long.class);
        // The beginning may have skipped the test.
        if (before != null) {
            long now = LiveProbes.openDescriptors();
            assertEquals(before, now);
            assertEquals(List.of(), LiveProbes.entries("kprobe_events"));
            assertEquals(List.of(), LiveProbes.entries("uprobe_events"));
            ofClass(test).put(OPEN, now);
        }
    }

    private static ExtensionContext.Store ofClass(ExtensionContext test) {
        return LeakCheck.ofClass(test).getStore(OURS);
    }
}
