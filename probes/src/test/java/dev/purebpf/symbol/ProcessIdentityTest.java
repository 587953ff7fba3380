package dev.purebpf.symbol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.kernel.Kernel;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** What /proc says of processes in containers of all engines, and of one in a namespace here. */
class ProcessIdentityTest {
    private static final String ID =
            "4f1d0c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/docker/ID",
                "/system.slice/docker-ID.scope",
                "/system.slice/containerd.service/kubepods-burstable-pod12.slice:cri-containerd:x/ID",
                "/kubepods/besteffort/pod0a1b/ID",
                "/kubepods.slice/kubepods-pod0a1b.slice/cri-containerd-ID.scope",
                "/kubepods.slice/kubepods-pod0a1b.slice/crio-ID.scope",
                "/machine.slice/libpod-ID.scope",
                "/machine.slice/libpod-ID.scope/container",
                "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope/container",
            })
    void theContainerIsPartOfTheControlGroup(String cgroup) {
        String path = cgroup.replace("ID", ID);
        for (String text :
                List.of(
                        "0::" + path + "\n",
                        "12:pids:" + path + "\n1:name=systemd:" + path + "\n0::/\n")) {
            assertEquals(Optional.of(ID), ProcessIdentity.parse(1, "", text).container(), text);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0::/",
                "0::/user.slice/user-0.slice/session-1.scope",
                "",
                "nonsense",
                "0::/docker/4f1d0c1a2b3c",
                "0::/docker/4f1d0c1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6f",
            })
    void elsewhereThereIsNone(String cgroup) {
        assertEquals(Optional.empty(), ProcessIdentity.parse(1, "", cgroup).container());
    }

    @Test
    void theInnermostOfNestedContainersIsMeant() {
        String outer = ID.replace('4', '5');
        assertEquals(
                Optional.of(ID),
                ProcessIdentity.parse(1, "", "0::/docker/" + outer + "/docker/" + ID).container());
    }

    @Test
    void aProcessHasANumberInEachNamespace() {
        var process =
                ProcessIdentity.parse(
                        4711, "Name:\tjava\nNSpid:\t4711\t17\t1\nThreads:\t2\n", "0::/a\n");
        assertEquals(List.of(4711, 17, 1), process.pids());
        assertEquals(1, process.ownPid());
        assertEquals("/a", process.cgroup());
        assertEquals(5, ProcessIdentity.parse(5, "Name:\tx\n", "").ownPid());
    }

    @Test
    void aProcessInANamespaceOfItsOwnIsTheFirstThere() throws Exception {
        assumeTrue(BinaryPath.find(Kernel.host(), "unshare").isPresent(), "needs unshare");
        Process shell =
                new ProcessBuilder("unshare", "--pid", "--fork", "sh", "-c", "echo; read x")
                        .start();
        try {
            String answer = shell.inputReader().readLine();
            assumeTrue(answer != null, "needs the right to make namespaces of process ids");
            long inner = shell.children().findFirst().orElseThrow().pid();
            var process = ProcessIdentity.load(Kernel.host(), (int) inner);
            assertEquals(List.of((int) inner, 1), process.pids());
            assertEquals(1, process.ownPid());
        } finally {
            shell.getOutputStream().close();
            shell.waitFor();
        }
    }

    @Test
    void aProcessThatIsNoneIsAnError() {
        assertThrows(IOException.class, () -> ProcessIdentity.load(Kernel.host(), 1 << 29));
    }

    @Property
    void anyTextIsUnderstood(@ForAll String status, @ForAll String cgroups) {
        var process = ProcessIdentity.parse(7, "NSpid:" + status, cgroups);
        assertEquals(7, process.pid());
        process.ownPid();
    }
}
