package dev.purebpf.kernel;

import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.insn.HelperFunction;
import dev.purebpf.link.MapType;
import dev.purebpf.link.ProgramType;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a kernel can do. Each feature, program type and map type is tried when somebody first asks,
 * and remembered with the {@link Kernel} it belongs to; version numbers are never compared. Any
 * thread may ask.
 */
public final class KernelFeatures {
    private final Kernel kernel;

    /** Answers, by {@link Feature}, {@link ProgramType} or {@link MapType}. */
    private final Map<Enum<?>, Support> known = new ConcurrentHashMap<>();

    /**
     * Prepares to probe a kernel.
     *
     * @param kernel the kernel, usually the one that keeps this object
     */
    public KernelFeatures(Kernel kernel) {
        this.kernel = kernel;
    }

    /**
     * {@return features that are not probed but given} The kernel has all types of programs and
     * maps; helpers cannot be asked for.
     *
     * @param features those that the kernel has; it lacks all others
     */
    public static KernelFeatures of(Set<Feature> features) {
        var given = new KernelFeatures(null);
        for (Feature feature : Feature.values()) {
            given.known.put(feature, features.contains(feature) ? Support.YES : Support.NO);
        }
        for (ProgramType type : ProgramType.values()) {
            given.known.put(type, Support.YES);
        }
        for (MapType type : MapType.values()) {
            given.known.put(type, Support.YES);
        }
        return given;
    }

    /**
     * {@return whether the kernel has a feature}
     *
     * <p>When this process may not try, the answer is no and is not remembered: what needs the
     * feature then fails for want of the permission.
     *
     * @param feature the feature
     */
    public boolean has(Feature feature) {
        return support(feature) == Support.YES;
    }

    /**
     * {@return whether the kernel has a feature, or that this process may not try}
     *
     * @param feature the feature
     */
    public Support support(Feature feature) {
        Support answer = known.get(feature);
        return answer != null ? answer : remember(feature, Support.of(feature.probe().run(kernel)));
    }

    /**
     * {@return whether the kernel takes programs of a type, or that this process may not try}
     *
     * @param type the type; never {@link ProgramType#UNSPEC}, which no kernel takes
     */
    public Support support(ProgramType type) {
        Support answer = known.get(type);
        return answer != null ? answer : remember(type, ProgramTypeProbes.run(kernel, type));
    }

    /**
     * {@return whether the kernel has maps of a type, or that this process may not try}
     *
     * @param type the type; never {@link MapType#UNSPEC}, which no kernel has
     */
    public Support support(MapType type) {
        Support answer = known.get(type);
        return answer != null ? answer : remember(type, MapTypeProbes.run(kernel, type));
    }

    /**
     * {@return whether the kernel has a helper, for whatever type of program, or that this process
     * may not try} Not remembered.
     *
     * @param helper the helper
     */
    public Support support(HelperFunction helper) {
        return HelperProbes.run(kernel, helper);
    }

    /**
     * {@return whether programs of a type may call a helper, or that this process may not try}
     *
     * <p>The verifier decides that before it looks at the arguments. Not remembered.
     *
     * @param helper the helper
     * @param type the type of program
     */
    public Support support(HelperFunction helper, ProgramType type) {
        return HelperProbes.run(kernel, helper, type);
    }

    private Support remember(Enum<?> what, Support answer) {
        if (answer != Support.NOT_PERMITTED) {
            known.put(what, answer);
        }
        return answer;
    }

    /**
     * Insists on a feature.
     *
     * @param feature the feature
     * @throws UnsupportedFeatureException if the kernel lacks it; it says since when there is such
     *     a thing
     */
    public void require(Feature feature) {
        if (!has(feature)) {
            throw new UnsupportedFeatureException(feature.description(), feature.since());
        }
    }
}
