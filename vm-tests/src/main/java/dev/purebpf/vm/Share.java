package dev.purebpf.vm;

import java.util.List;

/**
 * What one machine does.
 *
 * @param release its kernel
 * @param number which of this kernel's machines it is, from 1
 * @param classes the test classes that run in it, the longest first
 * @param seconds how long that presumably takes, with the start
 */
record Share(String release, int number, List<String> classes, double seconds) {

    @Override
    public String toString() {
        return release + "/" + number + " " + String.join(" ", classes);
    }
}
