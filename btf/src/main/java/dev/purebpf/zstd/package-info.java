/**
 * Decompressing what zstd compressed, for sections of ELF files of the type {@code
 * ELFCOMPRESS_ZSTD}. Written from RFC 8878; not exported.
 *
 * <p>Compressed data are frames, a frame is blocks of at most 128 KB. A block has <i>literals</i>,
 * bytes that stand for themselves, mostly by a Huffman code ({@link dev.purebpf.zstd.Literals}),
 * and <i>sequences</i>: so many literals, then so many bytes again that came at such a distance
 * before ({@link dev.purebpf.zstd.Sequences}). The numbers of a sequence are coded with finite
 * state entropy ({@link dev.purebpf.zstd.FseTable}), in one stream of bits that is read from its
 * end ({@link dev.purebpf.zstd.BackwardBits}).
 *
 * <pre>
 *  frame  ┌ magic ┬ header ┬ block ┬ block ┬ … ┬ checksum ┐
 *  block  ┌ 3 bytes: type, size ┬ literals ┬ sequences ┐
 *  literals   ┌ type, sizes ┬ Huffman weights ┬ 1 or 4 streams of bits ┐
 *  sequences  ┌ number ┬ modes ┬ up to 3 distributions ┬ stream of bits ┐
 * </pre>
 *
 * <p>{@link dev.purebpf.zstd.ZstdDecoder} is where to begin. Of the format only dictionaries are
 * left out: files that have sections have none.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8878">RFC 8878</a>
 */
package dev.purebpf.zstd;
