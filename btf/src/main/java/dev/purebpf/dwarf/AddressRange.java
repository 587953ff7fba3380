package dev.purebpf.dwarf;

/**
 * Addresses, as symbols of the file give them.
 *
 * @param start the first
 * @param end the one after the last
 */
public record AddressRange(long start, long end) {
    /**
     * {@return whether an address is one of them}
     *
     * @param address an address
     */
    public boolean contains(long address) {
        return Long.compareUnsigned(address - start, end - start) < 0
                && Long.compareUnsigned(start, end) < 0;
    }
}
