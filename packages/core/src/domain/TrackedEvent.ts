/**
 * Tracked events: what a contact did, as the host's own systems saw it (an e-mail opened, a page visited, a demo asked
 * for). They feed engagement, scoring and the timeline. Re-sending one that carries a client id is harmless.
 */
import * as Schema from "effect/Schema"
import { ContactId, EventId } from "./Ids.ts"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"
import * as Time from "./Time.ts"
import { isShallow } from "./Validation.ts"

export const maxBatch = 1_000

/** The name of what happened, such as `email_opened`. */
export const EventName = Personal.notPersonal(
  Schema.String.check(
    Text.matches(/^[a-z][a-z0-9_]{0,62}$/u, {
      maxLength: 63,
      message: "Expected a name in snake_case, at most 63 long"
    })
  )
)

const maxPropertiesLength = 10_000

const isStorable = (json: Schema.Json): boolean => {
  if (typeof json === "string") return Text.canBeStored(json)
  if (typeof json !== "object" || json === null) return true
  return Object.entries(json).every(([key, value]) => Text.canBeStored(key) && isStorable(value))
}

export const Properties = Personal.personal(
  Schema.Record(Schema.String, Schema.Json).check(
    isShallow,
    Schema.makeFilter((properties: { readonly [key: string]: Schema.Json }) =>
      isStorable(properties) ? undefined : "Expected text without U+0000 and lone surrogates"
    ),
    Schema.makeFilter((properties: object) =>
      JSON.stringify(properties).length > maxPropertiesLength
        ? `Expected at most ${maxPropertiesLength} characters of JSON`
        : undefined
    )
  )
)

// A sender may make its ids of anything, an address included.
const ClientId = Personal.personal(Text.filled(255))
export type Properties = typeof Properties.Type

/** An event as it is reported; `id` is the sender's own, by which a second report of it is recognised. */
export const TrackedEventInput = Schema.Struct({
  id: Schema.optionalKey(ClientId),
  contactId: ContactId,
  event: EventName,
  timestamp: Schema.optionalKey(Time.Instant),
  properties: Schema.optionalKey(Properties)
})
  .pipe(Schema.encodeKeys({ contactId: "contact_id" }))
  .annotate({ identifier: "TrackedEventInput" })
export interface TrackedEventInput extends Schema.Schema.Type<typeof TrackedEventInput> {}

/** An event as it is kept. */
export const TrackedEvent = Schema.Struct({
  id: EventId,
  clientId: Schema.NullOr(Personal.personal(Schema.String)),
  contactId: ContactId,
  event: EventName,
  timestamp: Time.Timestamp,
  properties: Properties
}).pipe(Schema.encodeKeys({ clientId: "client_id", contactId: "contact_id" }))
export interface TrackedEvent extends Schema.Schema.Type<typeof TrackedEvent> {}

/** What became of a report of events: each is accepted, a duplicate, or failed. */
export const TrackingReport = Schema.Struct({
  accepted: Schema.Int,
  duplicates: Schema.Int,
  failed: Schema.Array(
    Schema.Struct({ index: Schema.Int, code: Schema.Literal("contact_not_found"), message: Schema.String })
  )
}).annotate({ identifier: "TrackingReport" })
export interface TrackingReport extends Schema.Schema.Type<typeof TrackingReport> {}

/** One line about an event, for people: what its sender says, else its name in words. */
export const details = (event: Pick<TrackedEvent, "event" | "properties">): string => {
  const said = Object.hasOwn(event.properties, "details") ? event.properties["details"] : undefined
  if (typeof said === "string" && said.trim() !== "") return said
  const words = event.event.replaceAll("_", " ")
  return words.charAt(0).toUpperCase() + words.slice(1)
}
