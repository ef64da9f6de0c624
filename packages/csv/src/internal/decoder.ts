/**
 * Bytes to text, strictly: UTF-8, or UTF-16 where a byte order mark says so.
 *
 * Guarantees: characters are never cut, whatever the boundaries of the blocks; the text before the first undecodable
 * byte is exact. Fails by setting `failed`; there is no replacement character, because a row that was stored with one
 * cannot be mended afterwards.
 */
import type { Encoding } from "../CsvReader.ts"

// The part of the Encoding Standard used here: every runtime has it, while the libraries of the compiler only offer it
// together with a whole browser or Node.
declare class TextDecoder {
  constructor(encoding: Encoding, options: { readonly fatal: boolean; readonly ignoreBOM: boolean })
  decode(bytes: Uint8Array, options?: { readonly stream: boolean }): string
}

const none = new Uint8Array(0)

const join = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  if (left.length === 0) return right
  const joined = new Uint8Array(left.length + right.length)
  joined.set(left)
  joined.set(right, left.length)
  return joined
}

// How many bytes at the end belong to a character whose rest is still to come.
const openTail = (bytes: Uint8Array, encoding: Encoding): number => {
  const length = bytes.length
  if (encoding === "utf-8") {
    for (let back = 1; back <= 3 && back <= length; back++) {
      const byte = bytes[length - back] ?? 0
      if ((byte & 0xc0) === 0x80) continue
      const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
      return size > back ? back : 0
    }
    return 0
  }
  const odd = length % 2
  if (length - odd < 2) return odd
  const high = bytes[length - odd - (encoding === "utf-16le" ? 1 : 2)] ?? 0
  return high >= 0xd8 && high <= 0xdb ? odd + 2 : odd
}

// The text before the first undecodable byte. Decoding a prefix as the start of a stream fails exactly when that byte
// is in it, so halving finds the place; this runs once, on the block that failed.
const validPrefix = (bytes: Uint8Array, encoding: Encoding): string => {
  let text = ""
  let low = 0
  let high = bytes.length
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    try {
      text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, middle), {
        stream: true
      })
      low = middle
    } catch {
      high = middle - 1
    }
  }
  return text
}

export class Decoder {
  encoding: Encoding = "utf-8"
  failed = false

  private tail: Uint8Array = none
  private decoder: TextDecoder | undefined = undefined

  /** The text of a block, a byte order mark included. */
  feed(block: Uint8Array): string {
    const bytes = join(this.tail, block)
    if (this.decoder === undefined && bytes.length < 2) {
      this.tail = bytes.slice()
      return ""
    }
    const decoder = this.start(bytes)
    const open = openTail(bytes, this.encoding)
    // Copied, for the producer may reuse its buffer.
    this.tail = open === 0 ? none : bytes.slice(bytes.length - open)
    return this.decode(decoder, open === 0 ? bytes : bytes.subarray(0, bytes.length - open))
  }

  /** Ends the file: what is left must be a whole character. */
  end(): string {
    const bytes = this.tail
    this.tail = none
    return this.decode(this.start(bytes), bytes)
  }

  private start(bytes: Uint8Array): TextDecoder {
    if (this.decoder !== undefined) return this.decoder
    if (bytes[0] === 0xff && bytes[1] === 0xfe) this.encoding = "utf-16le"
    else if (bytes[0] === 0xfe && bytes[1] === 0xff) this.encoding = "utf-16be"
    return (this.decoder = new TextDecoder(this.encoding, { fatal: true, ignoreBOM: true }))
  }

  private decode(decoder: TextDecoder, bytes: Uint8Array): string {
    try {
      return decoder.decode(bytes)
    } catch {
      this.failed = true
      return validPrefix(bytes, this.encoding)
    }
  }
}
