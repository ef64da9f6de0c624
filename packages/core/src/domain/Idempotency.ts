/**
 * Requests that are safe to repeat: a caller names a request by a key, and whoever sends the same again is given the
 * first answer and nothing happens. Keys are of one user of one tenant.
 *
 * A key is claimed before its request is worked on, and has the answer from then on when that is kept. A claim is a
 * token that is made anew each time: who has lost it, to somebody who took it for dead, can keep no answer any more.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import type { ContactId, UserId } from "./Ids.ts"
import * as Personal from "./Personal.ts"

/** A name that the caller gives a request: any printable ASCII. */
export const IdempotencyKey = Personal.notPersonal(
  Schema.String.check(
    Schema.isPattern(/^[\x20-\x7e]{1,255}$/, { message: "Expected 1 to 255 printable ASCII characters" })
  )
).pipe(Schema.brand("IdempotencyKey"))
export type IdempotencyKey = typeof IdempotencyKey.Type

/** What was answered, to be given again as it stands. */
export interface KeptAnswer {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

/** A key as it is kept. */
export interface KeyRecord {
  readonly userId: UserId
  readonly key: IdempotencyKey
  /** Of the request, to tell it from another one. */
  readonly fingerprint: string
  readonly claim: string
  readonly claimedAt: DateTime.Utc
  /** Null while the request is worked on. */
  readonly answer: KeptAnswer | null
  /** The contact whose erasure took the answer along. */
  readonly erased: ContactId | null
}

/** How long a key is kept. */
export const kept: Duration.Duration = Duration.hours(24)

/** How long nothing is heard of a request before it is taken for dead. */
export const patience: Duration.Duration = Duration.seconds(60)

/** What a request is to be given whose key is known already. */
export type Standing =
  | { readonly _tag: "Answered"; readonly answer: KeptAnswer }
  | { readonly _tag: "Erased"; readonly contactId: ContactId }
  /** The key was another request's. */
  | { readonly _tag: "Mismatch" }
  /** Somebody works on it. */
  | { readonly _tag: "InProgress" }
  /** Nobody has a claim to the key any more. */
  | { readonly _tag: "Free" }

/** Where a request stands of whose key there is a record. */
export const standing = (record: KeyRecord, fingerprint: string, now: DateTime.Utc): Standing => {
  if (isOlder(record, record.answer === null && record.erased === null ? patience : kept, now)) return { _tag: "Free" }
  if (record.erased !== null) return { _tag: "Erased", contactId: record.erased }
  if (record.fingerprint !== fingerprint) return { _tag: "Mismatch" }
  return record.answer === null ? { _tag: "InProgress" } : { _tag: "Answered", answer: record.answer }
}

// internal

const isOlder = ({ claimedAt }: KeyRecord, age: Duration.Duration, now: DateTime.Utc): boolean =>
  DateTime.isLessThanOrEqualTo(DateTime.addDuration(claimedAt, age), now)
