package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.error.KernelException;
import dev.purebpf.event.EventBuffer;
import dev.purebpf.fixtures.JavaProgram;
import dev.purebpf.kernel.BpfCommand;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.FakeKernel;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.LiveKernel;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.Support;
import dev.purebpf.link.MapType;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/** In a container that has no right but what was delegated to it by a BPF token. */
class DelegationTest {
    private static final int NOT_POSSIBLE = 77;
    private static final int TOKEN_FLAG = 1 << 16;

    record Call(int pid, int tid, long number, long time) {}

    @Test
    @Tag("kernel")
    @Timeout(120)
    void whatIsDelegatedToAContainerIsUsed(@TempDir Path folder) throws Exception {
        LiveKernel.require();
        assumeTrue(Files.isDirectory(Path.of("/sys/fs/bpf")), "needs /sys/fs/bpf to mount at");
        String delegate = TestProgram.compile("delegate", folder).toString();
        TestProgram.End trial = TestProgram.run(folder, List.of(delegate, "true"));
        assumeTrue(trial.exitCode() != NOT_POSSIBLE, "needs BPF tokens (6.9): " + trial.said());
        assertEquals(0, trial.exitCode(), trial.said());

        List<String> command = new ArrayList<>(List.of(delegate));
        command.addAll(JavaProgram.command(List.of(), DelegationTest.class.getName()));
        TestProgram.End end = TestProgram.run(folder, command);
        assertEquals(0, end.exitCode(), end.said());
        assertTrue(end.said().contains("without: EPERM\n"), end.said());
        assertTrue(end.said().contains("own calls seen: true\n"), end.said());
    }

    /**
     * What runs in the container.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        LoadOptions none = LoadOptions.defaults().withToken("");
        var e = assertThrows(KernelException.class, () -> Fixtures.open("example").load(none));
        System.out.println("without: " + e.errnoName());
        List<Call> calls = new ArrayList<>();
        int pid = (int) ProcessHandle.current().pid();
        try (LoadedObject bpf = Fixtures.open("example").set("target_pid", pid).load();
                OwnedFd _ =
                        LinkCommands.openRawTracepoint(
                                Kernel.host(), bpf.program("on_sys_enter").fd(), "sys_enter", 0);
                EventBuffer events = bpf.ringBuffer("calls", Call.class, calls::add)) {
            events.poll(Duration.ofSeconds(10));
        }
        boolean own = !calls.isEmpty() && calls.stream().allMatch(call -> call.pid() == pid);
        System.out.println("own calls seen: " + own);
    }

    @Test
    void whatThisProcessMayNotTryIsTriedWithAToken() {
        try (var kernel = new FakeKernel(null)) {
            kernel.answering(BpfCommand.TOKEN_CREATE, _ -> 77)
                    .answering(
                            BpfCommand.MAP_CREATE,
                            call ->
                                    (call.getInt(16) & TOKEN_FLAG) != 0
                                            ? 78
                                            : -Errno.EPERM.number());
            assertEquals(Support.YES, kernel.features().support(Feature.RING_BUFFER));
            assertEquals(Support.YES, kernel.features().support(MapType.HASH));
        }
    }

    @Test
    void whereNothingIsDelegatedItIsNotKnownWhatTheKernelHas() {
        try (var kernel = new FakeKernel(null)) {
            kernel.answering(BpfCommand.TOKEN_CREATE, _ -> -Errno.ENOENT.number())
                    .answering(BpfCommand.MAP_CREATE, _ -> -Errno.EPERM.number());
            assertEquals(Support.NOT_PERMITTED, kernel.features().support(Feature.RING_BUFFER));
        }
    }

    @Test
    void everyCommandThatTakesATokenGetsIt() {
        try (var kernel = new FakeKernel()) {
            kernel.answering(BpfCommand.TOKEN_CREATE, _ -> 77);
            Fixtures.open("globals").load(LoadOptions.defaults().withKernel(kernel)).close();
            assertToken(kernel, BpfCommand.MAP_CREATE, 16, 76);
            assertToken(kernel, BpfCommand.BTF_LOAD, 32, 36);
            assertToken(kernel, BpfCommand.PROG_LOAD, 44, 144);
        }
    }

    private static void assertToken(FakeKernel kernel, BpfCommand command, int flags, int token) {
        List<FakeKernel.Call> calls = kernel.calls(command);
        assertTrue(calls.size() > 0);
        for (FakeKernel.Call call : calls) {
            assertTrue((call.getInt(flags) & TOKEN_FLAG) != 0, command + " says that it has one");
            assertEquals(77, call.getInt(token), command + " has it");
            assertEquals(token + 4, call.attributes().length);
        }
    }

    @Test
    void aTokenThatWasAskedForIsNotDoneWithout() {
        try (var kernel = new FakeKernel()) {
            LoadOptions options = LoadOptions.defaults().withKernel(kernel).withToken("/bpffs");
            var e =
                    assertThrows(
                            KernelException.class, () -> Fixtures.open("globals").load(options));
            assertEquals("making a BPF token of /bpffs", e.operation());
            assertEquals("ENOENT", e.errnoName());
        }
    }

    @Test
    void noTokenMeansThatNoneIsTried() {
        try (var kernel = new FakeKernel()) {
            LoadOptions options = LoadOptions.defaults().withKernel(kernel).withToken("");
            Fixtures.open("globals").load(options).close();
            assertEquals(List.of(), kernel.calls(BpfCommand.TOKEN_CREATE));
        }
    }

    @Test
    void aLoadThatFailsGivesTheTokenBack() {
        try (var kernel = new FakeKernel(EnumSet.allOf(Feature.class))) {
            kernel.answering(BpfCommand.TOKEN_CREATE, _ -> 77)
                    .answering(BpfCommand.PROG_LOAD, _ -> -Errno.EPERM.number());
            LoadOptions options = LoadOptions.defaults().withKernel(kernel);
            assertThrows(KernelException.class, () -> Fixtures.open("globals").load(options));
        }
    }
}
