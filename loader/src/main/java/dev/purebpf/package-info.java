/** The front door: open an object, load it, use its programs and maps. */
package dev.purebpf;
