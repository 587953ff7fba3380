package dev.purebpf.kernel;

import dev.purebpf.error.UnsupportedFeatureException;

import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What a kernel can do. Each feature is tried when somebody first asks, and remembered with the
 * {@link Kernel} it belongs to; version numbers are never compared. Any thread may ask.
 */
public final class KernelFeatures {
    private final Kernel kernel;
    private final AtomicReferenceArray<Boolean> known =
            new AtomicReferenceArray<>(Feature.values().length);

    /**
     * Prepares to probe a kernel.
     *
     * @param kernel the kernel, usually the one that keeps this object
     */
    public KernelFeatures(Kernel kernel) {
        this.kernel = kernel;
    }

    /**
     * {@return features that are not probed but given}
     *
     * @param features those that the kernel has; it lacks all others
     */
    public static KernelFeatures of(Set<Feature> features) {
        var given = new KernelFeatures(null);
        for (Feature feature : EnumSet.allOf(Feature.class)) {
            given.known.set(feature.ordinal(), features.contains(feature));
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
        Boolean answer = known.get(feature.ordinal());
        if (answer != null) {
            return answer;
        }
        long result = feature.probe().run(kernel);
        boolean has = result >= 0;
        if (!Errno.EPERM.is(result)) {
            known.set(feature.ordinal(), has);
        }
        return has;
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
