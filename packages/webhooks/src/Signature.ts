/**
 * Signatures of deliveries, as Standard Webhooks (https://www.standardwebhooks.com) has them: HMAC-SHA-256 over id,
 * timestamp and body, by a secret that begins with `whsec_`. `verify` is for receivers; what it refuses may come from
 * anybody, or be an old delivery that somebody has kept.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto"

/** What is signed: the very bytes that are sent, and when, in seconds. */
export interface Message {
  readonly id: string
  readonly timestamp: number
  readonly body: string | Uint8Array
}

/** The headers of a delivery, signed with each of the secrets. */
export const headersOf = (message: Message, secrets: ReadonlyArray<string>) => ({
  "webhook-id": message.id,
  "webhook-timestamp": String(message.timestamp),
  "webhook-signature": secrets.map((secret) => `v1,${sign(message, secret).toString("base64")}`).join(" ")
})

/**
 * Why a delivery cannot be trusted:
 * - `missing_header`: it has no id, time or signature;
 * - `timestamp`: its time is no number, or too far from now;
 * - `signature`: no signature of it was made with a secret that was given.
 */
export class Unverified extends Schema.TaggedError<Unverified>("@clientele/webhooks/Unverified")("Unverified", {
  reason: Schema.Literals(["missing_header", "timestamp", "signature"])
}) {
  override get message(): string {
    return `The delivery cannot be trusted: ${this.reason}`
  }
}

/** Headers as `node:http` and `fetch` have them. */
export type Headers =
  | { readonly get: (name: string) => string | null }
  | { readonly [name: string]: string | ReadonlyArray<string> | undefined }

export interface Verification {
  readonly headers: Headers
  /** The body as it came, before anything reads it as JSON. */
  readonly body: string | Uint8Array
  /** The secret, or all that are in use while it is rotated. */
  readonly secret: string | ReadonlyArray<string>
  /** Now, in milliseconds, unless it is the real time. */
  readonly now?: number | undefined
}

/**
 * Whether a delivery comes from who has the secret, and is no older than five minutes. Its id is the same whenever the
 * event comes again.
 *
 * @example
 * ```ts
 * import { Signature } from "@clientele/webhooks"
 * import { Result } from "effect"
 *
 * const receive = async (request: Request, secret: string) => {
 *   const body = await request.text()
 *   const verified = Signature.verify({ headers: request.headers, body, secret })
 *   return Result.isSuccess(verified) ? new Response() : new Response(null, { status: 401 })
 * }
 * ```
 */
export const verify = ({
  body,
  headers,
  now = Date.now(),
  secret
}: Verification): Result.Result<Omit<Message, "body">, Unverified> => {
  const id = headerOf(headers, "webhook-id")
  const time = headerOf(headers, "webhook-timestamp")
  const signatures = headerOf(headers, "webhook-signature")
  if (id === undefined || time === undefined || signatures === undefined) return refuse("missing_header")
  const timestamp = /^\d{1,15}$/.test(time) ? Number(time) : Number.NaN
  if (!(Math.abs(now / 1000 - timestamp) <= tolerance)) return refuse("timestamp")
  const given = signatures.split(" ").flatMap((part) => (part.startsWith("v1,") ? [part.slice("v1,".length)] : []))
  const expected = (typeof secret === "string" ? [secret] : secret).map((one) => sign({ id, timestamp, body }, one))
  return given.some((signature) => expected.some((one) => isSame(Buffer.from(signature, "base64"), one)))
    ? Result.succeed({ id, timestamp })
    : refuse("signature")
}

// internal

/** Seconds, either way. */
const tolerance = 5 * 60

const sign = ({ body, id, timestamp }: Message, secret: string): Buffer =>
  createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest()

/** Keys that were used: making one takes four times as long as signing with it. */
const keys = new Map<string, KeyObject>()
const mostKeys = 1_000

const keyOf = (secret: string): KeyObject => {
  const known = keys.get(secret)
  if (known !== undefined) return known
  if (keys.size >= mostKeys) keys.clear()
  const key = createSecretKey(Buffer.from(secret.replace(/^whsec_/, ""), "base64"))
  keys.set(secret, key)
  return key
}

/** Takes as long wherever the two differ. */
const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b)

const headerOf = (headers: Headers, name: string): string | undefined => {
  const value = isFetch(headers) ? headers.get(name) : headers[name]
  return (typeof value === "string" ? value : value?.[0]) ?? undefined
}

const isFetch = (headers: Headers): headers is Extract<Headers, { readonly get: unknown }> =>
  typeof headers["get"] === "function"

const refuse = (reason: Unverified["reason"]): Result.Result<never, Unverified> =>
  Result.fail(new Unverified({ reason }))
