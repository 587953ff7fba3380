package dev.purebpf.cli.go;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.purebpf.cli.PureBpf;
import dev.purebpf.cli.PureBpf.Run;
import dev.purebpf.cli.go.GoPrograms.GoProgram;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Whatever a function takes and gives, its values are where they were computed to be: functions
 * with generated signatures, compiled in one batch, say themselves what they got and gave.
 */
@Tag("kernel")
class GoSignaturesTest {
    private static final int FUNCTIONS = 60;
    private static final int FEW = 12;
    private static final long SEED = 20261126;

    /** Bare floating point numbers come in registers that nobody can read; they take turns, too. */
    private static final String FLOAT = "float64";

    private static final List<String> TYPES =
            List.of(
                    "bool",
                    "int",
                    "int8",
                    "int16",
                    "int32",
                    "uint8",
                    "uint16",
                    "uint32",
                    "uint64",
                    "code",
                    "string",
                    "[]byte",
                    "[]string",
                    "[]int16",
                    "pair",
                    "*pair",
                    "nested",
                    "large",
                    "[1]int",
                    "[1]pair",
                    "[3]int16",
                    "[2]string",
                    "error",
                    "interface{}",
                    FLOAT);

    @TempDir static Path folder;

    @BeforeAll
    static void requireKernel() {
        PureBpf.requireKernel();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.15", "1.19", "1.27"})
    void valuesAreWhereTheyAreComputedToBe(String version) throws Exception {
        GoProgram program = GoPrograms.ofSource(version, source(version), folder);
        compare(version, program.path(), FUNCTIONS);
    }

    /** Fewer, which are compiled where there are compilers. */
    @Test
    void soAreThoseOfProgramsThatWereMadeBefore() throws Exception {
        for (GoProgram program : GoPrograms.build("signatures", folder, GoPrograms.NO_OPTION)) {
            compare(program.what(), program.path(), FEW);
        }
    }

    /** By one compiler, for each program takes room in all machines. */
    @Test
    void whatIsMadeBeforeIsGeneratedToo() throws Exception {
        assertEquals(source(SEED, FEW, "// machines: 1.27"), GoPrograms.source("signatures"));
    }

    /**
     * Writes the programs, for machines of another architecture than the one that compiles them.
     *
     * @param arguments the folder where to
     * @throws Exception if they cannot be written
     */
    public static void main(String[] arguments) throws Exception {
        for (String version : GoPrograms.VERSIONS) {
            Path file = Path.of(arguments[0], "signatures-" + version + ".go");
            Files.writeString(file, source(version));
        }
    }

    private static String source(String version) throws Exception {
        int minor = Integer.parseInt(version.substring("1.".length()));
        return source(SEED + minor, FUNCTIONS, "// machines-foreign: " + version);
    }

    private static void compare(String what, Path program, int functions) throws Exception {
        Path trace = folder.resolve("trace.txt");
        Path said = folder.resolve("said.txt");
        Run run =
                PureBpf.runHere(
                        "go",
                        "--returns",
                        "-o",
                        trace.toString(),
                        "main.f?",
                        "main.f??",
                        "main.*.m?",
                        "main.*.m??",
                        "--",
                        program.toString(),
                        said.toString());
        assertEquals(0, run.exitCode(), run.err());
        List<String> shown =
                Files.readAllLines(trace).stream()
                        .map(
                                line ->
                                        line.replaceFirst("^\\S+ traced (\\d+)/\\d+ ", "")
                                                .replaceFirst(" <\\d+\\.\\d{9}>$", "")
                                                .replaceAll("<xmm\\d+>|<v\\d+>|1234\\.5", "FLOAT"))
                        .filter(
                                line ->
                                        line.matches(
                                                "g1 main\\.(f\\d|pair\\.m\\d|\\(\\*pair\\)\\.m\\d).*"))
                        .toList();
        List<String> wanted =
                Files.readAllLines(said).stream()
                        .map(line -> line.replace("1234.5", "FLOAT"))
                        .toList();
        assertEquals(functions, wanted.size(), what);
        assertEquals(String.join("\n", wanted), String.join("\n", shown), what);
    }

    /** The types of {@code shapes.go} and how it says values, with other functions. */
    private static String source(long seed, int count, String machines) throws Exception {
        String shapes = GoPrograms.source("shapes");
        String types =
                shapes.substring(0, shapes.indexOf("//go:noinline"))
                        .replaceFirst("(// machines.*\n)+", machines + "\n");
        String saying = shapes.substring(shapes.indexOf("// say prints the call"));
        Random random = new Random(seed);
        StringBuilder functions = new StringBuilder();
        StringBuilder main =
                new StringBuilder(
                        "var out *os.File\n\nfunc main() {\n\tout, _ = os.Create(os.Args[1])\n");
        for (int f = 0; f < count; f++) {
            function(f, random, functions, main);
        }
        return types + functions + main + "}\n\nvar _ = runtime.GC\n\n" + saying;
    }

    private static void function(
            int number, Random random, StringBuilder functions, StringBuilder main) {
        String receiver = number % 3 == 0 ? "(self pair) " : number % 3 == 1 ? "(self *pair) " : "";
        String type = number % 3 == 0 ? "pair." : number % 3 == 1 ? "(*pair)." : "";
        String name = (receiver.isEmpty() ? "f" : "m") + number;
        List<String> parameters = new ArrayList<>();
        List<String> arguments = new ArrayList<>();
        List<String> got = new ArrayList<>();
        if (!receiver.isEmpty()) {
            got.add("\"self\", &self");
        }
        for (int i = random.nextInt(8); i >= 0; i--) {
            String of = TYPES.get(random.nextInt(TYPES.size()));
            parameters.add("p" + i + " " + of);
            arguments.add(value(of, random));
            got.add("\"p" + i + "\", &p" + i);
        }
        List<String> results = new ArrayList<>();
        List<String> given = new ArrayList<>();
        StringBuilder body = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            String of = TYPES.get(random.nextInt(TYPES.size()));
            results.add("r" + i + " " + of);
            given.add(", \"r" + i + "\", &r" + i);
            body.append("\tr" + i + " = " + value(of, random) + "\n");
        }
        functions
                .append("//go:noinline\nfunc " + receiver + name)
                .append("(" + String.join(", ", parameters) + ") ")
                .append("(" + String.join(", ", results) + ") {\n" + body)
                .append("\tgave(\"" + type + name + "\", []interface{}{")
                .append(
                        String.join(", ", got)
                                + "}"
                                + String.join("", given)
                                + ")\n\treturn\n}\n\n");
        main.append("\t" + (receiver.isEmpty() ? "" : "(&pair{3, 4}).") + name + "(")
                .append(String.join(", ", arguments) + ")\n");
    }

    /** {@return an expression of a type} */
    private static String value(String type, Random random) {
        long number = random.nextInt(200) - 100;
        String text = "\"text " + random.nextInt(1000) + "\"";
        return switch (type) {
            case "bool" -> String.valueOf(random.nextBoolean());
            case "int", "int8", "int16", "int32" -> String.valueOf(number);
            case "uint8", "uint16", "uint32", "code" -> String.valueOf(number + 100);
            case "uint64" -> "1<<63 + " + (number + 100);
            case FLOAT -> "1234.5";
            case "string" -> text;
            case "[]byte" -> random.nextBoolean() ? "nil" : "[]byte(" + text + ")";
            case "[]string" -> "[]string{" + text + ", \"\"}";
            case "[]int16" -> "[]int16{" + number + ", 7}";
            case "pair" -> "pair{" + number + ", " + random.nextLong() + "}";
            case "*pair" -> random.nextInt(4) == 0 ? "nil" : "&pair{" + number + ", 5}";
            case "nested" -> "nested{p: pair{1, " + number + "}, name: " + text + "}";
            case "large" -> "large{a: " + number + ", j: 9}";
            case "[1]int" -> "[1]int{" + number + "}";
            case "[1]pair" -> "[1]pair{{" + number + ", 6}}";
            case "[3]int16" -> "[3]int16{" + number + ", 2, 3}";
            case "[2]string" -> "[2]string{" + text + ", \"two\"}";
            case "error" -> random.nextInt(3) == 0 ? "nil" : "errors.New(" + text + ")";
            default -> random.nextBoolean() ? text : String.valueOf(number);
        };
    }
}
