package dev.purebpf;

import dev.purebpf.btf.BtfKind;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.ProgramAttributes;
import dev.purebpf.kernel.Support;
import dev.purebpf.link.AttachType;
import dev.purebpf.link.KernelVersion;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.ObjectFile;
import dev.purebpf.link.ProgramType;
import dev.purebpf.link.SectionDefinition;
import dev.purebpf.link.SectionDefinition.Flag;
import dev.purebpf.link.StructOpsTarget;
import dev.purebpf.link.TargetKernel;
import dev.purebpf.link.TargetKernel.Found;

import java.nio.ByteOrder;
import java.util.Optional;
import java.util.function.LongToIntFunction;
import java.util.function.ToIntFunction;

/** Says to the kernel what one program is: from the linked program to {@link ProgramAttributes}. */
final class ProgramLoading {
    /** {@code BPF_F_SLEEPABLE}. */
    private static final int SLEEPABLE = 1 << 4;

    /** {@code BPF_F_XDP_HAS_FRAGS}. */
    private static final int XDP_HAS_FRAGS = 1 << 5;

    private final Kernel kernel;
    private final ObjectFile file;
    private final ProgramSpec spec;
    private final LinkedProgram program;
    private final RunningKernel running;

    ProgramLoading(
            Kernel kernel,
            ObjectFile file,
            ProgramSpec spec,
            LinkedProgram program,
            RunningKernel running) {
        this.kernel = kernel;
        this.file = file;
        this.spec = spec;
        this.program = program;
        this.running = running;
    }

    /**
     * {@return what to load}
     *
     * @param maps the descriptor of a map by its name, −1 for one that was not created
     * @param jumpTables the descriptor of the map of a jump table by the table's offset
     * @param btf the object's types
     */
    ProgramAttributes attributes(
            ToIntFunction<String> maps, LongToIntFunction jumpTables, ObjectBtf btf) {
        ProgramType type = spec.type().orElse(ProgramType.UNSPEC);
        if (type == ProgramType.UNSPEC) {
            throw new MalformedObjectException(
                    file.name(),
                    spec.section(),
                    -1,
                    "the section's name does not say what type of program "
                            + spec.name()
                            + " is: use a known one, such as SEC(\"xdp\"), or set the type");
        }
        ByteOrder order = ByteOrder.nativeOrder();
        byte[] instructions = program.encode(maps, running::moduleDescriptor, jumpTables, order);
        if (!kernel.features().has(Feature.PROBE_READ_KERNEL)) {
            HelperFallback.apply(instructions, order);
        }
        var attributes =
                new ProgramAttributes(spec.name(), type.number(), instructions)
                        .license(file.license())
                        .kernelVersion(
                                file.kernelVersion()
                                        .orElseGet(
                                                () ->
                                                        running.version()
                                                                .map(KernelVersion::code)
                                                                .orElse(0)))
                        .expectedAttachType(attachType().map(AttachType::number).orElse(0))
                        .flags(flags());
        if (btf.fd() != null && kernel.features().has(Feature.BTF_FUNCTIONS)) {
            btf.describe(attributes, program, type);
        }
        if (type == ProgramType.STRUCT_OPS) {
            StructOpsTarget target = structOpsTarget();
            attributes.expectedAttachType(target.member());
            attributes.attachTarget(
                    target.type(),
                    target.module().isEmpty() ? 0 : running.moduleDescriptor(target.module()));
        }
        if (spec.targetProgram().isPresent()) {
            Program replaced = spec.targetProgram().get();
            attributes.attachTarget(replaced.functionType(spec.target()), replaced.fd());
        } else if (type == ProgramType.EXT) {
            throw new MalformedObjectException(
                    file.name(),
                    spec.section(),
                    -1,
                    "program "
                            + spec.name()
                            + " replaces a function of another BPF program: load that one first,"
                            + " then say object.program(\""
                            + spec.name()
                            + "\").target(program, \"FUNCTION\")");
        } else if (has(Flag.BTF_TARGET)) {
            if (spec.attachType().orElse(null) == AttachType.LSM_CGROUP
                    && kernel.features().support(Feature.LSM_CGROUP) == Support.NO) {
                kernel.features().require(Feature.LSM_CGROUP);
            }
            Found target = target(running.withTypes());
            attributes.attachTarget(
                    target.id(),
                    target.module().isEmpty() ? 0 : running.moduleDescriptor(target.module()));
        }
        return attributes;
    }

    private StructOpsTarget structOpsTarget() {
        return StructOpsTarget.of(file, spec.name(), running.withTypes())
                .orElseThrow(
                        () ->
                                new UnsupportedFeatureException(
                                        "program "
                                                + spec.name()
                                                + ", which implements no operation of this"
                                                + " kernel (no struct_ops map of the object refers"
                                                + " to it, or the kernel does not have the"
                                                + " operation),",
                                        null));
    }

    private int flags() {
        return (has(Flag.SLEEPABLE) ? SLEEPABLE : 0) | (has(Flag.XDP_FRAGS) ? XDP_HAS_FRAGS : 0);
    }

    /** A USDT probe becomes one link of many uprobes where there are such, as libbpf does. */
    private Optional<AttachType> attachType() {
        return has(Flag.USDT)
                        && spec.attachType().isEmpty()
                        && kernel.features().has(Feature.UPROBE_MULTI)
                ? Optional.of(AttachType.TRACE_UPROBE_MULTI)
                : spec.attachType();
    }

    private boolean has(Flag flag) {
        return spec.definition().map(definition -> definition.has(flag)).orElse(false);
    }

    /** What the program is for, in the kernel's types or, as {@code module:name}, a module's. */
    private Found target(TargetKernel target) {
        String name = spec.target();
        if (name.isEmpty()) {
            throw new MalformedObjectException(
                    file.name(),
                    spec.section(),
                    -1,
                    "program "
                            + spec.name()
                            + " names no target: write SEC(\""
                            + spec.section()
                            + "/…\")");
        }
        String prefix = "";
        BtfKind kind = BtfKind.FUNCTION;
        AttachType attachType = spec.attachType().orElse(null);
        if (attachType == AttachType.TRACE_RAW_TP) {
            prefix = "btf_trace_";
            kind = BtfKind.TYPEDEF;
        } else if (attachType == AttachType.LSM_MAC || attachType == AttachType.LSM_CGROUP) {
            prefix = "bpf_lsm_";
        } else if (attachType == AttachType.TRACE_ITER) {
            prefix = "bpf_iter_";
        }
        int colon = name.indexOf(':');
        String wanted = prefix + name.substring(colon + 1);
        String module = colon < 0 ? "" : name.substring(0, colon);
        Optional<Found> found =
                module.isEmpty() || module.equals("vmlinux")
                        ? target.find(wanted, kind)
                        : target.findInModule(module, wanted, kind);
        return found.orElseThrow(
                () ->
                        new UnsupportedFeatureException(
                                spec.definition()
                                                .map(SectionDefinition::prefix)
                                                .orElse(spec.section())
                                        + " target "
                                        + name
                                        + ", which program "
                                        + spec.name()
                                        + " is for",
                                null));
    }
}
