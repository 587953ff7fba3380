package dev.purebpf;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfFeature;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.BpfCommand;
import dev.purebpf.kernel.BtfCommands;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LoadResult;
import dev.purebpf.kernel.LogOptions;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.ProgramAttributes;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.ObjectFile;
import dev.purebpf.link.ProgramType;

import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Set;

/**
 * An object's own types as the kernel has them, in a form that it understands.
 *
 * @param fd the loaded types, or {@code null} where there are none or the kernel does not take
 *     them: objects work without, only less can be seen of them
 * @param arguments what functions take, in those types
 */
record ObjectBtf(OwnedFd fd, ContextArguments arguments) {
    /**
     * {@return the types, loaded where that is possible}
     *
     * @param kernel the kernel
     * @param file the object
     * @param programs the types of the programs that will be loaded
     * @param log what the kernel is to say
     */
    static ObjectBtf load(
            Kernel kernel, ObjectFile file, Set<ProgramType> programs, LogOptions log) {
        Btf btf = file.btf().orElse(null);
        if (btf == null || !kernel.features().has(Feature.BTF)) {
            return new ObjectBtf(null, null);
        }
        ContextArguments arguments =
                kernel.features().has(Feature.CONTEXT_ARGUMENT_TAG)
                        ? ContextArguments.asTagged(btf)
                        : ContextArguments.of(btf, programs);
        Btf fitting = arguments.btf().fitTo(features(kernel));
        LoadResult result = BtfCommands.load(kernel, fitting.bytes(), log);
        if (!result.loaded()) {
            Notices.warn(
                    file.name()
                            + " is loaded without its types: "
                            + kernel.failure(-result.errno(), "loading BTF").getMessage()
                            + "\n"
                            + result.log());
        }
        return new ObjectBtf(result.fd(), arguments);
    }

    /**
     * {@return types that are loaded}
     *
     * @param kernel the kernel
     * @param id their id
     * @param origin whose they are, for messages
     * @throws KernelException if the kernel refuses to show them: that needs CAP_SYS_ADMIN
     */
    static Btf byId(Kernel kernel, int id, String origin) {
        try (OwnedFd btf = InfoCommands.open(kernel, BpfCommand.BTF_GET_FD_BY_ID, id)) {
            int size = InfoCommands.btf(kernel, btf.number()).size();
            return Btf.parse(origin, InfoCommands.btfBytes(kernel, btf.number(), size));
        }
    }

    /**
     * Adds to a program what the kernel is to know about its functions and lines.
     *
     * @param attributes of the program
     * @param program the program
     * @param type its type
     */
    void describe(ProgramAttributes attributes, LinkedProgram program, ProgramType type) {
        ByteOrder order = ByteOrder.nativeOrder();
        byte[] functions = program.functionInfo(order);
        if (functions.length > 0) {
            arguments.apply(functions, type, order);
            attributes.btf(
                    fd.number(),
                    functions,
                    LinkedProgram.FUNCTION_INFO_SIZE,
                    program.lineInfo(order),
                    LinkedProgram.LINE_INFO_SIZE);
        }
    }

    static Set<BtfFeature> features(Kernel kernel) {
        Set<BtfFeature> features = EnumSet.noneOf(BtfFeature.class);
        for (BtfFeature feature : BtfFeature.values()) {
            Feature probe =
                    switch (feature) {
                        case FUNCTIONS -> Feature.BTF_FUNCTIONS;
                        case DATA_SECTIONS -> Feature.BTF_DATA_SECTIONS;
                        case GLOBAL_FUNCTIONS -> Feature.BTF_GLOBAL_FUNCTIONS;
                        case FLOATS -> Feature.BTF_FLOAT;
                        case DECL_TAGS -> Feature.BTF_DECL_TAG;
                        case TYPE_TAGS -> Feature.BTF_TYPE_TAG;
                        case ENUM64 -> Feature.BTF_ENUM64;
                        case QUESTION_MARK_SECTIONS -> Feature.BTF_QUESTION_MARK_SECTIONS;
                        // Nothing that is loaded today needs it.
                        case LAYOUT -> null;
                    };
            if (probe != null && kernel.features().has(probe)) {
                features.add(feature);
            }
        }
        return features;
    }
}
