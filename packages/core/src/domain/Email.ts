/**
 * E-mail addresses: which are accepted, and when two are the same.
 *
 * Accepted: one `@`, a non-empty local part of at most 64 bytes, and a domain with a dot; at most 254 bytes in all,
 * after the domain is brought to ASCII. Two addresses are the same when their keys are equal: trimmed, NFC, lower case,
 * domain in ASCII. Nothing else is folded (no dots or `+tags` dropped), because only the owner of a domain knows what
 * its local parts mean.
 */
import * as Schema from "effect/Schema"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"

// Standard in every JavaScript runtime, and the only IDNA implementation that all of them share.
declare const URL: {
  canParse(url: string): boolean
  new (url: string): { readonly hostname: string }
}

const isAscii = (text: string): boolean => /^[\x21-\x7e]*$/.test(text)

const byteLength = (text: string): number => {
  if (isAscii(text)) return text.length
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}

// ASCII domains stay as they are: the URL parser would rewrite some of them ("1.2.3" is an IPv4 address to it).
const domainToAscii = (domain: string): string | undefined => {
  if (isAscii(domain)) return domain
  if (/[\s/?#@:\\[\]%]/u.test(domain)) return undefined
  const url = `http://${domain}/`
  return URL.canParse(url) ? new URL(url).hostname : undefined
}

/**
 * The key under which an address is unique, or undefined when the text is not an acceptable address.
 *
 * @example
 * ```ts
 * import { Email } from "@clientele/core"
 *
 * Email.key(" Jane.Doe@Example.COM ") // "jane.doe@example.com"
 * Email.key("jane@münchen.example") // "jane@xn--mnchen-3ya.example"
 * Email.key("jane") // undefined
 * ```
 */
export const key = (address: string): string | undefined => {
  const normal = Text.caseless(address.trim())
  const at = normal.indexOf("@")
  if (at < 1 || at !== normal.lastIndexOf("@") || /[\s\p{Cc}\p{Surrogate}]/u.test(normal)) return undefined
  const local = normal.slice(0, at)
  const domain = domainToAscii(normal.slice(at + 1))
  if (domain === undefined || !/^[^.]+(\.[^.]+)+$/.test(domain)) return undefined
  const result = `${local}@${domain}`
  return byteLength(local) <= 64 && byteLength(result) <= 254 ? result : undefined
}

export const isEmail = Schema.makeFilter((address: string) =>
  key(address) === undefined ? "Expected an e-mail address" : undefined
)

/** An acceptable address, as typed; surrounding white space is allowed and dropped by the decisions. */
export const Email = Personal.personal(Schema.String.check(isEmail))
