package dev.purebpf.cli.go;

import dev.purebpf.go.GoAbi;
import dev.purebpf.go.GoCall;
import dev.purebpf.go.GoSignature;
import dev.purebpf.go.GoSignature.Parameter;

import java.util.List;

/**
 * A function that can be traced.
 *
 * @param name its full name, such as {@code net/http.(*conn).serve}
 * @param address its first instruction, as symbols give addresses
 * @param size how many bytes there are up to the next function
 * @param begin the instruction that each call comes by once, with the parameters still in place
 * @param abi how it is called
 * @param signature what it takes and gives; {@code null} if that is not known
 * @param call where that is; {@code null} likewise
 * @param problem why that is not known; {@code null} if it is
 * @param isInlined whether others have copies of its code, whose calls nothing shows
 */
record GoFunction(
        String name,
        long address,
        long size,
        long begin,
        GoAbi abi,
        GoSignature signature,
        GoCall call,
        String problem,
        boolean isInlined) {

    /**
     * {@return the same with what somebody declared of it}
     *
     * @param parameters what it takes
     * @param results what it gives
     */
    GoFunction declared(List<Parameter> parameters, List<Parameter> results) {
        GoSignature declared = new GoSignature(name, parameters, results);
        return new GoFunction(
                name, address, size, begin, abi, declared, abi.assign(declared), null, isInlined);
    }
}
