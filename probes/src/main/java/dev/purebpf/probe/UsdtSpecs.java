package dev.purebpf.probe;

import dev.purebpf.BpfMap;
import dev.purebpf.LoadedObject;
import dev.purebpf.Program;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.symbol.UsdtArgument;
import dev.purebpf.symbol.UsdtArgument.Constant;
import dev.purebpf.symbol.UsdtArgument.Indexed;
import dev.purebpf.symbol.UsdtArgument.Memory;
import dev.purebpf.symbol.UsdtArgument.Register;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;

/**
 * What the programs of {@code usdt.bpf.h} find in their maps: where the arguments of a probe are.
 *
 * <pre>
 * __bpf_usdt_specs          array: number of the record → record
 *   12 × argument           value or offset u64
 *                           kind u8: 0 constant, 1 register, 2 memory, 3 indexed memory
 *                           until libbpf 1.6, 16 bytes: at 12 the register, s16
 *                           since libbpf 1.7, 24 bytes: at 10 index register (12 bits) and shift
 *                           (4 bits), at 14 the register, s16
 *                           then: signed u8; u8 by how many bits to shift it up and down again
 *   cookie u64, number of arguments s16
 * __bpf_usdt_ip_to_spec_id  hash: address of the instruction → number, where there are no cookies
 * </pre>
 *
 * <p>Which records are in use is known only here; hence there is one of these for each object.
 */
final class UsdtSpecs {
    private static final Map<LoadedObject, UsdtSpecs> ALL = new WeakHashMap<>();

    private static final String SPECS = "__bpf_usdt_specs";
    private static final String ADDRESSES = "__bpf_usdt_ip_to_spec_id";
    private static final int MOST_ARGUMENTS = 12;

    /** The cookie, the number of arguments, and padding. */
    private static final int TAIL = 16;

    private final BitSet used = new BitSet();

    private UsdtSpecs() {}

    static UsdtSpecs of(LoadedObject object) {
        synchronized (ALL) {
            return ALL.computeIfAbsent(object, ignored -> new UsdtSpecs());
        }
    }

    /** Records that one link uses, each once for all places with the same arguments. */
    static final class Use implements AutoCloseable {
        private final UsdtSpecs specs;
        private final BpfMap records;
        private final Optional<BpfMap> addresses;
        private final long cookie;
        private final String operation;
        private final Map<String, Integer> numbers = new HashMap<>();
        private final List<Long> instructions = new ArrayList<>();

        private Use(
                UsdtSpecs specs,
                BpfMap records,
                Optional<BpfMap> addresses,
                long cookie,
                String operation) {
            this.specs = specs;
            this.records = records;
            this.addresses = addresses;
            this.cookie = cookie;
            this.operation = operation;
        }

        /**
         * {@return the number of the record for these arguments, which is written if there is none}
         *
         * @throws KernelException if there is no room
         * @throws IllegalArgumentException if the arguments are none that can be read
         */
        int number(String arguments) {
            Integer known = numbers.get(arguments);
            if (known != null) {
                return known;
            }
            List<UsdtArgument> parsed =
                    UsdtArgument.parse(arguments, records.kernel().architecture());
            if (parsed.size() > MOST_ARGUMENTS) {
                throw new IllegalArgumentException(
                        "\"" + arguments + "\" has more than " + MOST_ARGUMENTS + " arguments");
            }
            int number = specs.take(records.maxEntries(), operation);
            numbers.put(arguments, number);
            try (Arena arena = Arena.ofConfined()) {
                records.put(
                        arena.allocateFrom(ValueLayout.JAVA_INT, number),
                        record(arena, parsed, cookie, records.valueSize()));
            }
            return number;
        }

        /** Says what is at an address, for kernels without cookies. */
        void at(long address, int number) {
            try (Arena arena = Arena.ofConfined()) {
                BpfMap map = addresses.orElseThrow();
                if (!map.putIfAbsent(
                        arena.allocateFrom(ValueLayout.JAVA_LONG, address),
                        arena.allocateFrom(ValueLayout.JAVA_INT, number))) {
                    throw Errno.EEXIST.failure(
                            operation,
                            "a program of this object is attached there already, and before Linux"
                                    + " 5.15 there can be one only");
                }
                instructions.add(address);
            }
        }

        /** Frees the records; the program must not run any more. */
        @Override
        public void close() {
            try (Arena arena = Arena.ofConfined()) {
                for (long address : instructions) {
                    addresses
                            .orElseThrow()
                            .delete(arena.allocateFrom(ValueLayout.JAVA_LONG, address));
                }
            } catch (IllegalStateException e) {
                // The object is closed, and its maps with it.
            } finally {
                specs.free(numbers.values());
            }
        }
    }

    /**
     * {@return nothing in use yet}
     *
     * @throws IllegalArgumentException if the program was not compiled with {@code usdt.bpf.h}
     */
    static Use begin(Program program, long cookie, String operation) {
        LoadedObject object = program.object();
        Optional<BpfMap> records = map(object, SPECS);
        Optional<BpfMap> addresses = map(object, ADDRESSES);
        boolean needsAddresses = !object.kernel().features().has(Feature.COOKIE);
        if (records.isEmpty() || needsAddresses && addresses.isEmpty()) {
            throw new IllegalArgumentException(
                    "program "
                            + program.name()
                            + " has no map "
                            + (records.isEmpty() ? SPECS : ADDRESSES)
                            + ": a USDT program includes <bpf/usdt.bpf.h>, and uses bpf_usdt_arg or"
                            + " BPF_USDT");
        }
        int size = records.get().valueSize();
        if (size != size(16) && size != size(24)) {
            throw new IllegalArgumentException(
                    "the records of "
                            + SPECS
                            + " have "
                            + size
                            + " bytes, as in no version of usdt.bpf.h that is known");
        }
        return new Use(of(object), records.get(), addresses, cookie, operation);
    }

    private static Optional<BpfMap> map(LoadedObject object, String name) {
        return object.maps().stream().filter(map -> map.name().equals(name)).findFirst();
    }

    private synchronized int take(long most, String operation) {
        if (inUse() >= most) {
            throw Errno.E2BIG.failure(
                    operation,
                    "all "
                            + most
                            + " records of "
                            + SPECS
                            + " are in use: compile with a larger BPF_USDT_MAX_SPEC_CNT");
        }
        int number = used.nextClearBit(0);
        used.set(number);
        return number;
    }

    private synchronized void free(Iterable<Integer> numbers) {
        numbers.forEach(used::clear);
    }

    /** {@return how many records are in use} */
    synchronized int inUse() {
        return used.cardinality();
    }

    private static int size(int argument) {
        return MOST_ARGUMENTS * argument + TAIL;
    }

    static MemorySegment record(
            Arena arena, List<UsdtArgument> arguments, long cookie, int valueSize) {
        int stride = (valueSize - TAIL) / MOST_ARGUMENTS;
        MemorySegment record = arena.allocate(valueSize, 8);
        for (int index = 0; index < arguments.size(); index++) {
            write(record.asSlice((long) index * stride, stride), arguments.get(index));
        }
        record.set(ValueLayout.JAVA_LONG, valueSize - TAIL, cookie);
        record.set(ValueLayout.JAVA_SHORT, valueSize - TAIL + 8, (short) arguments.size());
        return record;
    }

    private static void write(MemorySegment to, UsdtArgument argument) {
        int kind = 0;
        long value = 0;
        int register = 0;
        int index = 0;
        switch (argument.location()) {
            case Constant constant -> value = constant.value();
            case Register in -> {
                kind = 1;
                register = in.register();
            }
            case Memory at -> {
                kind = 2;
                register = at.register();
                value = at.offset();
            }
            case Indexed at -> {
                kind = 3;
                register = at.base();
                index = at.index() | at.shift() << 12;
                value = at.offset();
            }
        }
        boolean isOld = to.byteSize() == 16;
        if (isOld && kind == 3) {
            throw new IllegalArgumentException(
                    "an argument lies in indexed memory: compile the program with usdt.bpf.h of"
                            + " libbpf 1.7 or later");
        }
        to.set(ValueLayout.JAVA_LONG, 0, value);
        to.set(ValueLayout.JAVA_BYTE, 8, (byte) kind);
        int at = isOld ? 12 : 14;
        if (!isOld) {
            to.set(ValueLayout.JAVA_SHORT, 10, (short) index);
        }
        to.set(ValueLayout.JAVA_SHORT, at, (short) register);
        to.set(ValueLayout.JAVA_BYTE, at + 2, (byte) (argument.isSigned() ? 1 : 0));
        to.set(ValueLayout.JAVA_BYTE, at + 3, (byte) (64 - 8 * argument.size()));
    }
}
