package dev.purebpf.cli.syscalls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.BpfObject;
import dev.purebpf.Link;
import dev.purebpf.LoadedObject;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.event.EventBuffer;
import dev.purebpf.insn.HelperFunction;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.Support;
import dev.purebpf.probe.Probe;
import dev.purebpf.programs.Programs;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The last call of a task whose beginning the kernel has left the program out of, as it does from
 * 7.2 on now and then. Here that program is not attached at all.
 */
@Tag("kernel")
class UnseenExitTest {

    /** A program behind sys_enter that is left out sees nothing: only what follows is attached. */
    private static final Set<String> OTHERS = Set.of("on_exit", "on_sys_exit");

    private record Call(String name, long argument, boolean unseen) {}

    @Test
    void theCodeOfAnExitThatNobodySawBeginIsTold() throws Exception {
        requireRegistersOfTasks();
        Call exit =
                lastCall(
                        process -> process.getOutputStream().close(), "sh", "-c", "read x; exit 3");
        assertEquals(new Call("exit_group", 3, true), exit);
    }

    @Test
    void oneThatIsKilledHasNotCalledExit() throws Exception {
        Call last = lastCall(Process::destroyForcibly, "sleep", "1000");
        assertFalse(last != null && last.name.startsWith("exit"), () -> "told: " + last);
    }

    @FunctionalInterface
    private interface End {
        void of(Process process) throws Exception;
    }

    /** {@return the last call that is told of a process that ends; null if none is} */
    private static Call lastCall(End end, String... command) throws Exception {
        PureBpf.requireKernel();
        SyscallTable table = SyscallTable.of(Programs.architecture());
        List<Call> calls = new ArrayList<>();
        SyscallEvent event = new SyscallEvent();
        try (PureBpf.Running running = PureBpf.startProcess(List.of(command));
                LoadedObject bpf = load((int) running.process().pid());
                EventBuffer events =
                        bpf.ringBuffer(
                                "events",
                                (segment, offset, length) -> {
                                    event.wrap(segment, offset, length);
                                    calls.add(
                                            new Call(
                                                    table.get(event.number(), false).name(),
                                                    event.argument(0),
                                                    event.has(SyscallEvent.NO_ENTRY)
                                                            && event.has(SyscallEvent.NO_RESULT)));
                                })) {
            try (Link _ = Probe.attach(bpf.program("on_sys_exit"));
                    Link _ = Probe.attach(bpf.program("on_exit"))) {
                end.of(running.process());
                running.process().waitFor();
                Waiting.until(() -> bpf.variable("target_exited").getInt() != 0);
            }
            while (events.poll(Duration.ZERO) > 0) {
                // All that was told before the process was gone.
            }
        }
        return calls.isEmpty() ? null : calls.getLast();
    }

    private static LoadedObject load(int pid) throws Exception {
        BpfObject object = BpfObject.open("syscalls.bpf.o", Programs.read("syscalls"));
        object.set("watch", 1).set("target", pid).set("launcher", Kernel.host().processId());
        object.programs().forEach(program -> program.autoload(OTHERS.contains(program.name())));
        return object.load();
    }

    private static void requireRegistersOfTasks() {
        assumeTrue(
                Kernel.host()
                                .features()
                                .support(HelperFunction.fromName("bpf_task_pt_regs").orElseThrow())
                        == Support.YES,
                "needs the helper task_pt_regs, of 5.15");
    }
}
