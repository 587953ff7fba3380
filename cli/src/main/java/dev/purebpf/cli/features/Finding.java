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
import java.util.function.Function;

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
     * A thing that can be asked for. A kernel is only asked by {@link #answer}: trying all that
     * there is takes a hundred times as long as trying one.
     *
     * @param kind what kind of thing it is
     * @param name its name within the kind
     * @param description what it is, in words; empty where the name says it
     * @param since the Linux version that brought it
     * @param probe asks
     */
    record Question(
            Kind kind,
            String name,
            String description,
            String since,
            Function<KernelFeatures, Support> probe) {

        /** {@return the thing with what a kernel answers} */
        Finding answer(KernelFeatures features) {
            return new Finding(kind, name, description, since, probe.apply(features));
        }

        /** {@return whether {@code NAME} or {@code KIND:NAME} means this} */
        boolean isMeantBy(String wanted) {
            return wanted.equals(name) || wanted.equals(kind.key() + ':' + name);
        }
    }

    /**
     * {@return everything that there is to ask}
     *
     * @param caller whose helpers are shown: {@code null} for those that any program may call
     */
    static List<Question> questions(ProgramType caller) {
        var questions = new ArrayList<Question>();
        for (Feature feature : Feature.values()) {
            questions.add(
                    new Question(
                            Kind.FEATURE,
                            lower(feature),
                            feature.description(),
                            feature.since(),
                            features -> features.support(feature)));
        }
        for (ProgramType type : ProgramType.values()) {
            if (type != ProgramType.UNSPEC) {
                questions.add(
                        new Question(
                                Kind.PROGRAM_TYPE,
                                lower(type),
                                "",
                                type.since(),
                                features -> features.support(type)));
            }
        }
        for (MapType type : MapType.values()) {
            if (type != MapType.UNSPEC) {
                questions.add(
                        new Question(
                                Kind.MAP_TYPE,
                                lower(type),
                                "",
                                type.since(),
                                features -> features.support(type)));
            }
        }
        for (HelperFunction helper : HelperFunction.all()) {
            questions.add(
                    new Question(
                            Kind.HELPER,
                            helper.name(),
                            "",
                            helper.since(),
                            features ->
                                    caller == null
                                            ? features.support(helper)
                                            : features.support(helper, caller)));
        }
        return questions;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
