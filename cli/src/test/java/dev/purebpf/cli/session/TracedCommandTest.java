package dev.purebpf.cli.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;

class TracedCommandTest {

    @Test
    void theCommandGetsTheLocaleThatTheUserHad() {
        assertEquals(
                Map.of("LC_ALL", "de_DE.UTF-8", "LANG", "C"),
                restored(
                        Map.of(
                                "LC_ALL", "C.UTF-8",
                                "PUREBPF_LC_ALL", "de_DE.UTF-8",
                                "LANG", "C")));
    }

    @Test
    void theCommandGetsNoLocaleWhereTheUserHadNone() {
        assertEquals(
                Map.of("LANG", "C"),
                restored(Map.of("LC_ALL", "C.UTF-8", "PUREBPF_LC_ALL", "", "LANG", "C")));
    }

    @Test
    void withoutTheScriptTheLocaleStaysAsItIs() {
        assertEquals(Map.of("LC_ALL", "C"), restored(Map.of("LC_ALL", "C")));
    }

    private static Map<String, String> restored(Map<String, String> environment) {
        Map<String, String> restored = new HashMap<>(environment);
        TracedCommand.restoreLocale(restored);
        return restored;
    }
}
