package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.purebpf.Fixtures;
import dev.purebpf.btf.Btf;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.RelocationException;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;

/** However an object is damaged, it is refused in words or understood, and soon. */
class DamagedObjectProperties {
    private static final int DAMAGES = 20;
    private static final Map<String, byte[]> OBJECTS = new HashMap<>();
    private static final Btf KERNEL;

    // Kept, because java.util.logging forgets the level of a logger that nobody holds.
    private static final Logger LOGGER = Logger.getLogger("dev.purebpf.link");

    static {
        for (String name : Fixtures.NAMES) {
            OBJECTS.put(name, Fixtures.little(name));
        }
        KERNEL = Btf.ofElf(Fixtures.elf("core")).orElseThrow();
        // Each damaged .BTF.ext is warned about.
        LOGGER.setLevel(Level.OFF);
    }

    @Provide
    Arbitrary<String> objects() {
        return Arbitraries.of(OBJECTS.keySet().stream().sorted().toList());
    }

    @Property(shrinking = ShrinkingMode.OFF)
    void onlyTheExceptionsOfThisHouseEscape(@ForAll("objects") String name, @ForAll Random random) {
        assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> {
                    for (int i = 0; i < DAMAGES; i++) {
                        readAndLink(damage(OBJECTS.get(name), random));
                    }
                });
    }

    private static void readAndLink(byte[] bytes) {
        ObjectFile object;
        try (ElfFile elf = ElfFile.of("damaged.bpf.o", bytes)) {
            object = ObjectFile.parse(elf);
        } catch (MalformedObjectException _) {
            return;
        }
        try {
            for (LinkedProgram program :
                    Linker.link(object, TargetKernel.of(KERNEL), LinkOptions.defaults())
                            .programs()) {
                program.encode(map -> 3, ByteOrder.LITTLE_ENDIAN);
                program.encode(map -> -1, ByteOrder.LITTLE_ENDIAN);
                program.functionInfo(ByteOrder.LITTLE_ENDIAN);
                program.lineInfo(ByteOrder.LITTLE_ENDIAN);
            }
            for (MapDefinition map : object.maps()) {
                if (map.valueSize() < 1 << 20) {
                    map.data();
                }
            }
        } catch (MalformedObjectException | RelocationException _) {
            // Refused, in words.
        }
    }

    private static byte[] damage(byte[] original, Random random) {
        byte[] bytes = original.clone();
        int wounds = 1 + random.nextInt(6);
        for (int i = 0; i < wounds; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes[at] = (byte) (random.nextBoolean() ? 0 : -1);
                case 3 -> {
                    int length = Math.min(8, bytes.length - at);
                    for (int j = 0; j < length; j++) {
                        bytes[at + j] = (byte) (random.nextBoolean() ? -1 : 0x7f);
                    }
                }
                case 4 -> {
                    int length = Math.min(random.nextInt(64), bytes.length - at);
                    int from = random.nextInt(bytes.length - length + 1);
                    System.arraycopy(bytes, from, bytes, at, length);
                }
                default -> {
                    if (random.nextInt(20) == 0) {
                        bytes = Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length));
                    } else {
                        bytes[at]++;
                    }
                }
            }
        }
        return bytes;
    }
}
