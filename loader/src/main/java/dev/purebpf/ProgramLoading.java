package dev.purebpf;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.ProgramAttributes;
import dev.purebpf.link.AttachType;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.ObjectFile;
import dev.purebpf.link.ProgramType;
import dev.purebpf.link.SectionDefinition;
import dev.purebpf.link.SectionDefinition.Flag;

import java.nio.ByteOrder;
import java.util.function.Supplier;
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
    private final Supplier<Btf> kernelBtf;

    ProgramLoading(
            Kernel kernel,
            ObjectFile file,
            ProgramSpec spec,
            LinkedProgram program,
            Supplier<Btf> kernelBtf) {
        this.kernel = kernel;
        this.file = file;
        this.spec = spec;
        this.program = program;
        this.kernelBtf = kernelBtf;
    }

    /**
     * {@return what to load}
     *
     * @param maps the descriptor of a map by its name, −1 for one that was not created
     * @param btf the object's types
     */
    ProgramAttributes attributes(ToIntFunction<String> maps, ObjectBtf btf) {
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
        byte[] instructions = program.encode(maps, order);
        if (!kernel.features().has(Feature.PROBE_READ_KERNEL)) {
            HelperFallback.apply(instructions, order);
        }
        var attributes =
                new ProgramAttributes(spec.name(), type.number(), instructions)
                        .license(file.license())
                        .kernelVersion(
                                file.kernelVersion().orElseGet(() -> KernelVersion.code(kernel)))
                        .expectedAttachType(spec.attachType().map(AttachType::number).orElse(0))
                        .flags(flags());
        if (btf.fd() != null && kernel.features().has(Feature.BTF_FUNCTIONS)) {
            btf.describe(attributes, program, type);
        }
        if (has(Flag.BTF_TARGET)) {
            attributes.attachTarget(target(kernelBtf.get()), 0);
        }
        return attributes;
    }

    private int flags() {
        return (has(Flag.SLEEPABLE) ? SLEEPABLE : 0) | (has(Flag.XDP_FRAGS) ? XDP_HAS_FRAGS : 0);
    }

    private boolean has(Flag flag) {
        return spec.definition().map(definition -> definition.has(flag)).orElse(false);
    }

    /** The kernel's type that the program is for: §6 of libbpf's behaviour. */
    private int target(Btf types) {
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
        int id = types.find(prefix + name, kind);
        if (id <= 0) {
            String section =
                    spec.definition().map(SectionDefinition::prefix).orElse(spec.section());
            throw new UnsupportedFeatureException(
                    section + " target " + name + ", which program " + spec.name() + " is for",
                    null);
        }
        return id;
    }
}
