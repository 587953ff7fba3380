package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.BpfException;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.BpfCommand;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.FakeKernel;
import dev.purebpf.kernel.Feature;
import dev.purebpf.link.MapType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A load that fails leaves nothing behind, whichever of its system calls fails. */
class FailedLoadTest {
    @ParameterizedTest
    @ValueSource(strings = {"events_ring", "globals", "subprograms", "maps"})
    void whateverCallFailsEverythingIsUndone(String fixture, @TempDir Path pins)
            throws IOException {
        int calls;
        try (var kernel = pinning(new FakeKernel())) {
            open(fixture).load(options(kernel, pins)).close();
            calls = kernel.calls().size();
        }
        deletePins(pins);
        int failures = 0;
        for (int n = 1; n <= calls; n++) {
            // FakeKernel.close fails the test when a descriptor or mapping is left.
            try (var kernel = pinning(new FakeKernel()).failing(n, Errno.ENOMEM)) {
                try {
                    open(fixture).load(options(kernel, pins)).close();
                    deletePins(pins);
                } catch (KernelException _) {
                    failures++;
                    try (Stream<Path> left = Files.list(pins)) {
                        assertEquals(0, left.count(), "pins left after call " + n);
                    }
                }
            }
        }
        assertTrue(failures > 0, "no call of " + calls + " was fatal");
    }

    @ParameterizedTest
    @EnumSource(
            value = Errno.class,
            names = {"EPERM", "EINVAL", "E2BIG", "ENOSPC", "EMFILE"})
    void aRefusalWithoutLogIsAKernelException(Errno errno) {
        try (var kernel = new FakeKernel().answering(BpfCommand.PROG_LOAD, _ -> -errno.number())) {
            var e =
                    assertThrows(
                            KernelException.class,
                            () -> Fixtures.open("minimal").load(options(kernel)));
            assertEquals(errno.name(), e.errnoName());
        }
    }

    @Test
    void objectsDoWithoutTypesThatTheKernelRefuses() {
        try (var kernel =
                new FakeKernel().answering(BpfCommand.BTF_LOAD, _ -> -Errno.EINVAL.number())) {
            Fixtures.open("globals").load(options(kernel)).close();
            FakeKernel.Call load = kernel.calls(BpfCommand.PROG_LOAD).getFirst();
            assertEquals(0, load.getInt(72), "prog_btf_fd");
        }
    }

    @Test
    void aKernelWithoutAnyFeatureGetsNoTypesAndNoMaps() {
        try (var kernel = new FakeKernel(EnumSet.noneOf(Feature.class))) {
            try (LoadedObject bpf = Fixtures.open("globals").load(options(kernel))) {
                assertTrue(bpf.maps().isEmpty());
                assertTrue(kernel.calls(BpfCommand.BTF_LOAD).isEmpty());
                FakeKernel.Call load = kernel.calls(BpfCommand.PROG_LOAD).getFirst();
                assertEquals(0, load.getInt(72), "prog_btf_fd");
                assertEquals(0, load.getInt(88), "func_info_cnt");
            }
        }
    }

    @Test
    void whereArraysCannotBeMappedVariablesAreCopied() {
        Set<Feature> features = EnumSet.complementOf(EnumSet.of(Feature.MAPPABLE_ARRAY));
        try (var kernel = new FakeKernel(features)) {
            try (LoadedObject bpf = Fixtures.open("globals").load(options(kernel))) {
                assertEquals(0, kernel.mappings());
                Variable counter = bpf.variable("counter");
                assertFalse(counter.memory().isPresent());
                assertEquals(42, counter.getLong());
                counter.set(43);
                assertEquals(43, counter.getLong());
                assertEquals(1, bpf.variable("origin").get(byte[].class)[0]);
                for (FakeKernel.Call create : kernel.calls(BpfCommand.MAP_CREATE)) {
                    assertEquals(0, create.getInt(16) & 1 << 10, "BPF_F_MMAPABLE");
                }
            }
        }
    }

    @Test
    void constantsAreFrozenAndMappedOnlyToBeRead() {
        try (var kernel = new FakeKernel()) {
            try (LoadedObject bpf = Fixtures.open("globals").load(options(kernel))) {
                assertEquals(2, kernel.calls(BpfCommand.MAP_FREEZE).size());
                assertTrue(bpf.variable("target_pid").memory().orElseThrow().isReadOnly());
                assertFalse(bpf.variable("counter").memory().orElseThrow().isReadOnly());
                assertEquals(2, kernel.calls(BpfCommand.PROG_BIND_MAP).size());
            }
        }
    }

    @Test
    void objectsOfTheOtherByteOrderOpenButDoNotLoad() {
        BpfObject object = BpfObject.open("x", Fixtures.bytes("big-endian/globals"));
        assertEquals(1, object.programs().size());
        try (var kernel = new FakeKernel()) {
            assertThrows(BpfException.class, () -> object.load(options(kernel)));
            assertThrows(BpfException.class, () -> object.set("target_pid", 1));
            assertTrue(kernel.calls().isEmpty());
        }
    }

    @Test
    void whoeverPinsFirstHasTheMap(@TempDir Path pins) {
        var opened = new AtomicInteger();
        try (var kernel = new FakeKernel()) {
            kernel.answering(
                            BpfCommand.OBJ_GET,
                            _ ->
                                    opened.getAndIncrement() == 0
                                            ? -Errno.ENOENT.number()
                                            : kernel.openFd("pinned map"))
                    .answering(BpfCommand.OBJ_PIN, _ -> -Errno.EEXIST.number())
                    .answering(BpfCommand.OBJ_GET_INFO_BY_FD, FailedLoadTest::describePinned);
            try (LoadedObject bpf = Fixtures.open("maps").load(options(kernel, pins))) {
                assertEquals("OBJ_GET", kernel.open().get(bpf.map("pinned").fd()));
            }
        }
        assertEquals(2, opened.get());
    }

    /** HASH of 4 entries, 4 bytes each for key and value: what the fixture wants. */
    private static long describePinned(FakeKernel.Call call) {
        MemorySegment info = FakeKernel.memory(call.getLong(8), 24);
        int[] fields = {1, 7, 4, 4, 4, 0};
        MemorySegment.copy(fields, 0, info, ValueLayout.JAVA_INT, 0, fields.length);
        return 0;
    }

    @Test
    void aRingBufferMayBecomeAPerfEventArray() {
        BpfObject object = Fixtures.open("events_ring");
        object.map("events").type(MapType.PERF_EVENT_ARRAY);
        try (var kernel = new FakeKernel()) {
            object.load(options(kernel)).close();
            FakeKernel.Call create = kernel.calls(BpfCommand.MAP_CREATE).getFirst();
            assertEquals(MapType.PERF_EVENT_ARRAY.number(), create.getInt(0));
            assertEquals(4, create.getInt(4), "key size");
            assertEquals(4, create.getInt(8), "value size");
            assertEquals(4, create.getInt(12), "possible CPUs");
        }
    }

    private static BpfObject open(String fixture) {
        return Fixtures.open(fixture);
    }

    private static LoadOptions options(FakeKernel kernel) {
        return LoadOptions.defaults().withKernel(kernel);
    }

    private static LoadOptions options(FakeKernel kernel, Path pins) {
        return options(kernel).withPinRoot(pins);
    }

    /** Lets OBJ_PIN make a file, and OBJ_GET find none. */
    private static FakeKernel pinning(FakeKernel kernel) {
        return kernel.answering(BpfCommand.OBJ_GET, _ -> -Errno.ENOENT.number())
                .answering(
                        BpfCommand.OBJ_PIN,
                        call -> {
                            try {
                                Files.createFile(Path.of(call.getString(0)));
                                return 0;
                            } catch (IOException _) {
                                return -Errno.EEXIST.number();
                            }
                        });
    }

    private static void deletePins(Path pins) throws IOException {
        try (Stream<Path> left = Files.list(pins)) {
            for (Path pin : left.toList()) {
                Files.delete(pin);
            }
        }
    }

    @Test
    void whatJavaReportsOfAFileIsTheCause() {
        var denied = new AccessDeniedException("/proc/kallsyms");
        KernelException e = ObjectLoading.failure("reading about the kernel", denied);
        assertEquals(Errno.EACCES.number(), e.errno());
        assertEquals(
                "reading about the kernel failed: EACCES (errno 13): /proc/kallsyms",
                e.getMessage());
        assertSame(denied, e.getCause());
    }
}
