package dev.purebpf;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfBuilder;
import dev.purebpf.btf.BtfFeature;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.btf.Linkage;
import dev.purebpf.kernel.BtfCommands;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LoadResult;
import dev.purebpf.kernel.LogOptions;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.link.ObjectFile;
import dev.purebpf.link.ProgramDefinition;

import java.util.EnumSet;
import java.util.Set;

/** Gives an object's own types to the kernel, in a form that it understands. */
final class ObjectBtf {
    private ObjectBtf() {}

    /**
     * {@return the loaded types, or {@code null} where there are none or the kernel does not take
     * them: objects work without, only less can be seen of them}
     */
    static OwnedFd load(Kernel kernel, ObjectFile file, LogOptions log) {
        Btf btf = file.btf().orElse(null);
        if (btf == null || !kernel.features().has(Feature.BTF)) {
            return null;
        }
        Btf fitting = withStaticSubprograms(btf, file).fitTo(features(kernel));
        LoadResult result = BtfCommands.load(kernel, fitting.bytes(), log);
        if (!result.loaded()) {
            Notices.warn(
                    file.name()
                            + " is loaded without its types: "
                            + kernel.failure(-result.errno(), "loading BTF").getMessage()
                            + "\n"
                            + result.log());
        }
        return result.fd();
    }

    /** Hidden functions are verified as part of their callers, as static ones are. */
    private static Btf withStaticSubprograms(Btf btf, ObjectFile file) {
        BtfBuilder builder = null;
        for (ProgramDefinition subprogram : file.subprograms()) {
            int id = subprogram.hidden() ? btf.find(subprogram.name(), BtfKind.FUNCTION) : 0;
            if (id > 0 && btf.type(id) instanceof BtfType.Function function) {
                builder = builder == null ? BtfBuilder.copyOf(btf) : builder;
                builder.set(
                        id,
                        new BtfType.Function(
                                function.name(), function.prototype(), Linkage.STATIC));
            }
        }
        return builder == null ? btf : builder.build(btf.origin(), btf.byteOrder());
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
                        // Nothing that is loaded today needs these two.
                        case QUESTION_MARK_SECTIONS, LAYOUT -> null;
                    };
            if (probe != null && kernel.features().has(probe)) {
                features.add(feature);
            }
        }
        return features;
    }
}
