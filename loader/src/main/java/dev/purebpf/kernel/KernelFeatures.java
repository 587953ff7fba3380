package dev.purebpf.kernel;

import dev.purebpf.error.KernelException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.insn.HelperFunction;
import dev.purebpf.link.MapType;
import dev.purebpf.link.ProgramType;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * What a kernel can do. Each feature, program type and map type is tried when somebody first asks,
 * and remembered with the {@link Kernel} it belongs to; version numbers are never compared. What
 * this process may not try alone is tried with a BPF token, if something is delegated to it: in
 * such a container, objects are loaded with that, too. Any thread may ask.
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
        return answer != null
                ? answer
                : remember(feature, ask(asked -> Support.of(feature.probe().run(asked))));
    }

    /**
     * {@return whether the kernel takes programs of a type, or that this process may not try}
     *
     * @param type the type; never {@link ProgramType#UNSPEC}, which no kernel takes
     */
    public Support support(ProgramType type) {
        Support answer = known.get(type);
        return answer != null
                ? answer
                : remember(type, ask(asked -> ProgramTypeProbes.run(asked, type)));
    }

    /**
     * {@return whether the kernel has maps of a type, or that this process may not try}
     *
     * @param type the type; never {@link MapType#UNSPEC}, which no kernel has
     */
    public Support support(MapType type) {
        Support answer = known.get(type);
        return answer != null
                ? answer
                : remember(type, ask(asked -> MapTypeProbes.run(asked, type)));
    }

    /**
     * {@return whether the kernel has a helper, for whatever type of program, or that this process
     * may not try} Not remembered.
     *
     * @param helper the helper
     */
    public Support support(HelperFunction helper) {
        return ask(asked -> HelperProbes.run(asked, helper));
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
        return ask(asked -> HelperProbes.run(asked, helper, type));
    }

    private Support ask(Function<Kernel, Support> probe) {
        Support answer = probe.apply(kernel);
        if (answer != Support.NOT_PERMITTED || kernel instanceof DelegatedKernel) {
            return answer;
        }
        String named = System.getenv(DelegatedKernel.BPFFS_VARIABLE);
        String bpffs = named == null ? DelegatedKernel.BPFFS : named;
        long token = bpffs.isEmpty() ? -1 : DelegatedKernel.token(kernel, bpffs);
        if (token < 0) {
            return answer;
        }
        try (OwnedFd fd = OwnedFd.of(kernel, token, "making a BPF token of " + bpffs)) {
            return probe.apply(DelegatedKernel.of(kernel, fd));
        }
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
     * @throws KernelException with EPERM if this process may not try, so that nobody takes the
     *     kernel for an old one
     */
    public void require(Feature feature) {
        switch (support(feature)) {
            case YES -> {}
            case NO ->
                    throw new UnsupportedFeatureException(feature.description(), feature.since());
            case NOT_PERMITTED ->
                    throw kernel.failure(-Errno.EPERM.number(), "trying " + feature.description());
        }
    }
}
