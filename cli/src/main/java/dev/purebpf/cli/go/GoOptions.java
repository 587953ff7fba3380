package dev.purebpf.cli.go;

import dev.purebpf.cli.session.Target;
import dev.purebpf.go.GoSignature.Parameter;

import java.util.List;

/**
 * What to trace and how to show it.
 *
 * @param target whom to trace, and where the trace goes
 * @param file the program's file for processes that are not named; {@code null} otherwise
 * @param functions names and patterns of functions
 * @param returns whether to show what functions give
 * @param arguments what the function takes, as was declared; {@code null} if nothing was
 * @param results what it gives, likewise
 * @param json whether to write for programs
 */
record GoOptions(
        Target target,
        String file,
        List<String> functions,
        boolean returns,
        List<Parameter> arguments,
        List<Parameter> results,
        boolean json) {
    /** Copies the names. */
    GoOptions {
        functions = List.copyOf(functions);
    }
}
