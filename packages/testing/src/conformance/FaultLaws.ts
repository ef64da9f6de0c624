/**
 * What holds of a command whose storage goes wrong, at whatever point: it has happened or it has not, whoever asked is
 * told so in the words of the ports, and it can be asked for again.
 *
 * A law runs the same command in one tenant after another. Clocks stand still and ids are counted, so where it succeeds
 * it leaves the same rows.
 */
import { Contacts, Crm, IdGenerator, StorageError, type TenantId, TimeOrderedIds, Webhooks } from "@clientele/core"
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Faults from "../Faults.ts"
import { as, at, type Call, Effort, inNewTenant, newTenant, transaction } from "./Harness.ts"
import {
  assertBatches,
  batches,
  enqueue,
  handlerOf,
  newContact,
  newType,
  processWith,
  run,
  statusOf
} from "./JobKinds.ts"
import { knowledge } from "./Knowledge.ts"
import { phoneNumbers } from "./Records.ts"
import { typesOf } from "./WebhooksChapter.ts"

/** What the laws have to know of an adapter. */
export class Subject extends Context.Service<
  Subject,
  {
    /** All rows that there are of a tenant, each as text, in an order of their own. */
    readonly contents: (tenantId: TenantId) => Effect.Effect<ReadonlyArray<string>, unknown>
  }
>()("@clientele/testing/conformance/Subject") {}

/** What the laws ask of an adapter. */
export interface Options<R> {
  /** All rows that there are of a tenant, of all tables, each as text; what differs and means the same told alike. */
  readonly contents: (tenantId: TenantId) => Effect.Effect<ReadonlyArray<string>, unknown, Crm.Storage | R>
  /**
   * How many times as many generated commands are tried; 1 by default. With less not every point of a command is struck,
   * but one in so many.
   */
  readonly effort?: number | undefined
}

/** The services of the domain over an adapter, as the laws need them. */
export const services = <R, E>(layer: Layer.Layer<Crm.Storage | R, E>, { contents, effort }: Options<R>) => {
  const subject = Layer.effect(
    Subject,
    Effect.map(Effect.context<Crm.Storage | R>(), (storage) =>
      Subject.of({ contents: (tenantId) => Effect.provideContext(contents(tenantId), storage) })
    )
  )
  return Crm.layer.pipe(
    Layer.provide(knowledge),
    Layer.provideMerge([subject, Layer.succeed(Effort, effort ?? 1)]),
    Layer.provideMerge(Layer.mergeAll(layer, layerIds.pipe(Layer.provide(TimeOrderedIds.layer)), phoneNumbers))
  )
}

/** A command, when all has been done that it needs. */
export type Scenario = Call<Call>

/** Until it is committed nothing of a command that fails is there, and it can be asked for again. */
export const leavesNothing = Effect.fnUntraced(function* (scenario: Scenario) {
  const { contents, exit, points } = yield* undisturbed(scenario)
  const { before, run, rows } = yield* prepare(scenario)
  for (const { fault, plan, where } of yield* strikes(points.slice(0, keptAt(points)), faults)) {
    assertStruck((yield* run(plan)).exit, fault, where)
    assert.deepStrictEqual(yield* rows, before, where)
  }
  const again = yield* run(nothing)
  assert.deepStrictEqual(told(again.exit), told(exit), "asked for again")
  assert.deepStrictEqual(yield* rows, contents, "asked for again")
})

/** Inside a transaction that goes on, a command that fails is undone alone. */
export const undoneAlone = Effect.fnUntraced(function* (scenario: Scenario) {
  const outer = Effect.map(scenario, (command) => transaction(Effect.exit(command)))
  const { points } = yield* undisturbed(outer)
  const { before, rows, run } = yield* prepare(outer)
  for (const { plan, where } of yield* strikes(points.filter(isInside), faults)) {
    assert.strictEqual(told((yield* run(plan)).exit), "success", where)
    assert.deepStrictEqual(yield* rows, before, where)
  }
})

/** Once it is committed all of it is there, whatever fails then. */
export const lastsOnceKept = Effect.fnUntraced(function* (scenario: Scenario) {
  const { contents, points } = yield* undisturbed(scenario)
  const later = points.slice(keptAt(points))
  for (const point of new Set([...later.slice(0, 2), ...later.slice(-1)])) {
    const { fault, plan, where } = strikeOf(point, "unavailable")
    const { rows, run } = yield* prepare(scenario)
    assertStruck((yield* run(plan)).exit, fault, where)
    assert.deepStrictEqual(yield* rows, contents, where)
  }
})

/** A transaction that has to give way to another one is run again, and nobody notices. */
export const givesWay = Effect.fnUntraced(function* (scenario: Scenario) {
  const { contents, exit, points } = yield* undisturbed(scenario)
  const first = points.findIndex(isWriting("begin"))
  const inside = points.slice(Math.max(0, first), keptAt(points))
  for (const index of new Set([0, inside.length >> 1, inside.length - 1])) {
    const point = inside[index]
    if (point === undefined) continue
    const { plan, where } = strikeOf(point, "contention")
    const { rows, run } = yield* prepare(scenario)
    assert.deepStrictEqual(told((yield* run(plan)).exit), told(exit), where)
    assert.deepStrictEqual(yield* rows, contents, where)
  }
})

/** Whatever fails is told in the words of the ports, or does not matter; and the same call works when nothing fails. */
export const tellsWhy = Effect.fnUntraced(function* (scenario: Scenario) {
  const { points } = yield* inNewTenant(() => Effect.flatMap(scenario, Faults.observe))
  yield* inNewTenant(() =>
    Effect.gen(function* () {
      const call = yield* scenario
      for (const { plan, where } of yield* strikes(points, ["unavailable", "corrupt"])) {
        assertTyped((yield* Faults.observe(call, plan)).exit, where)
      }
      const { exit } = yield* Faults.observe(call)
      assert.notStrictEqual(told(exit), "StorageError", "when nothing fails")
      assertTyped(exit, "nothing")
    })
  )
})

/** A job is finished with every batch once, whatever fails on the way, when somebody asks for what is due again. */
export const finishesJobs = (seed: number) =>
  inNewTenant(() =>
    Effect.gen(function* () {
      const type = yield* newType
      const process = yield* processWith(handlerOf(type))
      const contactId = yield* newContact
      const { id } = yield* process(enqueue(type, contactId))
      for (let hour = 0; hour < 40; hour++) {
        const plan = Faults.seeded(seed + hour, { oneIn: 20, faults: passing })
        yield* Effect.exit(Faults.inject(plan)(process(run(hour * 3_600))))
      }
      yield* process(run(41 * 3_600))
      assert.strictEqual(yield* process(statusOf(id)), "completed")
      yield* assertBatches(contactId, batches)
    })
  )

/** Every event comes to be one delivery, whatever fails while deliveries are made. */
export const deliversOnce = (seed: number) =>
  inNewTenant(() =>
    Effect.gen(function* () {
      const contacts = yield* Contacts
      const webhooks = yield* Webhooks
      const { id } = yield* webhooks.create({ url: "https://example.com/hook" })
      for (const name of ["Ann", "Ben", "Cas"]) yield* contacts.create({ name })
      for (let turn = 0; turn < 20; turn++) {
        yield* Effect.exit(Faults.inject(Faults.seeded(seed + turn, { oneIn: 8, faults: passing }))(webhooks.fanOut))
      }
      assert.lengthOf(yield* typesOf(id, 3), 3)
    })
  )

// internal

/** Those after which the same work can be gone on with. */
const passing = ["unavailable", "contention", "interruption"] as const

/** The id that was given last. */
const Numbers = Context.Reference<{ last: number } | undefined>("@clientele/testing/conformance/Numbers", {
  defaultValue: () => undefined
})

/** Ids as ever, but for commands of these laws: there the same command gets the same ids each time. */
const layerIds: Layer.Layer<IdGenerator, never, IdGenerator> = Layer.effect(
  IdGenerator,
  Effect.map(IdGenerator, (ids) =>
    IdGenerator.of({
      bodies: (count) =>
        Effect.flatMap(Numbers, (numbers) =>
          numbers === undefined
            ? ids.bodies(count)
            : Effect.sync(() => Array.from({ length: count }, () => String(++numbers.last).padStart(26, "0")))
        )
    })
  )
)

const nothing: Faults.Plan = () => undefined

/** Those by which a command fails, taken in turn. */
const faults = ["unavailable", "defect", "corrupt", "interruption"] as const

const isWriting =
  (place: Faults.Place) =>
  (point: Faults.Point): boolean =>
    point.place === place && point.detail === "BEGIN"

const isInside = ({ place }: Faults.Point): boolean =>
  place === "savepoint" || place === "statement" || place === "release"

/** What strikes a point, and how to tell of it. */
const strikeOf = <F extends string & Faults.Fault>({ detail, number, place }: Faults.Point, fault: F) => ({
  fault,
  plan: Faults.at(number, fault),
  where: `${fault} at ${place} ${number}: ${detail}`
})

/** By faults in turn all points are struck, or with less effort every second, third, …, and the last. */
const strikes = <F extends string & Faults.Fault>(
  points: ReadonlyArray<Faults.Point>,
  faults: readonly [F, ...ReadonlyArray<F>]
) =>
  Effect.map(Effort, (effort) => {
    const step = Math.max(1, Math.round(1 / effort))
    return points
      .filter((_, index) => index % step === 0 || index === points.length - 1)
      .map((point, index) => strikeOf(point, faults[index % faults.length] ?? faults[0]))
  })

/** How many points there are until what a command wrote is kept. */
const keptAt = (points: ReadonlyArray<Faults.Point>): number => {
  const commits = points.filter(isWriting("commit"))
  assert.isAtMost(commits.length, 1, "commands of one transaction")
  return commits[0]?.number ?? points.length
}

/** A tenant of its own in which the command can be run, with the same ids each time. */
const prepare = Effect.fnUntraced(function* (scenario: Scenario) {
  const { contents } = yield* Subject
  const tenantId = yield* newTenant
  const numbers = { last: 0 }
  const within = <A, E, R>(self: Effect.Effect<A, E, R>) =>
    self.pipe(as(tenantId), Effect.provideService(Numbers, numbers), at("2026-01-20T10:00:00Z"))

  const command = yield* within(scenario)
  const start = numbers.last
  const rows = Effect.map(contents(tenantId), (texts) =>
    texts.map((text) => text.replaceAll(tenantId, "tenant")).toSorted()
  )
  const run = (plan: Faults.Plan) =>
    Effect.suspend(() => {
      numbers.last = start
      return within(Faults.observe(command, countingAgain(plan, numbers)))
    })
  return { before: yield* rows, rows, run }
})

/** A transaction that is run again gets its ids again. */
const countingAgain = (plan: Faults.Plan, numbers: { last: number }): Faults.Plan => {
  let atBegin = numbers.last
  return (point) => {
    if (point.place === "begin") atBegin = numbers.last
    const fault = plan(point)
    if (fault === "contention") numbers.last = atBegin
    return fault
  }
}

/** How the command ends when nothing goes wrong, the points that it comes to, and what is there then. */
const undisturbed = Effect.fnUntraced(function* (scenario: Scenario) {
  const { rows, run } = yield* prepare(scenario)
  const { exit, points } = yield* run(nothing)
  if (Exit.isSuccess(exit)) assert.isNotEmpty(points, "the layer of faults is not what the services run on")
  return { exit, points, contents: yield* rows }
})

/** What whoever asked is told: the answer, or why there is none. */
const told = (exit: Exit.Exit<unknown, { readonly _tag: string }>): string =>
  Exit.match(exit, {
    onSuccess: () => "success",
    onFailure: (cause) =>
      Option.match(Cause.findErrorOption(cause), { onNone: () => Cause.pretty(cause), onSome: ({ _tag }) => _tag })
  })

const assertTyped = (exit: Exit.Exit<unknown, unknown>, where: string): void => {
  if (Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    assert.fail(`A defect for ${where}: ${Cause.pretty(exit.cause)}`)
}

const assertStruck = (exit: Exit.Exit<unknown, unknown>, fault: (typeof faults)[number], where: string): void => {
  if (Exit.isSuccess(exit)) return assert.fail(`It succeeds in spite of ${where}`)
  if (fault === "interruption") return assert.isTrue(Cause.hasInterruptsOnly(exit.cause), where)
  if (fault === "defect") return assert.isTrue(Cause.hasDies(exit.cause), where)
  const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  if (!(error instanceof StorageError)) return assert.fail(`${where} is told as ${Cause.pretty(exit.cause)}`)
  assert.strictEqual(error.reason._tag, fault === "corrupt" ? "StorageCorrupt" : "StorageUnavailable", where)
}
