package dev.purebpf.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * This machine's kernel as if it were older, without some of its features; and what it was asked to
 * do.
 */
public final class WatchedKernel {
    private final Kernel real;
    private final KernelFeatures features;
    private final Kernel watched;
    private final List<FakeKernel.Call> calls = new ArrayList<>();
    private final Set<BpfCommand> refused = EnumSet.noneOf(BpfCommand.class);

    /**
     * Watches a kernel.
     *
     * @param real the kernel
     * @param missing features that it is to be taken not to have
     */
    public WatchedKernel(Kernel real, Set<Feature> missing) {
        this(real, without(real, missing));
    }

    private WatchedKernel(Kernel real, KernelFeatures features) {
        this.real = real;
        this.features = features;
        this.watched =
                (Kernel)
                        Proxy.newProxyInstance(
                                Kernel.class.getClassLoader(),
                                new Class<?>[] {Kernel.class},
                                (proxy, method, arguments) ->
                                        method.isDefault() && !method.getName().equals("origin")
                                                ? InvocationHandler.invokeDefault(
                                                        proxy, method, arguments)
                                                : call(method, arguments));
    }

    private static KernelFeatures without(Kernel real, Set<Feature> missing) {
        Set<Feature> present = EnumSet.noneOf(Feature.class);
        for (Feature feature : Feature.values()) {
            if (!missing.contains(feature) && real.features().has(feature)) {
                present.add(feature);
            }
        }
        return KernelFeatures.of(present);
    }

    /** {@return a kernel whose features nobody has asked for yet} */
    public static Kernel unprobed(Kernel real) {
        return new WatchedKernel(real, new KernelFeatures(real)).kernel();
    }

    /** Lets a command be one that the kernel does not know: EINVAL. */
    public WatchedKernel refusing(BpfCommand command) {
        refused.add(command);
        return this;
    }

    /** {@return the kernel to use} */
    public Kernel kernel() {
        return watched;
    }

    /** {@return the calls of a command so far} */
    public List<FakeKernel.Call> calls(BpfCommand command) {
        return calls.stream().filter(call -> call.command() == command).toList();
    }

    private Object call(Method method, Object[] arguments) throws Throwable {
        if (method.getName().equals("features")) {
            return features;
        }
        if (method.getName().equals("bpf")) {
            int size = (int) arguments[2];
            byte[] attributes =
                    ((MemorySegment) arguments[1]).asSlice(0, size).toArray(ValueLayout.JAVA_BYTE);
            BpfCommand command = BpfCommand.values()[(int) arguments[0]];
            calls.add(new FakeKernel.Call("bpf", command, List.of(), attributes));
            if (refused.contains(command)) {
                return -(long) Errno.EINVAL.number();
            }
        }
        try {
            return method.invoke(real, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
