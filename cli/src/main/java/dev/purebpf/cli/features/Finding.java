package dev.purebpf.cli.features;

import dev.purebpf.insn.HelperFunction;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.KernelFeatures;
import dev.purebpf.kernel.Support;
import dev.purebpf.link.MapType;
import dev.purebpf.link.ProgramType;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One thing that a kernel can or cannot do.
 *
 * @param kind what kind of thing it is
 * @param name its name within the kind, such as {@code ring_buffer} or {@code bpf_loop}
 * @param description what it is, in words; empty where the name says it
 * @param since the Linux version that brought it
 * @param support what the kernel answered
 */
record Finding(Kind kind, String name, String description, String since, Support support) {
    /** The kinds of things, in the order in which they are shown. */
    enum Kind {
        FEATURE("Features"),
        PROGRAM_TYPE("Program types"),
        MAP_TYPE("Map types"),
        HELPER("Helpers");

        private final String title;

        Kind(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }

        /** {@return the name for programs and in {@code KIND:NAME}} */
        String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * {@return everything that there is to ask, answered}
     *
     * @param features who answers
     * @param caller whose helpers are shown: {@code null} for those that any program may call
     */
    static List<Finding> all(KernelFeatures features, ProgramType caller) {
        var findings = new ArrayList<Finding>();
        for (Feature feature : Feature.values()) {
            findings.add(
                    new Finding(
                            Kind.FEATURE,
                            lower(feature),
                            feature.description(),
                            feature.since(),
                            features.support(feature)));
        }
        for (ProgramType type : ProgramType.values()) {
            if (type != ProgramType.UNSPEC) {
                Support support = features.support(type);
                findings.add(
                        new Finding(Kind.PROGRAM_TYPE, lower(type), "", type.since(), support));
            }
        }
        for (MapType type : MapType.values()) {
            if (type != MapType.UNSPEC) {
                Support support = features.support(type);
                findings.add(new Finding(Kind.MAP_TYPE, lower(type), "", type.since(), support));
            }
        }
        for (HelperFunction helper : HelperFunction.all()) {
            Support support =
                    caller == null ? features.support(helper) : features.support(helper, caller);
            findings.add(new Finding(Kind.HELPER, helper.name(), "", helper.since(), support));
        }
        return findings;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** {@return whether {@code NAME} or {@code KIND:NAME} means this} */
    boolean isMeantBy(String wanted) {
        return wanted.equals(name) || wanted.equals(kind.key() + ':' + name);
    }
}
