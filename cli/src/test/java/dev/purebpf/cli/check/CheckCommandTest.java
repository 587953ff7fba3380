package dev.purebpf.cli.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.Json;
import dev.purebpf.cli.OtherKernels;
import dev.purebpf.cli.PureBpf;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** On which kernels does an object fit, asked of kernels made for the test. */
class CheckCommandTest {
    @TempDir Path folder;
    private Path kernels;
    private String core;
    private String minimal;

    @BeforeEach
    void makeKernels() throws IOException {
        core = OtherKernels.fixture(folder, "core");
        minimal = OtherKernels.fixture(folder, "minimal");
        kernels = Files.createDirectories(folder.resolve("kernels"));
        OtherKernels.asDeclaredBy(Path.of(core), kernels.resolve("5.10.btf"));
        OtherKernels.renamed(kernels.resolve("5.4.btf"));
        Files.writeString(kernels.resolve("README"), "where these come from");
    }

    private PureBpf.Run check(String... arguments) throws Exception {
        return PureBpf.run(arguments);
    }

    @Test
    void aTableHasAColumnForEachKernelInTheOrderOfVersions() throws Exception {
        PureBpf.Run run = check("check", core, "--btf", kernels.toString());
        assertEquals("", run.err());
        assertEquals(1, run.exitCode());
        assertTrue(
                run.out()
                        .startsWith(
                                core
                                        + """

                                                     5.4       5.10
                                          fields     poisoned  fits
                                          questions  poisoned  poisoned
                                          bitfields  poisoned  fits
                                          missing    poisoned  poisoned
                                        """),
                run.out());
    }

    @Test
    void belowItIsWhatIsMissingAndWhatTheKernelHasInstead() throws Exception {
        String out = check("check", core, "--btf", kernels.toString()).out();
        assertTrue(
                out.contains(
                        core
                                + ", program missing, on 5.4: would be poisoned; harmless only if"
                                + " guarded\n"),
                out);
        assertTrue(
                out.contains(
                        "    field byte offset of struct task_struct___other.no_such_field: struct"
                                + " task_struct has no field `no_such_field`; nearest:"
                                + " `no_such_field_any_more`\n"),
                out);
        assertTrue(
                out.contains("struct task_struct has no field `pid`; nearest: `numbers.pid`"), out);
        assertTrue(out.contains("struct signal_struct is absent\n"), out);
        assertTrue(out.contains("  ./core.bpf.c:"), out);
    }

    @Test
    void whatManyKernelsAllLackIsSaidOfAll() throws Exception {
        Files.copy(kernels.resolve("5.4.btf"), kernels.resolve("5.3.btf"));
        Files.copy(kernels.resolve("5.4.btf"), kernels.resolve("5.2.btf"));
        String out = check("check", core, "--btf", kernels.toString()).out();
        assertTrue(out.contains(core + ", program missing, on 5.2, 5.3, 5.4: would"), out);
        Files.delete(kernels.resolve("5.10.btf"));
        out = check("check", core, "--btf", kernels.toString()).out();
        assertTrue(out.contains(core + ", program missing, on all kernels: would"), out);
    }

    @Test
    void whatFitsEverywhereSaysNoMore() throws Exception {
        PureBpf.Run run = check("check", minimal, "--btf", kernels.toString());
        assertEquals(0, run.exitCode());
        assertEquals(
                minimal
                        + """

                                        5.4       5.10
                          on_sys_enter  fits      fits

                        """,
                run.out());
    }

    @Test
    void poisonedInstructionsCountUnlessTheyAreAllowed() throws Exception {
        String old = kernels.resolve("5.4.btf").toString();
        assertEquals(1, check("check", core, "--btf", old).exitCode());
        PureBpf.Run allowed = check("check", core, "--allow-poisoned", "--btf", old);
        assertEquals(0, allowed.exitCode());
        assertTrue(allowed.out().contains("poisoned"), allowed.out());
    }

    @Test
    void whatCannotBeLinkedFailsWithItsReason() throws Exception {
        String settings = OtherKernels.fixture(folder, "kconfig");
        PureBpf.Run run =
                check(
                        "check",
                        settings,
                        "--allow-poisoned",
                        "--kconfig",
                        "/dev/null",
                        "--btf",
                        kernels.toString());
        assertEquals(1, run.exitCode());
        assertTrue(run.out().contains(", on 5.4, 5.10: fails: program "), run.out());
        assertTrue(run.out().contains("CONFIG_HZ: is not set"), run.out());
    }

    @Test
    void whatCannotBeReadIsNamedAndTheRestGoesOn() throws Exception {
        Files.writeString(kernels.resolve("6.1.btf"), "no types at all");
        String missing = folder.resolve("missing.bpf.o").toString();
        PureBpf.Run run = check("check", missing, minimal, "--btf", kernels.toString());
        assertEquals(1, run.exitCode());
        assertTrue(run.out().contains("on_sys_enter  fits      fits\n"), run.out());
        assertTrue(
                run.out().contains("kernel 6.1 (" + kernels.resolve("6.1.btf") + "): "), run.out());
        assertEquals(
                1,
                run.outLines().stream()
                        .filter(("object " + missing + ": there is no such file")::equals)
                        .count(),
                run.out());
    }

    @Test
    void theModulesOfAKernelLieBesideIt() throws Exception {
        Path kernel = kernels.resolve("6.1.btf");
        Path module = kernels.resolve("6.1.modules/sched.btf");
        OtherKernels.renamedInModule(kernel, module);
        PureBpf.Run run = check("check", core, "--btf", kernels.toString());
        assertEquals("", run.err());
        assertTrue(
                run.out().startsWith(core + "\n             5.4       5.10      6.1\n"), run.out());
        assertTrue(run.out().contains(", program missing, on 5.4, 6.1: would"), run.out());
        PureBpf.Run single = check("check", core, "--btf", kernel.toString());
        assertTrue(single.out().contains("nearest: `no_such_field_any_more`\n"), single.out());
        Files.delete(module);
        single = check("check", core, "--btf", kernel.toString());
        assertTrue(single.out().contains("struct task_struct is absent\n"), single.out());
    }

    @Test
    void aDamagedModuleIsNamedWithItsKernelAndTheRestGoesOn() throws Exception {
        Path kernel = kernels.resolve("6.1.btf");
        Path module = kernels.resolve("6.1.modules/sched.btf");
        OtherKernels.renamedInModule(kernel, module);
        Files.writeString(module, "no types at all");
        PureBpf.Run run = check("check", minimal, "--btf", kernels.toString());
        assertEquals(1, run.exitCode());
        assertTrue(run.out().contains("on_sys_enter  fits      fits\n"), run.out());
        assertTrue(
                run.out()
                        .contains(
                                "kernel 6.1 ("
                                        + kernel
                                        + "): no types of module sched in "
                                        + module),
                run.out());
    }

    @Test
    void manyKernelsGetASectionEach() throws Exception {
        for (int i = 0; i < 20; i++) {
            OtherKernels.bare(kernels.resolve("6." + i + ".0-long-name-of-a-build.btf"));
        }
        PureBpf.Run run = check("check", core, minimal, "--btf", kernels.toString());
        assertTrue(
                run.out()
                        .contains(
                                "6.9.0-long-name-of-a-build\n  "
                                        + core
                                        + "\n"
                                        + "    poisoned  fields, questions, bitfields, missing\n"
                                        + "  "
                                        + minimal
                                        + "\n    fits      on_sys_enter\n\n"
                                        + "6.10.0-long-name-of-a-build\n"),
                run.out());
        assertTrue(
                run.outLines().stream()
                        .noneMatch(line -> line.startsWith("  ") && line.length() > 400));
    }

    @Test
    void jsonHasAnObjectForEachProgramAndKernel() throws Exception {
        String noTypes = Files.writeString(folder.resolve("none.btf"), "none").toString();
        PureBpf.Run run =
                check(
                        "check",
                        core,
                        minimal,
                        "--output",
                        "json",
                        "--btf",
                        kernels.toString(),
                        noTypes);
        assertEquals(1, run.exitCode());
        List<Map<String, Object>> objects = run.outLines().stream().map(Json::object).toList();
        Set<String> verdicts =
                objects.stream()
                        .filter(object -> object.containsKey("verdict"))
                        .map(o -> o.get("kernel") + " " + o.get("program") + " " + o.get("verdict"))
                        .collect(Collectors.toSet());
        assertEquals(10, verdicts.size());
        assertTrue(verdicts.contains("5.4 missing poisoned"));
        assertTrue(verdicts.contains("5.10 on_sys_enter fits"));
        Map<String, Object> missing =
                objects.stream()
                        .filter(o -> "missing".equals(o.get("program")))
                        .filter(o -> "5.4".equals(o.get("kernel")))
                        .findFirst()
                        .orElseThrow();
        Map<?, ?> finding = (Map<?, ?>) ((List<?>) missing.get("poisoned")).getFirst();
        assertEquals("struct task_struct___other.no_such_field", finding.get("path"));
        assertEquals("missing", finding.get("function"));
        Map<String, Object> unreadable = objects.getLast();
        assertEquals("none", unreadable.get("kernel"));
        assertTrue(unreadable.get("error") instanceof String);
    }

    @Test
    void objectsAfterTheKernelsAreTakenForKernelsAndThatIsSaid() throws Exception {
        PureBpf.Run run = check("check", "--btf", kernels.toString(), core);
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("name objects before it, or after --"), run.err());
        assertEquals(0, check("check", "--btf", kernels.toString(), "--", minimal).exitCode());
    }

    @Test
    void aDirectoryWithoutKernelsIsAFailure() throws Exception {
        Path empty = Files.createDirectories(folder.resolve("empty"));
        PureBpf.Run run = check("check", minimal, "--btf", empty.toString());
        assertEquals(1, run.exitCode());
        assertTrue(run.err().startsWith("purebpf: there is no file of BTF in "), run.err());
    }
}
