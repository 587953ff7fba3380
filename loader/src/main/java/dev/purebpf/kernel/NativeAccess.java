package dev.purebpf.kernel;

/** What to tell when Java refuses native access. */
final class NativeAccess {
    private NativeAccess() {}

    /** {@return a sentence with the very flag that allows the module native access} */
    static String message(Module module) {
        String name = module.isNamed() ? module.getName() : "ALL-UNNAMED";
        return "Java was told to refuse native access, which PureBPF needs for system calls: start"
                + " it with --enable-native-access="
                + name;
    }
}
