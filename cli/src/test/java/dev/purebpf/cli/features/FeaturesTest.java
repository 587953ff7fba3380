package dev.purebpf.cli.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.insn.HelperFunction;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.Support;
import dev.purebpf.link.MapType;
import dev.purebpf.link.ProgramType;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What {@code purebpf features} says of the live kernel is what its probes found. */
@Tag("kernel")
class FeaturesTest {
    @BeforeEach
    void requireKernel() {
        PureBpf.requireKernel();
    }

    @Test
    void peopleSeeATableForEachKind() {
        PureBpf.Run run = PureBpf.runHere("features");
        assertEquals(0, run.exitCode(), run.err());
        List<String> lines = run.outLines();
        assertTrue(lines.getFirst().startsWith("Linux "), lines.getFirst());
        for (String title : List.of("Features: ", "Program types: ", "Map types: ", "Helpers: ")) {
            assertEquals(1, lines.stream().filter(l -> l.startsWith(title)).count(), title);
        }
        assertTrue(lines.contains("  yes  3.19  array"), run.out());
        assertTrue(lines.contains("  yes  3.19  socket_filter"), run.out());
        assertTrue(run.out().contains("\n  yes  4.15  program_name  "), run.out());
        assertTrue(lines.stream().noneMatch(line -> line.contains("bpf_map_lookup_elem")));
    }

    @Test
    void programsGetOneObjectForEachThing() throws IOException {
        PureBpf.Run run = PureBpf.runHere("features", "--output", "json");
        assertEquals(0, run.exitCode(), run.err());
        List<Map<String, Object>> objects = new ArrayList<>();
        for (String line : run.outLines()) {
            objects.add(object(line));
        }
        int things =
                Feature.values().length
                        + (ProgramType.values().length - 1)
                        + (MapType.values().length - 1)
                        + HelperFunction.all().size();
        assertEquals(things, objects.size());
        for (Map<String, Object> object : objects) {
            if (object.get("kind").equals("feature")) {
                Feature feature = Feature.valueOf(((String) object.get("name")).toUpperCase());
                assertEquals(feature.since(), object.get("since"));
                assertEquals(feature.description(), object.get("description"));
                assertEquals(
                        Kernel.host().features().has(feature),
                        object.get("supported"),
                        feature.name());
            }
        }
    }

    @Test
    void aScriptAsksForWhatItNeeds() {
        PureBpf.Run all =
                PureBpf.runHere("features", "global_data", "map_type:array", "bpf_probe_read");
        assertEquals(0, all.exitCode(), all.err());
        assertEquals(3, all.outLines().stream().filter(l -> l.startsWith("  yes")).count());

        boolean token = Kernel.host().features().support(Feature.TOKEN) == Support.YES;
        assertEquals(token ? 0 : 1, PureBpf.runHere("features", "global_data", "token").exitCode());
        boolean infrared = Kernel.host().features().support(ProgramType.LIRC_MODE2) == Support.YES;
        assertEquals(infrared ? 0 : 1, PureBpf.runHere("features", "lirc_mode2").exitCode());
    }

    @Test
    void helpersAreListedForOneTypeOfProgram() {
        PureBpf.Run run = PureBpf.runHere("features", "--helpers-of", "xdp");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().contains("\nHelpers that xdp programs may call: "), run.out());
        List<String> lines = run.outLines();
        assertTrue(lines.stream().anyMatch(l -> l.matches("  yes  4.10  bpf_xdp_adjust_head")));
        assertTrue(lines.stream().anyMatch(l -> l.matches("  no   4.1   bpf_skb_store_bytes")));
        assertEquals(3 + HelperFunction.all().size(), lines.size(), run.out());
    }

    @Test
    void programsAreToldTheHelpersOfOneTypeAlone() throws IOException {
        PureBpf.Run run = PureBpf.runHere("features", "--helpers-of", "xdp", "--output", "json");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(HelperFunction.all().size(), run.outLines().size());
        for (String line : run.outLines()) {
            Map<String, Object> object = object(line);
            assertEquals("helper", object.get("kind"), line);
            assertEquals("xdp", object.get("program_type"), line);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no_such_thing",
                "map_type:kprobe",
                "--helpers-of unspec",
                "--helpers-of maps",
                "--output xml",
                "--all",
            })
    void wrongUsageIsASentence(String arguments) {
        PureBpf.Run run = PureBpf.runHere(("features " + arguments).split(" "));
        assertEquals(2, run.exitCode(), run.err());
        assertEquals("", run.out());
        assertTrue(run.err().startsWith("purebpf features: "), run.err());
        assertTrue(run.err().endsWith("See purebpf features --help.\n"), run.err());
    }

    @Test
    void theHelpFitsATerminal() {
        PureBpf.Run run = PureBpf.runHere("features", "--help");
        assertEquals(0, run.exitCode());
        assertTrue(run.out().contains("  purebpf features --helpers-of xdp\n"), run.out());
        assertTrue(run.outLines().stream().allMatch(line -> line.length() <= 88), run.out());
    }

    @Test
    void whoMayNotTryIsToldWhatIsMissing() throws Exception {
        PureBpf.Run run =
                PureBpf.run(
                        List.of(
                                "setpriv",
                                "--bounding-set=-bpf,-perfmon,-net_admin,-sys_admin",
                                "--inh-caps=-all"),
                        "features",
                        "program_type:kprobe");
        assertEquals(1, run.exitCode(), run.err());
        assertTrue(run.outLines().contains("  ?    4.1   kprobe"), run.out());
        assertTrue(run.err().contains("CAP_BPF"), run.err());
        assertEquals(1, run.errLines().size(), run.err());
    }

    private static Map<String, Object> object(String line) throws IOException {
        Map<String, Object> object = new HashMap<>();
        try (JsonParser json = new JsonFactory().createParser(line)) {
            assertEquals(JsonToken.START_OBJECT, json.nextToken());
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                object.put(
                        name,
                        switch (json.nextToken()) {
                            case VALUE_STRING -> json.getText();
                            case VALUE_TRUE -> true;
                            case VALUE_FALSE -> false;
                            case VALUE_NULL -> null;
                            default -> throw new AssertionError(line);
                        });
            }
            assertEquals(null, json.nextToken(), line);
        }
        return object;
    }
}
