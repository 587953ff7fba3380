package dev.purebpf;

import static dev.purebpf.kernel.AnotherUser.CAP_BPF;
import static dev.purebpf.kernel.AnotherUser.CAP_PERFMON;
import static dev.purebpf.kernel.AnotherUser.CAP_SYS_ADMIN;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.error.KernelException;
import dev.purebpf.event.EventBuffer;
import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.AnotherUser;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LinkCommands;
import dev.purebpf.kernel.LiveKernel;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.WatchedKernel;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Who is not root may load what the capabilities allow, and else is told what is missing. */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
@Timeout(120)
class UsersTest {
    private static final Path SETTING = Path.of("/proc/sys/kernel/unprivileged_bpf_disabled");

    record Call(int pid, int tid, long number, long time) {}

    @BeforeEach
    void needsRoot() throws IOException {
        LiveKernel.require();
        assumeTrue(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)
                        && "root".equals(System.getProperty("user.name")),
                "needs root, to become somebody else");
        // Before 5.11 BPF memory counts as locked; only root may lift the limit, and by this does.
        Fixtures.open("example").load().close();
    }

    @Test
    void twoCapabilitiesAreEnoughToTrace() throws Exception {
        List<Call> calls = AnotherUser.call(UsersTest::trace, CAP_BPF, CAP_PERFMON);
        assertOwn(calls);
    }

    @Test
    void soIsTheOldOne() throws Exception {
        assertOwn(AnotherUser.call(UsersTest::trace, CAP_SYS_ADMIN));
    }

    private static List<Call> trace() throws IOException {
        List<Call> calls = new ArrayList<>();
        int pid = (int) ProcessHandle.current().pid();
        LoadOptions options = asIfFirst();
        try (LoadedObject bpf = Fixtures.open("example").set("target_pid", pid).load(options);
                OwnedFd _ = attach(bpf);
                EventBuffer events = bpf.ringBuffer("calls", Call.class, calls::add)) {
            // Fields of the kernel's own structs take its BTF.
            Fixtures.open("core").load(options).close();
            assertTrue(events.poll(Duration.ofSeconds(10)) > 0);
        }
        return calls;
    }

    private static OwnedFd attach(LoadedObject bpf) {
        int program = bpf.program("on_sys_enter").fd();
        return LinkCommands.openRawTracepoint(Kernel.host(), program, "sys_enter", 0);
    }

    private static void assertOwn(List<Call> calls) {
        assertFalse(calls.isEmpty());
        long pid = ProcessHandle.current().pid();
        assertTrue(calls.stream().allMatch(call -> call.pid() == pid), calls::toString);
    }

    @Test
    void theOneThatIsMissingIsNamed() throws Exception {
        String told = AnotherUser.call(UsersTest::refusal, CAP_BPF);
        assertTrue(told.contains("this process lacks CAP_PERFMON"), told);
        told = AnotherUser.call(UsersTest::refusal, CAP_PERFMON);
        assertTrue(told.contains("this process lacks CAP_BPF"), told);
    }

    /** 0: everybody may load a few harmless types of programs; 2: nobody, until root says so. */
    @ParameterizedTest
    @ValueSource(strings = {"0", "2"})
    void anOrdinaryUserIsToldInOneSentence(String setting) throws Exception {
        String before = Files.readString(SETTING).strip();
        assumeTrue(
                setting.equals(before) || Files.exists(Path.of("/job/start")),
                "the setting " + SETTING + " of a whole machine stays");
        try {
            set(before, setting);
            String told = AnotherUser.call(UsersTest::refusal);
            assertTrue(told.contains("this process lacks CAP_BPF and CAP_PERFMON"), told);
            assertEquals(
                    setting.equals("2"),
                    told.contains("(kernel.unprivileged_bpf_disabled is 2)"),
                    told);
            assertEquals(setting.equals("0"), AnotherUser.call(UsersTest::loadsHarmless));
        } finally {
            set(setting, before);
        }
    }

    private static void set(String before, String setting) throws IOException {
        if (!before.equals(setting)) {
            Files.writeString(SETTING, setting);
        }
    }

    private static boolean loadsHarmless() {
        BpfObject object = Fixtures.open("probes");
        for (ProgramSpec program : object.programs()) {
            program.autoload(program.name().equals("elsewhere"));
        }
        for (MapSpec map : object.maps()) {
            map.autocreate(false);
        }
        try (LoadedObject bpf = object.load(asIfFirst())) {
            return bpf.program("elsewhere").fd() > 0;
        } catch (KernelException _) {
            return false;
        }
    }

    /** {@return what a user is told who may not trace: the message, which is all} */
    private static String refusal() {
        Logger logger = Logger.getLogger("dev.purebpf");
        List<String> logged = new ArrayList<>();
        Handler handler =
                new Handler() {
                    @Override
                    public void publish(LogRecord log) {
                        logged.add(log.getMessage());
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                };
        logger.addHandler(handler);
        try {
            var e =
                    assertThrows(
                            KernelException.class,
                            () -> Fixtures.open("example").load(asIfFirst()).close());
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
            assertEquals(List.of(), logged);
            return e.getMessage();
        } finally {
            logger.removeHandler(handler);
        }
    }

    /** Nothing is known of the kernel's features yet, as in a process of that user. */
    private static LoadOptions asIfFirst() {
        return LoadOptions.defaults().withKernel(WatchedKernel.unprobed(Kernel.host()));
    }
}
