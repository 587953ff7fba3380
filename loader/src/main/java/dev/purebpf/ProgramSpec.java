package dev.purebpf;

import dev.purebpf.link.AttachType;
import dev.purebpf.link.ProgramDefinition;
import dev.purebpf.link.ProgramType;
import dev.purebpf.link.SectionDefinition;

import java.util.Objects;
import java.util.Optional;

/**
 * A program of an object that is not loaded yet: what the object says about it, and what is to be
 * different. Belongs to its {@link BpfObject} and to one thread.
 */
public final class ProgramSpec {
    private final ProgramDefinition definition;
    private boolean autoload;
    private ProgramType type;
    private AttachType attachType;
    private String target;
    private Program targetProgram;

    ProgramSpec(ProgramDefinition definition) {
        this.definition = definition;
        this.autoload = definition.autoload();
        this.type = definition.definition().map(SectionDefinition::programType).orElse(null);
        this.attachType = definition.definition().map(SectionDefinition::attachType).orElse(null);
        this.target = definition.target();
    }

    /** {@return the name of the C function} */
    public String name() {
        return definition.name();
    }

    /** {@return its section as written in {@code SEC("…")}, without a leading {@code ?}} */
    public String section() {
        return definition.section();
    }

    /** {@return what the section's name says; empty if it is none of the known ones} */
    public Optional<SectionDefinition> definition() {
        return definition.definition();
    }

    /**
     * {@return the type to load it with; empty as long as neither the section nor anybody said one}
     */
    public Optional<ProgramType> type() {
        return Optional.ofNullable(type);
    }

    /** {@return the attach type to load it with, if it has one} */
    public Optional<AttachType> attachType() {
        return Optional.ofNullable(attachType);
    }

    /**
     * {@return what it is to be attached to: what follows the first slash of the section's name}
     */
    public String target() {
        return target;
    }

    /** {@return whether it will be loaded} */
    public boolean autoload() {
        return autoload;
    }

    /**
     * Says whether the program is to be loaded. {@code SEC("?…")} programs are not unless this says
     * so.
     *
     * @param load whether to load it
     * @return this
     */
    public ProgramSpec autoload(boolean load) {
        this.autoload = load;
        return this;
    }

    /**
     * Sets the type, for programs whose section does not tell.
     *
     * @param programType the type to load it with
     * @param expectedAttachType the attach type to load it with, or {@code null} for none
     * @return this
     */
    public ProgramSpec type(ProgramType programType, AttachType expectedAttachType) {
        this.type = Objects.requireNonNull(programType);
        this.attachType = expectedAttachType;
        return this;
    }

    /**
     * Sets what a program with a BTF target is loaded for: the function of {@code fentry}, the hook
     * of {@code lsm}, the tracepoint of {@code tp_btf}.
     *
     * @param name the name that would follow the slash in {@code SEC("…")}
     * @return this
     */
    public ProgramSpec target(String name) {
        this.target = Objects.requireNonNull(name);
        return this;
    }

    /**
     * Makes it a program for a function of another BPF program: the one that {@code freplace}
     * replaces, or whose calls {@code fentry} and {@code fexit} see. Without this, a target is a
     * function of the kernel. An {@code freplace} program needs it.
     *
     * @param program the other one, which has to stay open until this one is loaded; it was
     *     compiled with types ({@code clang -g})
     * @param function its function: its own name, or that of a subprogram; one to be replaced is
     *     global
     * @return this
     */
    public ProgramSpec target(Program program, String function) {
        this.targetProgram = Objects.requireNonNull(program);
        return target(function);
    }

    /** {@return the BPF program whose function it is for; empty if that is one of the kernel} */
    public Optional<Program> targetProgram() {
        return Optional.ofNullable(targetProgram);
    }

    @Override
    public String toString() {
        return name() + " in " + section() + (autoload ? "" : " (not loaded)");
    }
}
