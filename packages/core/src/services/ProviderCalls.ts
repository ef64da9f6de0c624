/**
 * Asks the providers of enrichment: all of them at once, each with a time limit, tried again after a passing failure, and
 * left alone for a while when it fails again and again. Whatever a provider does, there is a reply of it.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Enrichment from "../domain/Enrichment.ts"
import { validator } from "../domain/Validation.ts"
import { type EnrichmentProvider, EnrichmentProviders, ProviderFailed } from "../ports/EnrichmentProvider.ts"
import * as CircuitBreaker from "./CircuitBreaker.ts"

export interface Settings {
  /** How long a provider may take for one answer. */
  readonly attempt: Duration.Duration
  /** How long it may take with all attempts and the waits between them. */
  readonly total: Duration.Duration
  /** When it is asked again after a passing failure. */
  readonly retry: Schedule.Schedule<unknown>
  /** When it is not asked for a while. */
  readonly breaker: CircuitBreaker.Settings
}

/**
 * Three attempts of 5 seconds, 10 seconds together; a pause of 30 seconds after 5 failures in a row; unless a host says
 * otherwise.
 */
export const Settings = Context.Reference<Settings>("@clientele/core/services/ProviderCalls/Settings", {
  defaultValue: () => ({
    attempt: Duration.seconds(5),
    total: Duration.seconds(10),
    retry: Schedule.exponential("200 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 2 })),
    breaker: { failures: 5, pause: Duration.seconds(30) }
  })
})

/** Asks every provider that can fill any of some fields. */
export type Ask = (
  subject: Enrichment.Subject,
  fields: ReadonlyArray<Enrichment.Field>
) => Effect.Effect<ReadonlyArray<Enrichment.Reply>>

/** The way to ask the providers that there are. What it remembers of their failures is shared by all who use it. */
export const make: Effect.Effect<Ask> = Effect.gen(function* () {
  const settings = yield* Settings
  const providers = yield* EnrichmentProviders
  const repeated = providers.find(({ name }, index) => providers.findIndex((other) => other.name === name) !== index)
  if (repeated !== undefined) return yield* Effect.die(new Error(`Two providers are called ${repeated.name}`))
  const asks = yield* Effect.forEach(providers, (provider) => askOne(provider, settings))
  return (subject, fields) =>
    Effect.map(
      Effect.forEach(asks, (ask) => ask(subject, fields), { concurrency: "unbounded" }),
      (replies) => replies.flat()
    )
})

// internal

const askOne = Effect.fnUntraced(function* (provider: EnrichmentProvider, settings: Settings) {
  const guard = yield* CircuitBreaker.make(settings.breaker)
  const replied = (answer: Enrichment.Reply["answer"]) => [{ source: provider.name, answer }]
  return Effect.fn("EnrichmentProvider.enrich")(function* (
    subject: Enrichment.Subject,
    asked: ReadonlyArray<Enrichment.Field>
  ) {
    const fields = provider.fields.filter((field) => asked.includes(field))
    if (fields.length === 0) return []
    yield* Effect.annotateCurrentSpan({ provider: provider.name })
    const answer = yield* guard(call(provider, subject, fields, settings), isBroken)
    return replied(Option.getOrElse(answer, () => "suspended" as const))
  })
})

/** That a question is refused says nothing of how well the provider is. */
const isBroken = (answer: Enrichment.Reply["answer"]): boolean => typeof answer === "string" && answer !== "refused"

const call = (
  provider: EnrichmentProvider,
  subject: Enrichment.Subject,
  fields: ReadonlyArray<Enrichment.Field>,
  { attempt, retry, total }: Settings
): Effect.Effect<Enrichment.Reply["answer"]> =>
  Effect.suspend(() => provider.enrich(subject, fields)).pipe(
    Effect.flatMap((answer) => Effect.mapError(Effect.fromResult(validate(answer)), () => invalid)),
    Effect.map(onlyOf(fields)),
    Effect.timeoutOrElse({ duration: attempt, orElse: () => Effect.fail(late) }),
    Effect.retry({ schedule: retry, while: ({ reason }) => reason === "timeout" || reason === "unavailable" }),
    Effect.timeoutOrElse({ duration: total, orElse: () => Effect.fail(late) }),
    Effect.catch(({ reason }) => Effect.as(Effect.logWarning(`No answer from ${provider.name}: ${reason}`), reason)),
    // Also of one that interrupts itself: only its own program can be meant.
    Effect.catchCause((cause) =>
      Effect.as(Effect.logError(`The provider ${provider.name} died`, cause), "defect" as const)
    )
  )

const validate = validator(Enrichment.Answer)

const invalid = new ProviderFailed({ reason: "invalid_answer" })
const late = new ProviderFailed({ reason: "timeout" })

const onlyOf =
  (fields: ReadonlyArray<Enrichment.Field>) =>
  ({ confidence, data }: Enrichment.Answer): Enrichment.Answer => ({
    confidence,
    data: Object.fromEntries(fields.flatMap((field) => (data[field] === undefined ? [] : [[field, data[field]]])))
  })
