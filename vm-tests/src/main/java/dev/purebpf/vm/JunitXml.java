package dev.purebpf.vm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads the reports that JUnit's ConsoleLauncher writes: a {@code testsuite} of {@code testcase}
 * elements, each of which may hold one of {@code skipped}, {@code failure} and {@code error}.
 */
final class JunitXml {
    private final XMLStreamReader xml;

    private JunitXml(XMLStreamReader xml) {
        this.xml = xml;
    }

    /**
     * {@return the tests of a report, in its order}
     *
     * @throws IOException when the file cannot be read or is no such report
     */
    static List<TestResult> read(Path file) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        // A report comes from a machine that may have gone mad: nothing in it leads elsewhere.
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        try (var bytes = Files.newInputStream(file)) {
            return new JunitXml(factory.createXMLStreamReader(bytes)).tests();
        } catch (XMLStreamException | NumberFormatException e) {
            throw new IOException(file + " is no report of JUnit: " + e.getMessage(), e);
        }
    }

    private List<TestResult> tests() throws XMLStreamException {
        List<TestResult> tests = new ArrayList<>();
        while (xml.hasNext()) {
            if (xml.next() == XMLStreamConstants.START_ELEMENT
                    && xml.getLocalName().equals("testcase")) {
                tests.add(test());
            }
        }
        return tests;
    }

    private TestResult test() throws XMLStreamException {
        String className = attribute("classname");
        String name = attribute("name");
        // From a thousand on JUnit groups the digits: 1,859.803.
        double seconds = Double.parseDouble(attribute("time").replace(",", ""));
        TestResult.Outcome outcome = new TestResult.Passed();
        while (true) {
            int event = xml.next();
            if (event == XMLStreamConstants.START_ELEMENT) {
                switch (xml.getLocalName()) {
                    case "skipped" -> outcome = new TestResult.Skipped(reason(message()));
                    case "failure", "error" -> outcome = new TestResult.Failed(message());
                    default -> xml.getElementText();
                }
            } else if (event == XMLStreamConstants.END_ELEMENT
                    && xml.getLocalName().equals("testcase")) {
                return new TestResult(className, name, seconds, outcome);
            }
        }
    }

    /** The text of the element, or its attribute where it has no text. */
    private String message() throws XMLStreamException {
        String attribute = attribute("message");
        String text = xml.getElementText().strip();
        return text.isEmpty() ? attribute : text;
    }

    private String attribute(String name) {
        String value = xml.getAttributeValue(null, name);
        return value == null ? "" : value;
    }

    /** A condition leaves a sentence, an assumption the stack trace of its exception. */
    private static String reason(String message) {
        String line = message.lines().findFirst().orElse("");
        String said =
                line.replaceFirst("^[\\w.$]+(Exception|Error): ", "")
                        .replaceFirst("^Assumption failed: ", "");
        return said.isEmpty() ? "(no reason given)" : said;
    }
}
