package dev.purebpf.cli.go;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.Json;
import dev.purebpf.cli.JsonLines;
import dev.purebpf.cli.session.ByteText;
import dev.purebpf.go.GoAbi;
import dev.purebpf.go.GoCall;
import dev.purebpf.go.GoSignature;
import dev.purebpf.go.GoSignature.Parameter;
import dev.purebpf.go.GoType;
import dev.purebpf.go.RuntimeTypes.RuntimeType;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** What a program has in memory may be anything: it is shown, or left out. */
class ShownValuesTest {
    private static final List<Parameter> PARAMETERS =
            DeclaredTypes.parse(
                    "a []string, b *struct{x int8; y []int; z string}, c interface{}, d error,"
                            + " e [][]byte, f complex64, g map[string]int, h [20]struct{i any},"
                            + " j []struct{k error; l *int}, m float32, n struct{}");

    private static final StaticData PROGRAM =
            new StaticData() {
                @Override
                public Optional<RuntimeType> runtimeType(long address) {
                    int kind = (int) (address & 31);
                    return kind == 0
                            ? Optional.empty()
                            : Optional.of(new RuntimeType("some.type", kind, address >>> 5 & 31));
                }

                @Override
                public byte[] constant(long address, int count) {
                    return address % 2 == 0 ? null : new byte[count];
                }
            };

    @Property
    void anyBytesAreShown(@ForAll long seed) throws IOException {
        for (GoAbi abi : GoAbi.values()) {
            GoCall call = abi.assign(new GoSignature("f", PARAMETERS, List.of()));
            CapturePlan.Result plan =
                    CapturePlan.of(
                            abi,
                            PARAMETERS.stream().map(Parameter::type).toList(),
                            call.parameters());
            assertTrue(plan.size() <= CapturePlan.MOST_DATA);
            assertTrue(plan.steps().size() <= Step.MOST);
            byte[] bytes = new byte[GoEvent.DATA + plan.size()];
            Random random = new Random(seed);
            random.nextBytes(bytes);
            // Small numbers are lengths that could be.
            for (int i = GoEvent.DATA; i < bytes.length; i += 8) {
                if (random.nextInt(3) > 0) {
                    Arrays.fill(bytes, i + 1, i + 8, (byte) 0);
                }
            }
            GoEvent event = new GoEvent().wrap(MemorySegment.ofArray(bytes), 0, bytes.length);
            ShownValues values = new ShownValues(PROGRAM);
            ByteText text = new ByteText(64);
            TextSink people = new TextSink(text);
            var out = new ByteArrayOutputStream();
            var json = JsonLines.to(new CommandOutput(out));
            JsonSink programs = new JsonSink(json);
            json.writeStartObject();
            for (int i = 0; i < PARAMETERS.size(); i++) {
                values.write(plan.values().get(i), event, seed, people);
                json.writeFieldName(PARAMETERS.get(i).name());
                values.write(plan.values().get(i), event, seed, programs);
            }
            json.writeEndObject();
            json.flush();
            assertTrue(text.length() > 0);
            assertEquals(
                    PARAMETERS.size(), Json.object(out.toString(StandardCharsets.UTF_8)).size());
        }
    }

    @Test
    void anArrayOfVeryManyArraysIsShownInPart() {
        for (String elements : List.of("byte", "[0]int", "struct{}")) {
            GoType type = DeclaredTypes.parse("[8]".repeat(9) + elements).getFirst().type();
            var part = new GoCall.Part(0, type.size(), GoCall.Place.STACK, GoAbi.STACK_OFFSET);
            CapturePlan.Result plan =
                    CapturePlan.of(GoAbi.STACK, List.of(type), List.of(List.of(part)));
            int shown = count(plan.values().getFirst());
            assertTrue(shown > 256 && shown < 100_000, shown + " of " + elements);
        }
    }

    private static int count(Shown value) {
        return value instanceof Shown.Array array
                ? 1 + array.elements().stream().mapToInt(ShownValuesTest::count).sum()
                : 1;
    }
}
