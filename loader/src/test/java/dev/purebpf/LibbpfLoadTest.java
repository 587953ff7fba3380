package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.error.BpfException;
import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.KernelBtf;
import dev.purebpf.kernel.LiveKernel;
import dev.purebpf.link.MapDefinition;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What libbpf loads on this kernel, PureBPF loads: every fixture as a whole, and each of its
 * programs alone. libbpf's part is {@code libbpf-load.c}.
 */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class LibbpfLoadTest {
    /** libbpf appends callbacks of exceptions only since 1.3. */
    private static final List<String> LEFT_OUT = List.of("exceptions");

    @TempDir Path folder;

    private record Load(String fixture, String program, int libbpf) {
        /** Whether it is that of all programs that are on by default: the first of a fixture. */
        boolean whole() {
            return program.equals("*");
        }
    }

    @Test
    void whatLibbpfLoadsIsLoaded() throws Exception {
        Kernel kernel = LiveKernel.require();
        LoadOptions options = LoadOptions.defaults().withKernelBtf(KernelBtf.load(kernel));
        List<String> refused = new ArrayList<>();
        int both = 0;
        BpfObject object = null;
        for (Load load : byLibbpf(TestProgram.compile("libbpf-load", folder))) {
            if (load.whole()) {
                object = open(load.fixture);
            } else {
                for (ProgramSpec program : object.programs()) {
                    program.autoload(program.name().equals(load.program));
                }
            }
            String failure = failure(object, options);
            System.out.println(
                    load.fixture
                            + ", "
                            + load.program
                            + ": libbpf "
                            + (load.libbpf == 0 ? "yes" : "errno " + load.libbpf)
                            + ", PureBPF "
                            + (failure == null
                                    ? "yes"
                                    : "no: " + failure.lines().findFirst().orElse("")));
            if (load.libbpf == 0 && failure != null) {
                refused.add(load.fixture + ", " + load.program + ": " + failure);
            } else if (load.libbpf == 0) {
                both++;
            }
        }
        assertEquals(List.of(), refused);
        assertTrue(both >= 30, "only " + both + " loads succeeded");
    }

    private static BpfObject open(String fixture) {
        BpfObject object = Fixtures.open(fixture);
        for (MapSpec map : object.maps()) {
            // Tables of operations are not created yet, but what they say of programs counts.
            if (map.definition().pinning() == MapDefinition.Pinning.BY_NAME
                    || map.definition().origin() == MapDefinition.Origin.STRUCT_OPS) {
                map.autocreate(false);
            }
        }
        return object;
    }

    /** {@return why PureBPF did not load it, {@code null} if it did} */
    private static String failure(BpfObject object, LoadOptions options) {
        try (LoadedObject _ = object.load(options)) {
            return null;
        } catch (BpfException e) {
            return e.getMessage();
        }
    }

    private List<Load> byLibbpf(Path program) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        for (String fixture : Fixtures.names()) {
            if (!LEFT_OUT.contains(fixture)) {
                Files.write(folder.resolve(fixture), Fixtures.bytes(fixture));
                command.add(fixture);
            }
        }
        TestProgram.End end = TestProgram.run(folder, command);
        assertEquals(0, end.exitCode(), end.said());
        return end.said()
                .lines()
                .map(line -> line.split(" "))
                .map(words -> new Load(words[0], words[1], Integer.parseInt(words[2])))
                .toList();
    }
}
