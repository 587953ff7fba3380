package dev.purebpf.codec;

/** Where in a Java type something is bound, for messages. */
record Place(String text, int depth) {
    Place(Class<?> root) {
        this((root.isRecord() ? "record " : "") + root.getSimpleName(), 0);
    }

    Place component(String name) {
        return new Place(text + ", component " + name, depth + 1);
    }

    Place element() {
        return new Place(text + "[]", depth + 1);
    }

    IllegalArgumentException refuse(String problem) {
        return new IllegalArgumentException(text + ": " + problem);
    }
}
