package dev.purebpf.cli.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/**
 * Text of Java as it grows, in the format of this project's own sources: four spaces, lines of at
 * most 100 characters, broken where google-java-format would break them.
 */
final class Source {
    private static final int WIDTH = 100;
    private static final int STEP = 4;

    private final StringBuilder text = new StringBuilder();
    private int depth;

    /**
     * Begins at a depth of blocks, as a part of another text.
     *
     * @param depth how many blocks are open
     */
    Source(int depth) {
        this.depth = depth;
    }

    /** What Java calls an expression: words, or a call whose arguments may each have a line. */
    sealed interface Expression {
        /** {@return it in one line} */
        String inLine();
    }

    /**
     * An expression that stays in one line.
     *
     * @param inLine the line
     */
    record Words(String inLine) implements Expression {}

    /**
     * A call.
     *
     * @param callee what stands before the parenthesis
     * @param arguments what stands in it
     */
    record Call(String callee, List<Expression> arguments) implements Expression {
        @Override
        public String inLine() {
            return callee + "(" + joined(arguments) + ")";
        }
    }

    static Expression words(String line) {
        return new Words(line);
    }

    static Expression call(String callee, Expression... arguments) {
        return new Call(callee, List.of(arguments));
    }

    /** {@return a text as Java writes it, without any character that is not ASCII} */
    static Expression quoted(String value) {
        return words(quote(value));
    }

    static String quote(String value) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : value.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ' || c > '~') {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString().replace("\\u000a", "\\n").replace("\\u000d", "\\r");
    }

    /** {@return words of C for a comment: none can end it, or be taken for a tag} */
    static String code(String inC) {
        StringBuilder clean = new StringBuilder();
        for (char c : inC.toCharArray()) {
            boolean plain = c > ' ' && c <= '~' && "\\@{}".indexOf(c) < 0;
            boolean ends = c == '/' && !clean.isEmpty() && clean.charAt(clean.length() - 1) == '*';
            clean.append(c == ' ' || plain && !ends ? c : '?');
        }
        return "{@code " + clean.toString().strip() + "}";
    }

    void blank() {
        text.append('\n');
    }

    void line(String line) {
        text.append(" ".repeat(depth * STEP)).append(line).append('\n');
    }

    /** A line that opens a block. */
    void open(String line) {
        line(line);
        depth++;
    }

    /** The end of a block. */
    void close() {
        depth--;
        line("}");
    }

    /** The end of a block that goes on with another one. */
    void closeAndOpen(String next) {
        depth--;
        open("} " + next);
    }

    /**
     * The head of a method or record, which opens its block.
     *
     * @param head what stands before the parenthesis
     * @param parameters in it
     * @param tail what stands after it, before the brace
     */
    void open(String head, List<String> parameters, String tail) {
        broken(
                depth * STEP,
                "",
                new Call(head, parameters.stream().map(Source::words).toList()),
                ")" + tail + " {");
        depth++;
    }

    /** A statement {@code return EXPRESSION;} or an expression alone. */
    void statement(String before, Expression expression) {
        broken(depth * STEP, before, expression, expression instanceof Call ? ");" : ";");
    }

    /** A declaration with an initial value. */
    void assign(String variable, Expression value) {
        int indent = depth * STEP;
        if (indent + variable.length() + 3 + value.inLine().length() + 1 <= WIDTH) {
            line(variable + " = " + value.inLine() + ";");
            return;
        }
        line(variable + " =");
        broken(indent + 2 * STEP, "", value, value instanceof Call ? ");" : ";");
    }

    /** An expression from its indent on, followed by a tail that for calls closes them. */
    private void broken(int indent, String before, Expression expression, String tail) {
        String margin = " ".repeat(indent);
        if (!(expression instanceof Call call)) {
            text.append(margin).append(before).append(expression.inLine()).append(tail);
            text.append('\n');
            return;
        }
        String arguments = joined(call.arguments());
        String head = before + call.callee() + "(";
        if (indent + head.length() + arguments.length() + tail.length() <= WIDTH
                || call.arguments().isEmpty()) {
            text.append(margin).append(head).append(arguments).append(tail).append('\n');
            return;
        }
        text.append(margin).append(head).append('\n');
        int inner = indent + 2 * STEP;
        if (inner + arguments.length() + tail.length() <= WIDTH) {
            text.append(" ".repeat(inner)).append(arguments).append(tail).append('\n');
            return;
        }
        for (int i = 0; i < call.arguments().size(); i++) {
            Expression argument = call.arguments().get(i);
            String after = i + 1 < call.arguments().size() ? "," : tail;
            broken(inner, "", argument, argument instanceof Call ? ")" + after : after);
        }
    }

    private static String joined(List<Expression> expressions) {
        StringJoiner joined = new StringJoiner(", ");
        expressions.forEach(expression -> joined.add(expression.inLine()));
        return joined.toString();
    }

    /** A comment of one paragraph. */
    void comment(String paragraph) {
        String line = "/** " + paragraph + " */";
        if (depth * STEP + line.length() <= WIDTH) {
            line(line);
        } else {
            comment(paragraph, List.of());
        }
    }

    /**
     * A comment.
     *
     * @param paragraph its text
     * @param tags what follows: each an {@code @param} or the like
     */
    void comment(String paragraph, List<String> tags) {
        if (tags.isEmpty() && depth * STEP + paragraph.length() + 7 <= WIDTH) {
            comment(paragraph);
            return;
        }
        line("/**");
        wrap(paragraph, "");
        if (!tags.isEmpty()) {
            line(" *");
            tags.forEach(tag -> wrap(tag, "    "));
        }
        line(" */");
    }

    private void wrap(String paragraph, String continuation) {
        int room = WIDTH - depth * STEP - 3;
        StringBuilder line = new StringBuilder();
        List<String> lines = new ArrayList<>();
        for (String word : paragraph.split(" ")) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > room) {
                lines.add(line.toString());
                line = new StringBuilder(continuation).append(word);
            } else {
                line.append(line.isEmpty() ? "" : " ").append(word);
            }
        }
        lines.add(line.toString());
        lines.forEach(one -> line(" * " + one));
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
