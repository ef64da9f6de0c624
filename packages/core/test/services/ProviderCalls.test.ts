import {
  Enrichment,
  type EnrichmentProvider,
  EnrichmentProviders,
  ProviderCalls,
  ProviderFailed
} from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as References from "effect/References"
import { TestClock } from "effect/testing"
import { create } from "../support.ts"

const jane = Enrichment.subjectOf(create({ name: "Jane", email: "jane@example.com" }))

const found: Enrichment.Answer = { data: { company: { employees: 850 } }, confidence: 0.9 }

type Enrich = EnrichmentProvider["enrich"]

const provider = (name: string, enrich: Enrich, fields: ReadonlyArray<Enrichment.Field> = ["company"]) => ({
  name,
  fields,
  enrich
})

/** A way to ask these providers. */
const asking = (...providers: ReadonlyArray<EnrichmentProvider>) =>
  Effect.provideService(ProviderCalls.make, EnrichmentProviders, providers)

type Step = Effect.Effect<Enrichment.Answer, ProviderFailed>

/** One that does the next of several things each time it is asked, and then the last of them again and again. */
const doing = (...steps: ReadonlyArray<Step>) => {
  const at: Array<number> = []
  const enrich: Enrich = () =>
    Effect.gen(function* () {
      at.push(DateTime.toEpochMillis(yield* DateTime.now))
      return yield* steps[at.length - 1] ?? steps.at(-1) ?? Effect.succeed(found)
    })
  return { at, enrich }
}

const failing = (reason: ProviderFailed["reason"]) => Effect.fail(new ProviderFailed({ reason }))

/** Lets time pass until an answer is there; says how many seconds that took. */
const timed = Effect.fnUntraced(function* <A>(call: Effect.Effect<A>) {
  const start = yield* DateTime.now
  const fiber = yield* Effect.forkChild(call, { startImmediately: true })
  while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("100 millis")
  const seconds = Duration.toSeconds(DateTime.distance(start, yield* DateTime.now))
  return { answer: yield* Fiber.join(fiber), seconds }
})

const quietly = Effect.provideService(References.MinimumLogLevel, "None")

describe("asking providers", () => {
  it.effect("asks those that can fill what is wanted, for that alone, and believes nothing beyond it", () =>
    Effect.gen(function* () {
      const asked: Array<ReadonlyArray<Enrichment.Field>> = []
      const both = provider(
        "both",
        (_, fields) =>
          Effect.sync(() => {
            asked.push(fields)
            return { data: { company: { employees: 1 }, social: { bio: "x" } }, confidence: 1 }
          }),
        ["company", "social"]
      )
      const ask = yield* asking(
        both,
        provider("phone", () => Effect.die("asked"), ["phone"])
      )
      const answer = { data: { social: { bio: "x" } }, confidence: 1 }
      assert.deepStrictEqual(yield* ask(jane, ["social", "contact"]), [{ source: "both", answer }])
      assert.deepStrictEqual(asked, [["social"]])
      assert.deepStrictEqual(yield* ask(jane, ["contact"]), [])
    })
  )

  it.effect("asks all at once, and lets none wait for another's failure", () =>
    Effect.gen(function* () {
      const late = provider("late", () => Effect.delay(Effect.succeed(found), "3 seconds"))
      const ask = yield* asking(
        late,
        { ...late, name: "later" },
        provider("never", () => Effect.never)
      )
      const { answer, seconds } = yield* timed(ask(jane, ["company"]))
      assert.deepStrictEqual(answer, [
        { source: "late", answer: found },
        { source: "later", answer: found },
        { source: "never", answer: "timeout" }
      ])
      assert.isAtMost(seconds, 10.1)
    }).pipe(quietly)
  )

  it.effect.each<readonly [Enrichment.Fault, Step, attempts: number]>([
    ["timeout", Effect.never, 2],
    ["unavailable", failing("unavailable"), 3],
    ["refused", failing("refused"), 1],
    ["invalid_answer", failing("invalid_answer"), 1],
    ["invalid_answer", Effect.succeed({ ...found, confidence: 2 }), 1],
    ["invalid_answer", Effect.succeed({ ...found, data: { company: { name: "x".repeat(1_001) } } }), 1],
    ["invalid_answer", Effect.succeed({ ...found, data: { company: { name: "a\0b" } } }), 1],
    ["invalid_answer", Effect.succeed({ ...found, data: { company: { "Odd Name": 1 } } }), 1],
    ["invalid_answer", Effect.succeed({ ...found, data: { company: { size: Number.NaN } } }), 1],
    ["defect", Effect.die(new Error("odd")), 1],
    ["defect", Effect.interrupt, 1],
    ["defect", Effect.sync(() => JSON.parse("{")), 1]
  ])("tells of a failure as %s", ([reason, answer, attempts]) =>
    Effect.gen(function* () {
      const { at, enrich } = doing(answer)
      const ask = yield* asking(
        provider("one", enrich),
        provider("other", () => Effect.succeed(found))
      )
      const timing = yield* timed(ask(jane, ["company"]))
      assert.deepStrictEqual(timing.answer, [
        { source: "one", answer: reason },
        { source: "other", answer: found }
      ])
      assert.lengthOf(at, attempts)
      assert.isAtMost(timing.seconds, 10.1)
    }).pipe(quietly)
  )

  it.effect("tells of a provider that throws in place of answering as of any other defect", () =>
    Effect.gen(function* () {
      const thrown = provider("thrown", () => {
        throw new Error("odd")
      })
      const ask = yield* asking(thrown)
      assert.deepStrictEqual(yield* ask(jane, ["company"]), [{ source: "thrown", answer: "defect" }])
    }).pipe(quietly)
  )

  it.effect("tries again after a passing failure", () =>
    Effect.gen(function* () {
      const { at, enrich } = doing(failing("unavailable"), Effect.never, Effect.succeed(found))
      const ask = yield* asking(provider("one", enrich))
      const { answer, seconds } = yield* timed(ask(jane, ["company"]))
      assert.deepStrictEqual(answer, [{ source: "one", answer: found }])
      assert.lengthOf(at, 3)
      assert.isBelow(seconds, 7)
    }).pipe(quietly)
  )

  it.effect("is interrupted with whoever asks, and its providers with it", () =>
    Effect.gen(function* () {
      let interrupted = false
      const waiting = provider("one", () =>
        Effect.onInterrupt(Effect.never, () => Effect.sync(() => (interrupted = true)))
      )
      const ask = yield* asking(waiting)
      const fiber = yield* Effect.forkChild(ask(jane, ["company"]), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
      assert.isTrue(interrupted)
    })
  )

  it.effect("is not possible with two providers of one name", () =>
    Effect.gen(function* () {
      const one = provider("one", () => Effect.succeed(found))
      const exit = yield* Effect.exit(asking(one, one))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    })
  )
})

describe("a provider that fails again and again", () => {
  const failures = 5

  /** Asked until it is left alone. */
  const suspended = (...steps: ReadonlyArray<Step>) =>
    Effect.gen(function* () {
      const { at, enrich } = doing(...Array.from({ length: failures }, () => failing("invalid_answer")), ...steps)
      const ask = yield* asking(provider("one", enrich))
      const answers = Effect.map(ask(jane, ["company"]), ([reply]) => reply?.answer)
      for (let count = 0; count < failures; count++) assert.strictEqual(yield* answers, "invalid_answer")
      assert.strictEqual(yield* answers, "suspended")
      assert.lengthOf(at, failures)
      return { answers, at }
    })

  it.effect("is not asked for 30 seconds, and then once", () =>
    Effect.gen(function* () {
      const { answers, at } = yield* suspended(failing("invalid_answer"))
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(yield* answers, "suspended")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* answers, "invalid_answer")
      assert.strictEqual(yield* answers, "suspended")
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(yield* answers, "suspended")
      assert.lengthOf(at, failures + 1)
    }).pipe(quietly)
  )

  it.effect("is asked as before once it has answered", () =>
    Effect.gen(function* () {
      const { answers } = yield* suspended(Effect.succeed(found), failing("invalid_answer"), Effect.succeed(found))
      yield* TestClock.adjust("30 seconds")
      for (const answer of [found, "invalid_answer", found]) assert.deepStrictEqual(yield* answers, answer)
    }).pipe(quietly)
  )

  it.effect("keeps others waiting for the one call that finds out, and lets them find out if that is given up", () =>
    Effect.gen(function* () {
      const { answers, at } = yield* suspended(Effect.never, Effect.succeed(found))
      yield* TestClock.adjust("30 seconds")
      const probing = yield* Effect.forkChild(answers, { startImmediately: true })
      assert.strictEqual(yield* answers, "suspended")
      yield* Fiber.interrupt(probing)
      assert.deepStrictEqual(yield* answers, found)
      assert.lengthOf(at, failures + 2)
    }).pipe(quietly)
  )

  it.effect("is asked on when it refuses questions, which says nothing of how it is", () =>
    Effect.gen(function* () {
      const { at, enrich } = doing(failing("refused"))
      const ask = yield* asking(provider("one", enrich))
      for (let count = 0; count < 10; count++) yield* ask(jane, ["company"])
      assert.lengthOf(at, 10)
    }).pipe(quietly)
  )

  it.effect("is left alone by itself", () =>
    Effect.gen(function* () {
      const ask = yield* asking(
        provider("bad", () => failing("invalid_answer")),
        provider("good", () => Effect.succeed(found))
      )
      for (let count = 0; count < failures; count++) yield* ask(jane, ["company"])
      assert.deepStrictEqual(yield* ask(jane, ["company"]), [
        { source: "bad", answer: "suspended" },
        { source: "good", answer: found }
      ])
    }).pipe(quietly)
  )
})
