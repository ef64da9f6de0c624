/**
 * Webhooks: endpoints of a tenant to which its events are delivered, and what becomes of a delivery.
 *
 * The functions here are the whole life of a delivery, as values: which endpoints an event is for (`wants`), what an
 * answer means (`verdictOf`), when the next attempt is due (`afterAttempt`), and what a run of attempts says about the
 * endpoint (`healthAfter`). Chance and time come in as arguments.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { Cause, DomainEvent } from "./Events.ts"
import { DeliveryId, EventId, WebhookId } from "./Ids.ts"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"
import * as Time from "./Time.ts"

// Standard in every JavaScript runtime.
declare const URL: {
  canParse(url: string): boolean
  new (url: string): {
    readonly protocol: string
    readonly hostname: string
    readonly username: string
    readonly password: string
  }
}

const isTarget = Schema.makeFilter((text: string) => {
  if (!URL.canParse(text)) return expectedUrl
  const { hostname, password, protocol, username } = new URL(text)
  if (!/^https?:$/.test(protocol) || hostname === "") return expectedUrl
  return username === "" && password === "" ? undefined : "Expected a URL without a user name and a password"
})

const expectedUrl = "Expected an absolute URL that begins with https:// or http://"

/** Where events are delivered to. Whether the address behind it may be reached is asked whenever it is. */
export const TargetUrl = Personal.notPersonal(Text.text(2_000).check(isTarget))

/** The type of an event. */
export const EventType = Schema.Literals(DomainEvent.discriminants)
export type EventType = typeof EventType.Type

const EventTypes = Personal.notPersonal(Schema.Array(EventType).check(Schema.isMaxLength(100)))

/** An endpoint that is disabled is sent nothing: what happens meanwhile is lost to it. */
export const WebhookStatus = Schema.Literals(["active", "disabled"])
export type WebhookStatus = typeof WebhookStatus.Type

const Flag = Personal.notPersonal(Schema.Boolean)

/** The key that deliveries are signed with: `whsec_` and 24 to 64 bytes in base64. */
const Secret = Personal.notPersonal(Schema.String)

const fields = {
  id: WebhookId,
  url: TargetUrl,
  /** The types of events that it wants; none stands for all. */
  events: EventTypes,
  /** Whether it wants what imports cause, too. */
  includeImports: Flag,
  status: WebhookStatus,
  createdAt: Time.Timestamp
}

const keys = { includeImports: "include_imports", createdAt: "created_at" } as const

/** An endpoint as callers see it. */
export const Webhook = Schema.Struct(fields).pipe(Schema.encodeKeys(keys)).annotate({ identifier: "Webhook" })
export interface Webhook extends Schema.Schema.Type<typeof Webhook> {}

/** An endpoint with its secret, which is shown when it was made and never again. */
export const WebhookWithSecret = Schema.Struct({ ...fields, secret: Secret })
  .pipe(Schema.encodeKeys(keys))
  .annotate({ identifier: "WebhookWithSecret" })
export interface WebhookWithSecret extends Schema.Schema.Type<typeof WebhookWithSecret> {}

export const WebhookCreate = Schema.Struct({
  url: TargetUrl,
  events: Schema.optionalKey(EventTypes),
  includeImports: Schema.optionalKey(Flag)
})
  .pipe(Schema.encodeKeys({ includeImports: "include_imports" }))
  .annotate({ identifier: "WebhookCreate" })
export interface WebhookCreate extends Schema.Schema.Type<typeof WebhookCreate> {}

/** What is absent stays as it is. */
export const WebhookUpdate = Schema.Struct({
  url: Schema.optionalKey(TargetUrl),
  events: Schema.optionalKey(EventTypes),
  includeImports: Schema.optionalKey(Flag),
  status: Schema.optionalKey(WebhookStatus)
})
  .pipe(Schema.encodeKeys({ includeImports: "include_imports" }))
  .annotate({ identifier: "WebhookUpdate" })
export interface WebhookUpdate extends Schema.Schema.Type<typeof WebhookUpdate> {}

/** What is known of an endpoint from the deliveries so far. */
export interface Health {
  readonly status: WebhookStatus
  /** Whether the last delivery arrived: if so, several are under way at a time. */
  readonly proven: boolean
  /** When the first of the failures since the last success was; null when there was none. */
  readonly failingSince: DateTime.Utc | null
}

/** An endpoint as it is kept. */
export interface WebhookRecord extends Webhook, Health {
  /** When it was added, or enabled again: nothing that happened before is delivered to it. */
  readonly activeSince: DateTime.Utc
  readonly secret: string
  /** The secret before the last rotation, while deliveries are signed with it, too. */
  readonly previous: { readonly secret: string; readonly until: DateTime.Utc } | null
}

/** A tenant has at most this many endpoints. */
export const maxWebhooks = 100

/** An endpoint without what only its dispatcher needs. */
export const toWebhook = ({ createdAt, events, id, includeImports, status, url }: WebhookRecord): Webhook => ({
  id,
  url,
  events,
  includeImports,
  status,
  createdAt
})

/** A new endpoint. */
export const create = (
  input: WebhookCreate,
  { id, now, secret }: { readonly id: WebhookId; readonly now: DateTime.Utc; readonly secret: string }
): WebhookRecord => ({
  id,
  url: input.url,
  events: unique(input.events ?? []),
  includeImports: input.includeImports ?? false,
  createdAt: now,
  activeSince: now,
  secret,
  previous: null,
  ...fresh
})

/** An endpoint with changes; one that is enabled, or goes elsewhere, has to prove itself anew. */
export const update = (before: WebhookRecord, changes: WebhookUpdate, now: DateTime.Utc): WebhookRecord => {
  const { events = before.events, includeImports = before.includeImports } = changes
  const { status = before.status, url = before.url } = changes
  const isSame = status === before.status && url === before.url
  return {
    ...before,
    events: unique(events),
    includeImports,
    url,
    ...(!isSame && fresh),
    activeSince: status === before.status ? before.activeSince : now,
    status
  }
}

/** An endpoint with a new secret; the old one signs along for a day, so that receivers can be changed one by one. */
export const rotate = (before: WebhookRecord, secret: string, now: DateTime.Utc): WebhookRecord => ({
  ...before,
  secret,
  previous: { secret: before.secret, until: DateTime.addDuration(now, rotation) }
})

/** The secrets that a delivery is signed with at a time, the newest first. */
export const secretsAt = (webhook: WebhookRecord, now: DateTime.Utc): ReadonlyArray<string> =>
  webhook.previous !== null && DateTime.isGreaterThan(webhook.previous.until, now)
    ? [webhook.secret, webhook.previous.secret]
    : [webhook.secret]

/** What deciding whom an event is for takes of it. */
export interface EventHead {
  readonly id: EventId
  readonly type: EventType
  readonly cause: Cause
  readonly timestamp: DateTime.Utc
}

/** Whether an event is delivered to an endpoint: to one that was active when it happened, and wants its kind. */
export const wants = (webhook: WebhookRecord, event: EventHead): boolean =>
  webhook.status === "active" &&
  !DateTime.isLessThan(event.timestamp, webhook.activeSince) &&
  (event.cause !== "import" || webhook.includeImports) &&
  (webhook.events.length === 0 || webhook.events.includes(event.type))

// -- Deliveries -------------------------------------------------------------------------------------------------------

export const DeliveryStatus = Schema.Literals(["pending", "delivered", "failed"])
export type DeliveryStatus = typeof DeliveryStatus.Type

/**
 * Why no answer came, or none that counts:
 * - `timeout`: it took longer than 10 seconds;
 * - `connection`: the endpoint could not be reached, or hung up;
 * - `name`: its name has no address;
 * - `address`: it is at an address of a private network;
 * - `redirect`: it answered with another place, where nothing is sent;
 * - `gone`: it answered 410, which disables it, or was disabled while this waited.
 */
export const AttemptError = Schema.Literals(["timeout", "connection", "name", "address", "redirect", "gone"])
export type AttemptError = typeof AttemptError.Type

/** One request to an endpoint: its answer's status, null when there was none, and how long it took. */
export const Attempt = Schema.Struct({
  at: Time.Timestamp,
  status: Schema.NullOr(Personal.notPersonal(Schema.Int)),
  error: Schema.NullOr(AttemptError),
  durationMs: Personal.notPersonal(Schema.Int)
}).pipe(Schema.encodeKeys({ durationMs: "duration_ms" }))
export interface Attempt extends Schema.Schema.Type<typeof Attempt> {}

/** The type of what `Webhooks.test` sends. */
export const testType = "crm.webhook_test" as const

export const DeliveryType = Schema.Union([EventType, Schema.Literal(testType)])

/** An event on its way to an endpoint, or at its end. */
export const Delivery = Schema.Struct({
  id: DeliveryId,
  eventId: EventId,
  type: DeliveryType,
  status: DeliveryStatus,
  attempts: Schema.Array(Attempt),
  /** Null when there is none to come. */
  nextAttemptAt: Schema.NullOr(Time.Timestamp)
})
  .pipe(Schema.encodeKeys({ eventId: "event_id", nextAttemptAt: "next_attempt_at" }))
  .annotate({ identifier: "Delivery" })
export interface Delivery extends Schema.Schema.Type<typeof Delivery> {}

/** A delivery as it is kept. */
export interface DeliveryRecord extends Delivery {
  readonly webhookId: WebhookId
  /** How many attempts there were since it was asked for, by the event or by a redelivery. */
  readonly tries: number
  readonly createdAt: DateTime.Utc
  /** What is sent, when that is no event's body. */
  readonly body: string | null
}

/** A delivery without what only its dispatcher needs. */
export const toDelivery = ({ attempts, eventId, id, nextAttemptAt, status, type }: DeliveryRecord): Delivery => ({
  id,
  eventId,
  type,
  status,
  attempts,
  nextAttemptAt
})

/** A delivery that is due at once: as of when the event happened, so that what happened first is sent first. */
export const enqueue = (
  event: Pick<DeliveryRecord, "eventId" | "type" | "webhookId">,
  {
    body = null,
    happenedAt,
    id,
    now
  }: {
    readonly id: DeliveryId
    readonly now: DateTime.Utc
    readonly happenedAt: DateTime.Utc
    readonly body?: string | null
  }
): DeliveryRecord => ({
  id,
  ...event,
  status: "pending",
  attempts: [],
  tries: 0,
  nextAttemptAt: DateTime.min(happenedAt, now),
  createdAt: now,
  body
})

/** A delivery that is made again from the start, whatever became of it. */
export const redeliver = (delivery: DeliveryRecord, now: DateTime.Utc): DeliveryRecord => ({
  ...delivery,
  status: "pending",
  tries: 0,
  nextAttemptAt: now
})

/** A delivery that cannot be made any more. */
export const failed = (delivery: DeliveryRecord): DeliveryRecord => ({
  ...delivery,
  status: "failed",
  nextAttemptAt: null
})

/** What came of a request. */
export interface Outcome extends Attempt {
  /** How long the endpoint asked to be left alone; null when it did not. */
  readonly retryAfter: Duration.Duration | null
}

/** What an outcome means: `refused` and `gone` are final, and `gone` is so for the endpoint as well. */
export type Verdict = "delivered" | "failed" | "gone" | "refused"

/** A client's mistake is final, unless its status says that time may mend it. */
export const verdictOf = ({ status }: Pick<Outcome, "status">): Verdict => {
  if (status === null) return "failed"
  if (status >= 200 && status < 300) return "delivered"
  if (status === 410) return "gone"
  return status >= 400 && status < 500 && !passing.has(status) ? "refused" : "failed"
}

/** When attempts follow the first one that failed. */
export const retries: ReadonlyArray<Duration.Duration> = [
  Duration.seconds(5),
  Duration.minutes(5),
  Duration.minutes(30),
  Duration.hours(2),
  Duration.hours(5),
  Duration.hours(10),
  Duration.hours(14),
  Duration.hours(20),
  Duration.hours(24)
]

/**
 * A delivery after an attempt; `chance` from 0 to 1 makes the wait up to a tenth longer, so that what failed together
 * does not come back together. An endpoint that asked for more time is given it, up to a day.
 */
export const afterAttempt = (delivery: DeliveryRecord, outcome: Outcome, chance: number): DeliveryRecord => {
  const { retryAfter, ...attempt } = outcome
  const tries = delivery.tries + 1
  const attempts = [...delivery.attempts, attempt].slice(-longestLog)
  const verdict = verdictOf(outcome)
  const wait = verdict === "failed" ? retries[delivery.tries] : undefined
  if (wait === undefined) {
    const status = verdict === "delivered" ? "delivered" : "failed"
    return { ...delivery, status, attempts, tries, nextAttemptAt: null }
  }
  const asked = Duration.min(retryAfter ?? Duration.zero, longestWait)
  const ended = DateTime.add(outcome.at, { milliseconds: outcome.durationMs })
  const milliseconds = Math.floor(Duration.toMillis(Duration.max(wait, asked)) * (1 + jitter * chance))
  return { ...delivery, attempts, tries, nextAttemptAt: DateTime.add(ended, { milliseconds }) }
}

/** What is known of an endpoint after outcomes, in their order. */
export const healthAfter = (health: Health, outcomes: ReadonlyArray<Outcome>): Health =>
  outcomes.reduce((before, outcome): Health => {
    const verdict = verdictOf(outcome)
    if (verdict === "delivered") return { ...before, proven: true, failingSince: null }
    const failingSince = before.failingSince ?? outcome.at
    const isHopeless =
      verdict === "gone" || !DateTime.isLessThan(outcome.at, DateTime.addDuration(failingSince, patience))
    return { status: isHopeless ? "disabled" : before.status, proven: false, failingSince }
  }, health)

// internal

/** Of an endpoint about which nothing is known yet. */
const fresh: Health = { status: "active", proven: false, failingSince: null }

const rotation = Duration.hours(24)

/** An endpoint that has answered nothing but failures for this long is disabled. */
const patience = Duration.days(5)

/** Request timeout, too early, too many requests. */
const passing = new Set([408, 425, 429])

const jitter = 0.1
const longestWait = Duration.days(1)

/** Redeliveries may add attempts without end. */
const longestLog = 100

const unique = <A>(items: ReadonlyArray<A>): ReadonlyArray<A> => [...new Set(items)]
