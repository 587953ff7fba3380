package dev.purebpf.cli.go;

/** Takes a value, part by part, and writes it. */
interface ValueSink {
    void signed(long value);

    void unsigned(long value);

    void bool(boolean value);

    /**
     * Takes a floating point number.
     *
     * @param value the number
     * @param isShort whether it has 32 bits
     */
    void floating(double value, boolean isShort);

    /** Begins a complex number; its real part follows. */
    void beginComplex();

    /** The imaginary part follows. */
    void imaginary();

    /** Ends a complex number. */
    void endComplex();

    /**
     * Takes a string.
     *
     * @param bytes its first bytes
     * @param count how many these are
     * @param length how many it has
     */
    void text(byte[] bytes, int count, long length);

    /**
     * Takes a slice of bytes.
     *
     * @param bytes its first bytes
     * @param count how many these are
     * @param length how many it has
     */
    void bytes(byte[] bytes, int count, long length);

    void nil();

    void address(long value);

    /**
     * Begins a pointer to what follows.
     *
     * @param value the address
     */
    void beginPointer(long value);

    /** Ends a pointer. */
    void endPointer();

    /** Begins the elements of an array or a slice. */
    void beginElements();

    /**
     * Begins an element; its value follows.
     *
     * @param index its number, from 0
     */
    void element(int index);

    /**
     * Ends the elements.
     *
     * @param length how many there are, of which those that were given are the first
     * @param given how many were given
     */
    void endElements(long length, long given);

    /** Begins a struct. */
    void beginStruct();

    /**
     * Begins a field of a struct; its value follows.
     *
     * @param name its name
     * @param index its number, from 0
     */
    void field(String name, int index);

    /** Ends a struct. */
    void endStruct();

    /**
     * Begins the value in an interface.
     *
     * @param type the name of its dynamic type
     */
    void beginInterface(String type);

    /** Ends the value in an interface. */
    void endInterface();

    /**
     * Takes what cannot be read.
     *
     * @param register the register that it is in
     */
    void unreadable(String register);

    /** Takes what was not read, as it would be too much, or could not be. */
    void omitted();
}
