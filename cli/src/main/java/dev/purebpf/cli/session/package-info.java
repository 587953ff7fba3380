/**
 * What the commands have in common that watch processes: whom they watch, from when until when, and
 * how events are read, and texts and times written, without allocating.
 */
package dev.purebpf.cli.session;
