/**
 * Bytes to text, strictly: UTF-8, UTF-16, or Windows-1252, as the byte order mark or the bytes themselves say.
 *
 * Guarantees: characters are never cut, and the encoding is the same, whatever the boundaries of the blocks; the text
 * before the first undecodable byte is exact; nothing is held back but the start of the file. Fails by setting `failed`;
 * there is no replacement character, because a row that was stored with one cannot be mended afterwards.
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

/** Bytes of a character in UTF-8, by its first one. */
const sizeOf = (byte: number): number => (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1)

// How many bytes at the end belong to a character whose rest is still to come.
const openTail = (bytes: Uint8Array, encoding: Encoding): number => {
  const length = bytes.length
  if (encoding === "utf-8") {
    for (let back = 1; back <= 3 && back <= length; back++) {
      const byte = bytes[length - back] ?? 0
      if ((byte & 0xc0) === 0x80) continue
      return sizeOf(byte) > back ? back : 0
    }
    return 0
  }
  if (encoding === "windows-1252") return 0
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

const TAB = 9

/** Bytes at the start of a file from which UTF-16 is told. */
const sniffed = 4_096

// The encoding that the start of a file has by its byte order mark, or by its zero bytes: text has no zeros in UTF-8, and
// in UTF-16 one beside each ASCII character. Undefined means UTF-8 until a byte says otherwise.
const sniff = (bytes: Uint8Array): Encoding | undefined => {
  const [first, second, third] = bytes
  if (first === 0xff && second === 0xfe) return "utf-16le"
  if (first === 0xfe && second === 0xff) return "utf-16be"
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8"
  const length = Math.min(bytes.length, sniffed)
  let even = 0
  let odd = 0
  for (let i = 0; i + 1 < length; i += 2) {
    const [left = 0, right = 0] = [bytes[i], bytes[i + 1]]
    // Control characters are in binary files.
    if (left === 0 && right >= TAB) even++
    if (right === 0 && left >= TAB) odd++
  }
  // A quarter of the characters: separators and digits are that many in a table of any language.
  if (Math.max(even, odd) * 8 < length || even === odd) return undefined
  return odd > even ? "utf-16le" : "utf-16be"
}

const isWhole = (bytes: Uint8Array): boolean => {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

// What 0x80 to 0x9f are in Windows-1252; five of them are nothing.
const windows = "€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ"

// The text up to the first byte that is nothing. Other decoders pass that one as a control character.
const fromWindows = (bytes: Uint8Array): string => {
  const units = Uint16Array.from(bytes, (byte) =>
    byte >= 0x80 && byte <= 0x9f ? windows.charCodeAt(byte - 0x80) : byte
  )
  const end = units.findIndex((unit, i) => unit === 0 && bytes[i] !== 0)
  let text = ""
  for (let i = 0; i < units.length; i += sniffed) {
    text += String.fromCharCode(...units.subarray(i, Math.min(i + sniffed, end === -1 ? units.length : end)))
  }
  return text
}

export class Decoder {
  encoding: Encoding
  failed = false

  // Bytes held back: the start of the file until its encoding can be told, then a character whose rest is to come.
  private tail: Uint8Array = none
  private started: boolean
  // So far all was ASCII, which is the same in UTF-8 and Windows-1252: the first other character tells which it is.
  private open: boolean
  private decoder: TextDecoder | undefined = undefined

  constructor(encoding?: Encoding) {
    this.encoding = encoding ?? "utf-8"
    this.started = encoding !== undefined
    this.open = encoding === undefined
  }

  /** The text of a block, a byte order mark included. */
  feed(block: Uint8Array): string {
    const bytes = join(this.tail, block)
    if (!this.started && bytes.length < sniffed) {
      this.tail = bytes.slice()
      return ""
    }
    this.start(bytes)
    const open = openTail(bytes, this.encoding)
    // Copied, for the producer may reuse its buffer.
    this.tail = open === 0 ? none : bytes.slice(bytes.length - open)
    return this.decode(open === 0 ? bytes : bytes.subarray(0, bytes.length - open))
  }

  /** Ends the file: what is left must be whole characters. */
  end(): string {
    const bytes = this.tail
    this.tail = none
    this.start(bytes)
    return this.decode(bytes)
  }

  private start(bytes: Uint8Array): void {
    if (this.started) return
    this.started = true
    const encoding = sniff(bytes)
    this.encoding = encoding ?? "utf-8"
    this.open = encoding === undefined
  }

  private decode(bytes: Uint8Array): string {
    if (this.open) this.settle(bytes)
    if (this.encoding === "windows-1252") {
      const text = fromWindows(bytes)
      this.failed = text.length < bytes.length
      return text
    }
    this.decoder ??= new TextDecoder(this.encoding, { fatal: true, ignoreBOM: true })
    try {
      return this.decoder.decode(bytes)
    } catch {
      this.failed = true
      return validPrefix(bytes, this.encoding)
    }
  }

  private settle(bytes: Uint8Array): void {
    const first = bytes.findIndex((byte) => byte >= 0x80)
    if (first === -1) return
    this.open = false
    if (!isWhole(bytes.subarray(first, first + sizeOf(bytes[first] ?? 0)))) this.encoding = "windows-1252"
  }
}
