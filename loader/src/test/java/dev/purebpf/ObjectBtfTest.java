package dev.purebpf;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfFeature;
import dev.purebpf.fixtures.LeakCheck;
import dev.purebpf.kernel.BtfCommands;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LiveKernel;
import dev.purebpf.kernel.LoadResult;
import dev.purebpf.kernel.LogOptions;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** This machine's kernel takes the types of objects, also in the forms made for older ones. */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class ObjectBtfTest {
    /** Not those whose types libbpf changes because of externs, or no kernel takes. */
    static List<String> objects() {
        return Fixtures.names().stream()
                .filter(name -> !name.equals("weak") && !name.equals("norecord"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("objects")
    void typesAreTakenInTheFormOfAnyOlderKernel(String fixture) {
        Kernel kernel = LiveKernel.require();
        Btf btf = Fixtures.open(fixture).file().btf().orElseThrow();
        for (BtfFeature missing : BtfFeature.values()) {
            // A tag is of what older kernels know: none lacks variables but has tags.
            Set<BtfFeature> features = EnumSet.range(BtfFeature.FUNCTIONS, missing);
            features.remove(missing);
            features.retainAll(ObjectBtf.features(kernel));
            byte[] bytes = btf.fitTo(features).bytes();
            LoadResult result = BtfCommands.load(kernel, bytes, LogOptions.ON_FAILURE);
            assertTrue(result.loaded(), () -> features + ": " + result.log());
            result.fd().close();
        }
    }
}
