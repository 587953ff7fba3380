package dev.purebpf.kernel;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.insn.HelperFunction;
import dev.purebpf.link.KernelSymbols;
import dev.purebpf.link.MapType;
import dev.purebpf.link.ProgramType;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;

/**
 * What probes find on a live kernel is held against what the kernel says of itself: its types list
 * what its release has, and its symbols what it was built with. Neither is asked by a probe.
 */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class KernelProbesTest {
    private static Kernel kernel;
    private static KernelRelease release;

    /** All enumerators of the kernel. */
    private static Set<String> enumerators;

    /** Without the permission to see addresses, names are there all the same. */
    private static KernelSymbols symbols;

    @BeforeAll
    static void askTheKernel() throws IOException {
        kernel = LiveKernel.require();
        release = KernelRelease.of(kernel);
        Btf btf = KernelBtf.load(kernel);
        enumerators = new HashSet<>();
        for (String name : List.of("bpf_prog_type", "bpf_map_type", "bpf_func_id")) {
            for (int id : btf.findAll(name, BtfKind.ENUM)) {
                ((BtfType.Enum) btf.type(id)).enumerators().forEach(e -> enumerators.add(e.name()));
            }
        }
        symbols = Kallsyms.load(kernel);
    }

    /** {@return whether the kernel itself has a symbol, without its modules} */
    private static boolean hasSymbol(String name) {
        return symbols.addressesIn("", name).length > 0;
    }

    @Test
    void programTypesCameWhenTheirTableSays() {
        assertAll(
                types(ProgramType.values()).stream()
                        .map(type -> came("BPF_PROG_TYPE_" + type.name(), type.since())));
    }

    @Test
    void mapTypesCameWhenTheirTableSays() {
        assertAll(
                types(MapType.values()).stream()
                        .map(type -> came("BPF_MAP_TYPE_" + type.name(), type.since())));
    }

    @Test
    void helpersCameWhenTheirTableSays() {
        assertAll(
                HelperFunction.all().stream()
                        .map(h -> came("BPF_FUNC_" + h.name().substring(4), h.since())));
    }

    private static Executable came(String enumerator, String since) {
        return () ->
                assertEquals(release.isSince(since), enumerators.contains(enumerator), enumerator);
    }

    @Test
    void theTableOfHelpersIsComplete() {
        long known = enumerators.stream().filter(e -> e.startsWith("BPF_FUNC_")).count();
        // Without "unspec", number 0.
        assertTrue(known - 1 <= HelperFunction.all().size(), known + " helpers here");
    }

    /** Each type has a table of operations, if it is built in. */
    @Test
    void programTypesAreThoseThatAreBuiltIn() {
        requireDataSymbols();
        for (ProgramType type : types(ProgramType.values())) {
            Support support = kernel.features().support(type);
            boolean built = hasSymbol(operations(type));
            if (support == Support.NOT_PERMITTED) {
                assertTrue(built, type + " is forbidden, not unknown");
            } else {
                assertEquals(built, support == Support.YES, type.toString());
            }
        }
    }

    @Test
    void mapTypesAreThoseThatAreBuiltIn() {
        requireDataSymbols();
        for (MapType type : types(MapType.values())) {
            boolean built = hasSymbol(operations(type));
            assertEquals(built, kernel.features().support(type) == Support.YES, type.toString());
        }
    }

    @Test
    void helpersAreThoseOfTheKernelsTypes() {
        for (HelperFunction helper : HelperFunction.all()) {
            boolean here = enumerators.contains("BPF_FUNC_" + helper.name().substring(4));
            assertEquals(
                    here ? Support.YES : Support.NO,
                    kernel.features().support(helper),
                    helper.toString());
        }
    }

    @Test
    void aHelperIsLentToSomeTypesOnly() {
        KernelFeatures features = kernel.features();
        HelperFunction packets = HelperFunction.fromName("bpf_skb_load_bytes").orElseThrow();
        HelperFunction time = HelperFunction.fromName("bpf_ktime_get_ns").orElseThrow();
        HelperFunction adjust = HelperFunction.fromName("bpf_xdp_adjust_head").orElseThrow();
        assertEquals(Support.YES, features.support(packets, ProgramType.SOCKET_FILTER));
        assertEquals(Support.NO, features.support(packets, ProgramType.TRACEPOINT));
        assertEquals(Support.YES, features.support(time, ProgramType.TRACEPOINT));
        assertEquals(Support.YES, features.support(adjust, ProgramType.XDP));
        assertEquals(Support.NO, features.support(adjust, ProgramType.SOCKET_FILTER));
        var unknown = new HelperFunction(9999, "bpf_no_such_helper", "99.0");
        assertEquals(Support.NO, features.support(unknown));
        assertEquals(Support.NO, features.support(unknown, ProgramType.XDP));
    }

    private static void requireDataSymbols() {
        if (!hasSymbol("array_map_ops")) {
            abort("needs symbols of data in /proc/kallsyms (CONFIG_KALLSYMS_ALL)");
        }
        assumeTrue(hasSymbol("tracepoint_verifier_ops"), "needs tracing (BPF_EVENTS)");
    }

    private static <E extends Enum<E>> List<E> types(E[] values) {
        var types = new ArrayList<>(List.of(values));
        assertEquals("UNSPEC", types.removeFirst().name());
        return types;
    }

    /** As {@code linux/bpf_types.h} pairs types and names. */
    private static String operations(ProgramType type) {
        String name =
                switch (type) {
                    case SOCKET_FILTER -> "sk_filter";
                    case SCHED_CLS, SCHED_ACT -> "tc_cls_act";
                    case CGROUP_SKB -> "cg_skb";
                    case CGROUP_SOCK -> "cg_sock";
                    case CGROUP_SOCK_ADDR -> "cg_sock_addr";
                    case CGROUP_DEVICE -> "cg_dev";
                    case CGROUP_SYSCTL -> "cg_sysctl";
                    case CGROUP_SOCKOPT -> "cg_sockopt";
                    case STRUCT_OPS -> "bpf_struct_ops";
                    case EXT -> "bpf_extension";
                    case SYSCALL -> "bpf_syscall";
                    default -> type.name().toLowerCase(Locale.ROOT);
                };
        return name + "_verifier_ops";
    }

    private static String operations(MapType type) {
        var names = new TreeMap<String, String>();
        names.put("HASH", "htab_map_ops");
        names.put("PERCPU_HASH", "htab_percpu_map_ops");
        names.put("LRU_HASH", "htab_lru_map_ops");
        names.put("LRU_PERCPU_HASH", "htab_lru_percpu_map_ops");
        names.put("LPM_TRIE", "trie_map_ops");
        names.put("ARRAY_OF_MAPS", "array_of_maps_map_ops");
        names.put("HASH_OF_MAPS", "htab_of_maps_map_ops");
        names.put("DEVMAP", "dev_map_ops");
        names.put("DEVMAP_HASH", "dev_map_hash_ops");
        names.put("SOCKMAP", "sock_map_ops");
        names.put("SOCKHASH", "sock_hash_ops");
        names.put("CPUMAP", "cpu_map_ops");
        names.put("XSKMAP", "xsk_map_ops");
        names.put("PERCPU_ARRAY", "percpu_array_map_ops");
        names.put("CGROUP_STORAGE", "cgroup_storage_map_ops");
        names.put("PERCPU_CGROUP_STORAGE", "cgroup_storage_map_ops");
        names.put("REUSEPORT_SOCKARRAY", "reuseport_array_ops");
        names.put("STRUCT_OPS", "bpf_struct_ops_map_ops");
        names.put("STACK_TRACE", "stack_trace_map_ops");
        names.put("USER_RINGBUF", "user_ringbuf_map_ops");
        names.put("RHASH", "rhtab_map_ops");
        String usual = type.name().toLowerCase(Locale.ROOT) + "_map_ops";
        return names.getOrDefault(type.name(), usual);
    }

    @Test
    void probesLeaveNothingOpenWhicheverCallFails() {
        for (ProgramType type : types(ProgramType.values())) {
            for (int n = 1; n <= 4; n++) {
                try (var fake = new FakeKernel(null).failing(n, Errno.EINVAL)) {
                    fake.features().support(type);
                }
            }
        }
        for (MapType type : types(MapType.values())) {
            for (int n = 1; n <= 6; n++) {
                try (var fake = new FakeKernel(null).failing(n, Errno.EINVAL)) {
                    fake.features().support(type);
                }
            }
        }
    }

    @Test
    void whatMayNotBeTriedIsNoAnswer() {
        // Each try is followed by two calls that look for a token.
        try (var fake = new FakeKernel(null).failing(1, Errno.EPERM).failing(4, Errno.EPERM)) {
            fake.answering(BpfCommand.TOKEN_CREATE, _ -> -Errno.ENOENT.number());
            assertEquals(Support.NOT_PERMITTED, fake.features().support(Feature.RING_BUFFER));
            assertFalse(fake.features().has(Feature.RING_BUFFER));
            assertEquals(Support.YES, fake.features().support(Feature.RING_BUFFER));
        }
    }
}
