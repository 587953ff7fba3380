package dev.purebpf.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder.request;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherFactory;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

class KernelTestsTest {

    @Test
    void aClassMeansAllItsTests() {
        assertEquals(
                Set.of("one()", "each(int)"),
                names(KernelTests.select("dev.purebpf.vm.KernelTestsTest$Chosen")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"one", "each"})
    void aMethodIsNamedWithoutItsParameters(String method) {
        Set<String> names =
                names(KernelTests.select("dev.purebpf.vm.KernelTestsTest$Chosen#" + method));
        assertEquals(1, names.size(), names.toString());
        assertTrue(names.iterator().next().startsWith(method + "("), names.toString());
    }

    @Test
    void aNameThatNothingHasIsRefused() {
        var method =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> KernelTests.select("dev.purebpf.vm.KernelTestsTest#none"));
        assertTrue(method.getMessage().contains("no method none"), method.getMessage());
        assertThrows(IllegalArgumentException.class, () -> KernelTests.select("no.Such#test"));
    }

    @Test
    void whatIsAnsweredRunsUntilThereIsNothing(@TempDir Path reports) throws IOException {
        String one = Chosen.class.getName() + "#one";
        String failing = Failing.class.getName();
        var out = new ByteArrayOutputStream();
        int code =
                KernelTests.run(
                        new String[] {reports.toString(), ""},
                        input(one + "\n" + failing + " " + Chosen.class.getName() + "\n\nno.Such"),
                        new PrintStream(out, true));
        assertEquals(1, code);
        String said = out.toString();
        assertEquals(3, said.lines().filter(KernelTests.QUESTION::equals).count(), said);
        assertEquals(Set.of("one()"), testsOf(reports.resolve(one)));
        assertEquals(
                Set.of("fails()", "one()", "each(int)[1]", "each(int)[2]"),
                testsOf(reports.resolve(failing)));
    }

    @Test
    void withoutAnAnswerThereIsNothing(@TempDir Path reports) throws IOException {
        var out = new PrintStream(new ByteArrayOutputStream());
        String[] asking = {reports.toString(), ""};
        assertEquals(0, KernelTests.run(asking, input(""), out), "the answers have ended");
        assertEquals(0, KernelTests.run(asking, input("\n"), out));
    }

    private static InputStream input(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Set<String> testsOf(Path folder) throws IOException {
        return JunitXml.read(folder.resolve("TEST-junit-jupiter.xml")).stream()
                .map(TestResult::name)
                .collect(Collectors.toSet());
    }

    private static Set<String> names(List<? extends DiscoverySelector> selectors) {
        TestPlan plan = LauncherFactory.create().discover(request().selectors(selectors).build());
        return plan.getRoots().stream()
                .flatMap(root -> plan.getDescendants(root).stream())
                .map(test -> test.getLegacyReportingName())
                .filter(name -> name.contains("("))
                .collect(Collectors.toSet());
    }

    /** Not run by itself: its name is none of a test class. */
    static final class Chosen {
        @Test
        void one() {}

        @ParameterizedTest
        @ValueSource(ints = {1, 2})
        void each(int number) {
            assertTrue(number > 0);
        }
    }

    /** Not run by itself, either. */
    static final class Failing {
        @Test
        void fails() {
            assertEquals("what is wanted", "what is there");
        }
    }
}
