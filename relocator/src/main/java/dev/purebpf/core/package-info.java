/** CO-RE: fits recorded type and field accesses to the kernel at hand. */
package dev.purebpf.core;
