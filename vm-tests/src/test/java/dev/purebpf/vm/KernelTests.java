package dev.purebpf.vm;

import static org.junit.platform.commons.support.HierarchyTraversalMode.TOP_DOWN;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.launcher.TagFilter.includeTags;

import org.junit.jupiter.engine.JupiterTestEngine;
import org.junit.platform.commons.support.ReflectionSupport;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.reporting.legacy.xml.LegacyXmlReportGeneratingListener;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs test classes inside a machine and leaves JUnit's XML. What JUnit's console launcher does
 * too, without the command line of fifty options that it sets up first: emulated, that takes longer
 * than most test classes.
 */
public final class KernelTests {
    private KernelTests() {}

    /**
     * Runs tests. The exit code is 0 when none failed, 1 when some did, 2 when there were none.
     *
     * @param arguments the folder for the reports, the tag that a test has to have or nothing, and
     *     names of classes, or {@code class#method}
     */
    public static void main(String[] arguments) {
        PrintStream out = System.out;
        LauncherConfig jupiterOnly =
                LauncherConfig.builder()
                        .enableTestEngineAutoRegistration(false)
                        .addTestEngines(new JupiterTestEngine())
                        .build();
        var request = LauncherDiscoveryRequestBuilder.request();
        if (!arguments[1].isEmpty()) {
            request.filters(includeTags(arguments[1]));
        }
        for (int i = 2; i < arguments.length; i++) {
            request.selectors(select(arguments[i]));
        }
        var reports =
                new LegacyXmlReportGeneratingListener(
                        Path.of(arguments[0]), new PrintWriter(out, true));
        var progress = new Progress(out);
        LauncherFactory.create(jupiterOnly).execute(request.build(), reports, progress);
        System.exit(progress.failed > 0 ? 1 : progress.tests == 0 ? 2 : 0);
    }

    /**
     * {@return the tests of a class, or of all its methods of a name, whatever their parameters}
     */
    static List<DiscoverySelector> select(String test) {
        String[] name = test.split("#", 2);
        if (name.length == 1) {
            return List.of(selectClass(name[0]));
        }
        Class<?> type;
        try {
            type = Class.forName(name[0], false, KernelTests.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException("there is no test class " + name[0], e);
        }
        List<Method> methods =
                ReflectionSupport.findMethods(
                        type, method -> method.getName().equals(name[1]), TOP_DOWN);
        if (methods.isEmpty()) {
            throw new IllegalArgumentException("there is no method " + name[1] + " in " + type);
        }
        return methods.stream()
                .<DiscoverySelector>map(method -> selectMethod(type, method))
                .toList();
    }

    /** Says what begins and how it ended, so that a machine that hangs shows where. */
    private static final class Progress implements TestExecutionListener {
        private final PrintStream out;
        private final long start = System.nanoTime();
        private int tests;
        private int failed;

        Progress(PrintStream out) {
            this.out = out;
        }

        @Override
        public void executionStarted(TestIdentifier test) {
            say(test, "begins");
        }

        @Override
        public void executionSkipped(TestIdentifier test, String reason) {
            say(test, "skipped: " + reason);
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (test.isTest()) {
                tests++;
            }
            if (result.getStatus() == TestExecutionResult.Status.FAILED) {
                failed++;
            }
            say(test, result.getStatus().toString());
            result.getThrowable().ifPresent(thrown -> thrown.printStackTrace(out));
        }

        private void say(TestIdentifier test, String event) {
            long tenths = (System.nanoTime() - start) / 100_000_000;
            out.println(
                    tenths / 10 + "." + tenths % 10 + " " + test.getDisplayName() + ": " + event);
        }
    }
}
