package dev.purebpf.vm;

import static org.junit.platform.commons.support.HierarchyTraversalMode.TOP_DOWN;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.launcher.TagFilter.includeTags;

import org.junit.jupiter.engine.JupiterTestEngine;
import org.junit.platform.commons.support.ReflectionSupport;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.reporting.legacy.xml.LegacyXmlReportGeneratingListener;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs test classes inside a machine and leaves JUnit's XML. What JUnit's console launcher does
 * too, without the command line of fifty options that it sets up first: emulated, that takes longer
 * than most test classes.
 */
public final class KernelTests {
    /** The line that asks for what to do next. */
    static final String QUESTION = "which classes are next?";

    private final Launcher launcher;
    private final Path reports;
    private final String tag;
    private final Progress progress;

    private KernelTests(Launcher launcher, Path reports, String tag, Progress progress) {
        this.launcher = launcher;
        this.reports = reports;
        this.tag = tag;
        this.progress = progress;
    }

    /**
     * Runs tests. The exit code is 1 when some failed.
     *
     * @param arguments the folder for the reports, the tag that a test has to have or nothing, and
     *     names of classes, or {@code class#method}. Without names they are asked for again and
     *     again: {@link #QUESTION} on standard output is answered by a line of them on standard
     *     input, which is empty when there are none any more.
     * @throws IOException if standard input cannot be read
     */
    public static void main(String[] arguments) throws IOException {
        System.exit(run(arguments, System.in, System.out));
    }

    static int run(String[] arguments, InputStream answers, PrintStream out) throws IOException {
        LauncherConfig jupiterOnly =
                LauncherConfig.builder()
                        .enableTestEngineAutoRegistration(false)
                        .addTestEngines(new JupiterTestEngine())
                        .build();
        var progress = new Progress(out);
        try (LauncherSession session = LauncherFactory.openSession(jupiterOnly)) {
            var tests =
                    new KernelTests(
                            session.getLauncher(), Path.of(arguments[0]), arguments[1], progress);
            if (arguments.length > 2) {
                tests.run(List.of(arguments).subList(2, arguments.length));
            } else {
                tests.runWhatIsAnswered(answers, out);
            }
        }
        return progress.failed > 0 ? 1 : 0;
    }

    private void runWhatIsAnswered(InputStream answers, PrintStream questions) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(answers, StandardCharsets.UTF_8));
        while (true) {
            questions.println(QUESTION);
            String answer = lines.readLine();
            if (answer == null || answer.isEmpty()) {
                return;
            }
            run(List.of(answer.split(" ")));
        }
    }

    /** Runs some classes, with a report in a folder of the first one's name. */
    private void run(List<String> names) {
        // There is no file of settings, which would be looked for in all jars.
        var request =
                LauncherDiscoveryRequestBuilder.request()
                        .enableImplicitConfigurationParameters(false);
        names.forEach(name -> request.selectors(select(name)));
        if (!tag.isEmpty()) {
            request.filters(includeTags(tag));
        }
        var report =
                new LegacyXmlReportGeneratingListener(
                        reports.resolve(names.getFirst()), new PrintWriter(progress.out, true));
        launcher.execute(request.build(), report, progress);
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
