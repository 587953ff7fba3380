package dev.purebpf.probe;

import dev.purebpf.Link;
import dev.purebpf.Program;
import dev.purebpf.link.SectionDefinition;

/** Attaches programs by what their section says: {@code SEC("raw_tp/sys_enter")}. */
public final class Probe {

    private Probe() {}

    /**
     * Attaches a program to the place that its section names: {@code tp/CATEGORY/NAME} or {@code
     * raw_tp/NAME}, also under their longer names {@code tracepoint} and {@code raw_tracepoint}.
     *
     * @param program the program
     * @return the link, which has to be closed
     * @throws IllegalArgumentException if the section does not name a place of these kinds
     * @throws dev.purebpf.error.KernelException if there is no such place, or the kernel refuses
     */
    public static Link attach(Program program) {
        SectionDefinition definition =
                program.definition()
                        .orElseThrow(() -> refused(program, "says nothing about where it belongs"));
        String target = program.target();
        return switch (definition.programType()) {
            case TRACEPOINT -> {
                int slash = target.indexOf('/');
                if (slash <= 0 || slash == target.length() - 1) {
                    throw refused(
                            program,
                            "names no tracepoint: write SEC(\"tp/CATEGORY/NAME\"), or use"
                                    + " Tracepoint.of(category, name).attach(program)");
                }
                yield Tracepoint.of(target.substring(0, slash), target.substring(slash + 1))
                        .attach(program);
            }
            case RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE -> {
                if (target.isEmpty()) {
                    throw refused(
                            program,
                            "names no tracepoint: write SEC(\"raw_tp/NAME\"), or use"
                                    + " RawTracepoint.of(name).attach(program)");
                }
                yield RawTracepoint.of(target).attach(program);
            }
            default ->
                    throw refused(
                            program,
                            "is of a kind that cannot be attached by its section; tp and raw_tp"
                                    + " can");
        };
    }

    private static IllegalArgumentException refused(Program program, String why) {
        return new IllegalArgumentException(
                "program "
                        + program.name()
                        + " cannot be attached: its section SEC(\""
                        + program.section()
                        + "\") "
                        + why);
    }
}
