package dev.purebpf.go;

import dev.purebpf.fixtures.GoToolchain;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A Go program of functions with all kinds of parameters and results. */
final class GeneratedSignatures {
    private static final String DECLARATIONS =
            """
            package main

            type pair struct{ x int8; y int64 }
            type blank struct{ a int8; _ int16; b float32 }
            type nested struct{ p pair; s string; one [1]float64 }
            type list struct{ next *list; values []pair }
            type large struct{ a, b, c, d, e, f, g, h, i, j int }
            type withArray struct{ a int; two [2]int16 }
            type shape interface{ Area() float64 }
            type celsius float64
            type names map[string]int
            type callback func(int) string
            type receiver struct{ a int; b float32 }

            var kept int

            //go:noinline
            func keep(values ...interface{}) { kept += len(values) }

            """;
    private static final List<String> TYPES =
            List.of(
                    "bool",
                    "int",
                    "int8",
                    "int16",
                    "int32",
                    "int64",
                    "uint",
                    "uint8",
                    "uint16",
                    "uint32",
                    "uint64",
                    "uintptr",
                    "float32",
                    "float64",
                    "complex64",
                    "complex128",
                    "string",
                    "error",
                    "interface{}",
                    "shape",
                    "[]byte",
                    "[]string",
                    "pair",
                    "*pair",
                    "blank",
                    "nested",
                    "list",
                    "large",
                    "withArray",
                    "celsius",
                    "names",
                    "callback",
                    "chan int",
                    "map[int]string",
                    "func()",
                    "[1]int",
                    "[1]pair",
                    "[0]int",
                    "[3]int16",
                    "[2]string",
                    "struct{}",
                    "[1][1]float32");

    private GeneratedSignatures() {}

    /**
     * {@return the text of the program}
     *
     * @param seed what chooses the types
     * @param functions how many functions it has, called {@code f0}, {@code f1} and so on; each
     *     third is a method
     * @param go what is to compile it
     */
    static String program(long seed, int functions, GoToolchain go) {
        Random random = new Random(seed);
        List<String> types = new ArrayList<>(TYPES);
        if (go.minor() < 17) {
            // Old compilers tell debuggers the parameters by their places, and one without bytes
            // may come before or after that which has the same place; its alignment counts though.
            types.remove("[0]int");
        }
        StringBuilder text = new StringBuilder(DECLARATIONS);
        StringBuilder main = new StringBuilder("func main() {\n");
        for (int f = 0; f < functions; f++) {
            List<String> parameters = new ArrayList<>();
            List<String> names = new ArrayList<>();
            for (int p = random.nextInt(9); p >= 0; p--) {
                names.add("p" + p);
                parameters.add("p" + p + " " + types.get(random.nextInt(types.size())));
            }
            List<String> results = new ArrayList<>();
            for (int r = random.nextInt(5); r > 0; r--) {
                results.add("r" + r + " " + types.get(random.nextInt(types.size())));
            }
            String receiver = "";
            if (f % 3 == 0) {
                receiver = f % 2 == 0 ? "(self receiver) " : "(self *receiver) ";
                names.add("self");
            }
            text.append("//go:noinline\nfunc ")
                    .append(receiver)
                    .append("f" + f + "(" + String.join(", ", parameters) + ") (")
                    .append(String.join(", ", results))
                    .append(") {\n\tkeep(" + String.join(", ", names) + ")\n\treturn\n}\n\n");
            String function = receiver.isEmpty() ? "f" + f : "(&receiver{}).f" + f;
            List<String> values = new ArrayList<>();
            main.append("\t{\n");
            for (int i = 0; i < parameters.size(); i++) {
                String type = parameters.get(i).substring(parameters.get(i).indexOf(' ') + 1);
                main.append("\t\tvar v" + i + " " + type + "\n");
                values.add("v" + i);
            }
            main.append("\t\t" + function + "(" + String.join(", ", values) + ")\n\t}\n");
        }
        return text.append(main).append("}\n").toString();
    }
}
