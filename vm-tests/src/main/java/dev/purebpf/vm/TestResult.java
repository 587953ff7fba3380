package dev.purebpf.vm;

/**
 * How one test ended on one kernel.
 *
 * @param className the test's class, as Java names it
 * @param name the test's name as JUnit reports it
 * @param seconds how long it took
 * @param outcome how it ended
 */
record TestResult(String className, String name, double seconds, Outcome outcome) {

    /** The ways in which a test ends. */
    sealed interface Outcome {}

    /** The test found nothing wrong. */
    record Passed() implements Outcome {}

    /**
     * The test could not run.
     *
     * @param reason what it said why
     */
    record Skipped(String reason) implements Outcome {}

    /**
     * The test found something wrong, or broke.
     *
     * @param stack what was thrown, with its stack
     */
    record Failed(String stack) implements Outcome {}

    /** {@return the class without its package} */
    String simpleClassName() {
        return className.substring(className.lastIndexOf('.') + 1);
    }
}
