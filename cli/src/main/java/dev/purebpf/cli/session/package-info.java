/**
 * What the commands have in common that watch processes: whom they watch, from when until when, and
 * how text and times are written without allocating.
 */
package dev.purebpf.cli.session;
