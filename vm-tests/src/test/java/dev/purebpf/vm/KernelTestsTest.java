package dev.purebpf.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder.request;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherFactory;

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
}
