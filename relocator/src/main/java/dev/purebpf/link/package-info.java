/** Turns an object into final programs: maps, globals, subprograms. */
package dev.purebpf.link;
