/** `clientele demo`: fills an empty tenant with a year of a made-up sales team. */
import { CurrentActor } from "@clientele/core/ports/CurrentActor"
import { UnitOfWork } from "@clientele/core/ports/UnitOfWork"
import { Users } from "@clientele/core/ports/Users"
import { Activities } from "@clientele/core/services/Activities"
import { Contacts } from "@clientele/core/services/Contacts"
import { Deals } from "@clientele/core/services/Deals"
import { Pipelines } from "@clientele/core/services/Pipelines"
import { Tasks } from "@clientele/core/services/Tasks"
import { TrackedEvents } from "@clientele/core/services/TrackedEvents"
import type { ContactId, DealId } from "@clientele/core/domain/Ids"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { CliError, Command } from "effect/cli"
import { clockOf } from "../internal/clock.ts"
import { plan, type Step, team } from "./DemoPlan.ts"
import { inTenant, tenant } from "./Tenant.ts"

export const demo = Command.make("demo", { tenant }, ({ tenant }) => inTenant(tenant, seed)).pipe(
  Command.withDescription("Fill an empty tenant with made-up contacts, events and deals of a year.")
)

// internal

const seed = Effect.gen(function* () {
  const contacts = yield* Contacts
  const { current } = yield* Pipelines
  const { transaction } = yield* UnitOfWork
  const { pagination } = yield* contacts.list({ limit: 1 })
  if (pagination.total !== 0) {
    return yield* new CliError.UserError({
      cause: undefined,
      userMessage: "The tenant has contacts already: nothing was changed"
    })
  }
  const ofType = (type: string) => current.stages.filter((stage) => stage.type === type).map(({ key }) => key)
  const [won = ""] = ofType("won")
  const [lost = ""] = ofType("lost")
  const steps = plan(yield* Clock.currentTimeMillis, { open: ofType("open"), won, lost })
  yield* transaction(live(steps))
  const count = (kind: Step["kind"]) => steps.filter((step) => step.kind === kind).length
  yield* Console.log(`${count("contact")} contacts, ${count("event")} events, ${count("deal")} deals`)
})

/** Takes the steps one after the other, each at its time. */
const live = Effect.fnUntraced(function* (steps: ReadonlyArray<Step>) {
  const { tenantId } = yield* CurrentActor
  const users = yield* Users
  for (const { id, name } of team) yield* users.remember(tenantId, id, name)
  const take = yield* taker
  let at = 0
  const clock = clockOf(() => new Date(at))
  yield* Effect.forEach(
    steps,
    (step) => {
      at = step.at
      return take(step)
    },
    { discard: true }
  ).pipe(Effect.provideService(Clock.Clock, clock), Random.withSeed("demo"))
})

const taker = Effect.gen(function* () {
  const activities = yield* Activities
  const contacts = yield* Contacts
  const deals = yield* Deals
  const events = yield* TrackedEvents
  const tasks = yield* Tasks
  const people = new Map<number, ContactId>()
  const dealIds = new Map<number, DealId>()

  return Effect.fnUntraced(function* (step: Step) {
    if (step.kind === "contact") {
      const { id } = yield* contacts.create(step.input)
      people.set(step.person, id)
      return
    }
    if (step.kind === "stage") {
      const id = dealIds.get(step.deal)
      if (id !== undefined) yield* deals.changeStage(id, step.change)
      return
    }
    const contactId = people.get(step.person)
    if (contactId === undefined) return
    switch (step.kind) {
      case "event":
        yield* events.record([{ contactId, event: step.event, properties: { details: step.details } }])
        return
      case "activity":
        yield* activities.create({ ...step.input, contactId })
        return
      case "task":
        yield* tasks.create({ ...step.input, contactId })
        return
      case "deal": {
        const { id } = yield* deals.create({ ...step.input, contactId })
        dealIds.set(step.deal, id)
        return
      }
    }
  })
})
