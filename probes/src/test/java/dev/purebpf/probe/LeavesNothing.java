package dev.purebpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;

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

    @Override
    public void beforeEach(ExtensionContext test) throws IOException {
        test.getStore(OURS).put("descriptors", LiveProbes.begin());
    }

    @Override
    public void afterEach(ExtensionContext test) throws IOException {
        Long before = test.getStore(OURS).get("descriptors", Long.class);
        // The beginning may have skipped the test.
        if (before != null) {
            assertEquals(before, LiveProbes.openDescriptors());
            assertEquals(List.of(), LiveProbes.entries("kprobe_events"));
            assertEquals(List.of(), LiveProbes.entries("uprobe_events"));
        }
    }
}
