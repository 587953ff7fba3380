package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.error.KernelException;
import dev.purebpf.error.RelocationException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.BpfCommand;
import dev.purebpf.kernel.FakeKernel;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kallsyms;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.KernelBtf;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.LiveKernel;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.link.KernelConfig;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What programs declare extern, the kernel that they are loaded into supplies. */
class ExternsTest {
    private static final int ID = 12;
    private static final int NAME = 16;
    private static final int OF_KERNEL = 28;

    /** A kernel with modules: one with damaged types, and one with functions. */
    @SuppressWarnings("restricted")
    private static FakeKernel withModules(byte[] types) {
        var kernel = new FakeKernel();
        int[] last = new int[1];
        return kernel.answering(
                        BpfCommand.BTF_GET_NEXT_ID,
                        call -> {
                            int id = call.getInt(0);
                            last[0] = id < 2 ? id + 1 : 0;
                            kernel.attributesOfTheCall().set(ValueLayout.JAVA_INT, 4, last[0]);
                            return 0;
                        })
                .answering(
                        BpfCommand.OBJ_GET_INFO_BY_FD,
                        call -> {
                            boolean first = last[0] == 1;
                            byte[] bytes = first ? new byte[0] : types;
                            MemorySegment info =
                                    MemorySegment.ofAddress(call.getLong(8)).reinterpret(32);
                            long buffer = info.get(ValueLayout.JAVA_LONG, 0);
                            if (buffer != 0) {
                                MemorySegment.copy(
                                        bytes,
                                        0,
                                        MemorySegment.ofAddress(buffer).reinterpret(bytes.length),
                                        ValueLayout.JAVA_BYTE,
                                        0,
                                        bytes.length);
                            }
                            long name = info.get(ValueLayout.JAVA_LONG, NAME);
                            if (name != 0) {
                                MemorySegment.ofAddress(name)
                                        .reinterpret(64)
                                        .setString(0, first ? "damaged" : "locks");
                            }
                            info.set(ValueLayout.JAVA_INT, 8, bytes.length);
                            info.set(ValueLayout.JAVA_INT, ID, first ? 1 : 2);
                            info.set(ValueLayout.JAVA_INT, OF_KERNEL, 1);
                            return 0;
                        });
    }

    private static Btf base() {
        var builder = BtfBuilder.create();
        builder.add(new BtfType.FunctionPrototype(0, List.of()));
        return builder.build("kernel", ByteOrder.nativeOrder());
    }

    private static byte[] module(Btf base) {
        var builder = BtfBuilder.split(base);
        builder.add(new BtfType.Function("bpf_rcu_read_lock", 1, Linkage.STATIC));
        builder.add(new BtfType.Function("bpf_rcu_read_unlock", 1, Linkage.STATIC));
        return builder.toBytes(ByteOrder.nativeOrder());
    }

    @Test
    void functionsOfModulesAreCalledThroughAnArrayOfDescriptors() {
        Btf base = base();
        try (var kernel = withModules(module(base))) {
            BpfObject object = Fixtures.open("kfuncs");
            object.program("through_subprogram").autoload(true);
            var options = LoadOptions.defaults().withKernel(kernel).withKernelBtf(base);
            object.load(options).close();
            var load =
                    kernel.calls().stream()
                            .filter(call -> call.command() == BpfCommand.PROG_LOAD)
                            .toList()
                            .getLast();
            assertNotEquals(0, load.getLong(120));
        }
    }

    @Test
    void modulesAreNotLookedAtWhenNothingNeedsThem() {
        try (var kernel = withModules(new byte[0])) {
            var options = LoadOptions.defaults().withKernel(kernel).withKernelBtf(base());
            Fixtures.open("minimal").load(options).close();
            assertTrue(
                    kernel.calls().stream()
                            .noneMatch(call -> call.command() == BpfCommand.BTF_GET_NEXT_ID));
        }
    }

    @Test
    void theConfigurationIsReadWhereDistributionsPutIt() {
        Set<Feature> features = EnumSet.complementOf(EnumSet.of(Feature.MAPPABLE_ARRAY));
        try (var kernel = new FakeKernel(features)) {
            kernel.file("/proc/sys/kernel/osrelease", "6.12.1\n")
                    .file("/proc/kallsyms", "")
                    .file("/boot/config-6.12.1", "CONFIG_NO_SUCH_OPTION=y\n");
            BpfObject object = Fixtures.open("weak");
            var options = LoadOptions.defaults().withKernel(kernel).withKernelBtf(base());
            try (LoadedObject loaded = object.load(options)) {
                assertEquals(1, loaded.variable("CONFIG_NO_SUCH_OPTION").getLong());
                assertEquals(0x060c01, loaded.variable("LINUX_KERNEL_VERSION").getInt());
                assertTrue(loaded.variable("CONFIG_NO_SUCH_OPTION").isConstant());
            }
        }
    }

    @Test
    void aKernelThatHidesItsSymbolsIsRefusedInWords() {
        try (var kernel = new FakeKernel()) {
            BpfObject object = Fixtures.open("ksyms");
            var options = LoadOptions.defaults().withKernel(kernel).withKernelBtf(base());
            var e = assertThrows(KernelException.class, () -> object.load(options));
            assertTrue(e.getMessage().contains("/proc/kallsyms"), e.getMessage());
        }
    }

    @Test
    void tablesOfOperationsAreRefusedInWords() {
        try (var kernel = new FakeKernel()) {
            var options = LoadOptions.defaults().withKernel(kernel).withKernelBtf(base());
            BpfObject object = Fixtures.open("structops");
            var e = assertThrows(UnsupportedFeatureException.class, () -> object.load(options));
            assertTrue(e.getMessage().contains("first"), e.getMessage());
        }
    }

    @Test
    void withoutConfigurationTheObjectIsRefusedInWords() {
        try (var kernel = new FakeKernel().file("/proc/sys/kernel/osrelease", "6.12.1\n")) {
            kernel.file("/proc/kallsyms", "");
            BpfObject object = Fixtures.open("weak");
            var options = LoadOptions.defaults().withKernel(kernel).withKernelBtf(base());
            var e = assertThrows(RelocationException.class, () -> object.load(options));
            assertTrue(e.getMessage().contains("/proc/config.gz"), e.getMessage());
            object.kernelConfig("CONFIG_NO_SUCH_OPTION=n").load(options).close();
        }
    }

    /** The same on a kernel that runs. */
    @Nested
    @Tag("kernel")
    @ExtendWith(LeakCheck.class)
    class Live {
        private final Kernel kernel = LiveKernel.require();

        private void run(LoadedObject bpf, String program) {
            try (OwnedFd _ =
                    LinkCommands.openRawTracepoint(
                            kernel, bpf.program(program).fd(), "sys_enter", 0)) {
                kernel.threadId();
            }
        }

        @Test
        void settingsAreThoseOfThisKernel() throws IOException {
            String release = Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
            Path path = Path.of("/proc/config.gz");
            path = Files.exists(path) ? path : Path.of("/boot/config-" + release);
            assumeTrue(Files.isReadable(path), "needs the kernel's configuration in " + path);
            KernelConfig config = KernelConfig.parse("config", Files.readAllBytes(path));
            BpfObject object = Fixtures.open("kconfig").kernelConfig("CONFIG_GIVEN_NEGATIVE=-3\n");
            try (LoadedObject bpf = object.load()) {
                run(bpf, "on_enter");
                assertTrue(bpf.variable("calls").getLong() > 0);
                assertEquals(
                        RunningKernel.version(kernel).orElseThrow().code(),
                        bpf.variable("version").getInt());
                assertEquals(
                        config.value("CONFIG_HZ").orElseThrow(),
                        Long.toString(bpf.variable("hz").getLong()));
                assertEquals(-3, bpf.variable("numbers").getLong());
                assertEquals(1 | 4 | 8, bpf.variable("flags").getInt() & 0x1f);
            }
        }

        /** The object's other program wants a variable that not all kernels list. */
        private BpfObject openWith(String program) throws IOException {
            assumeTrue(
                    KernelBtf.load(kernel).find("runqueues", BtfKind.VARIABLE) > 0,
                    "needs the kernel's per-CPU variables in its BTF (5.10)");
            BpfObject object = Fixtures.open("ksyms");
            object.programs().forEach(each -> each.autoload(each.name().equals(program)));
            return object;
        }

        private static long addressOfText() throws IOException {
            try (var lines = Files.lines(Path.of("/proc/kallsyms"))) {
                String line =
                        lines.filter(each -> each.endsWith(" _text")).findFirst().orElseThrow();
                return Long.parseUnsignedLong(line.substring(0, line.indexOf(' ')), 16);
            }
        }

        @Test
        void addressesAreThoseOfThisKernel() throws IOException {
            try (LoadedObject bpf = openWith("addresses").load()) {
                run(bpf, "addresses");
                assertEquals(addressOfText(), bpf.variable("text_address").getLong());
                assertEquals(0, bpf.variable("missing_address").getLong());
            }
        }

        @Test
        void variablesWithTypeAreThoseOfThisKernel() throws IOException {
            assumeTrue(
                    Kallsyms.load(kernel).addresses("runqueues").length > 0,
                    "needs a kernel that lists its variables (CONFIG_KALLSYMS_ALL)");
            try (LoadedObject bpf = openWith("variables").load()) {
                run(bpf, "variables");
                assertEquals(0, bpf.variable("missing_variable").getLong());
                assertEquals(0, bpf.variable("first_cpu").getInt());
                assertNotEquals(0, bpf.variable("right_cpus").getInt());
                assertEquals(0, bpf.variable("wrong_cpus").getInt());
            }
        }

        @Test
        void functionsOfThisKernelAreCalled() throws IOException {
            assumeTrue(
                    KernelBtf.load(kernel).find("bpf_rcu_read_lock", BtfKind.FUNCTION) > 0,
                    "needs bpf_rcu_read_lock (6.2)");
            BpfObject object = Fixtures.open("kfuncs");
            object.program("balanced").autoload(true);
            try (LoadedObject bpf = object.load()) {
                try (OwnedFd _ =
                        LinkCommands.openTarget(
                                kernel, bpf.program("balanced").fd(), "attaching balanced")) {
                    kernel.threadId();
                }
                assertTrue(bpf.variable("locked").getInt() > 0);
            }
        }
    }
}
