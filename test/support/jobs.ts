/** A kind of job for tests that cross processes, and the services over a database that anybody may run it with. */
import {
  Contacts,
  Crm,
  CurrentActor,
  type EnrichmentProvider,
  EnrichmentProviders,
  Job,
  JobHandler,
  Jobs,
  TenantId,
  TimeOrderedIds,
  UserId
} from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import * as Postgres from "@clientele/sql-pg"
import * as Sqlite from "@clientele/sql-sqlite-node"
import { Effect, Layer, Redacted, Schema } from "effect"

/** Creates a contact in every batch, so that one that is lost or done twice is seen. */
export const numbering = JobHandler.type({
  kind: "numbering",
  params: Schema.Struct({ contacts: Schema.Int }),
  position: Schema.Int,
  result: Schema.Struct({ created: Schema.Int })
})

/** The kind; `during` is part of every batch. */
export const numberingHandler = (
  during: (number: number) => Effect.Effect<void, JobHandler.Reason> = () => Effect.void
) =>
  Effect.map(Contacts, (contacts) =>
    JobHandler.make(
      numbering,
      Effect.fnUntraced(function* ({ params, position }) {
        const number = position ?? 0
        yield* contacts.create({ name: `Contact ${number}` })
        yield* during(number)
        const done = number + 1
        const result = { created: done }
        return done === params.contacts
          ? Job.completed({ done, result })
          : Job.more({ position: done, done, total: params.contacts, result })
      })
    )
  )

/** The kind, with something to wait for before every batch. */
export const preparedHandler = (before: (number: number) => Effect.Effect<void>) =>
  Effect.map(Contacts, (contacts) =>
    JobHandler.prepared(
      numbering,
      ({ position }) => Effect.as(before(position ?? 0), `Contact ${position ?? 0}`),
      Effect.fnUntraced(function* ({ done, params }, name) {
        yield* contacts.create({ name })
        const reached = { done: done + 1, result: { created: done + 1 } }
        return reached.done === params.contacts
          ? Job.completed(reached)
          : Job.more({ ...reached, position: reached.done })
      })
    )
  )

/** The services, with the kind made known to runners. */
export const servicesOver = (url: string) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const jobs = yield* Jobs
      yield* jobs.register(yield* numberingHandler())
    })
  ).pipe(Layer.provideMerge(servicesWithoutKind(url)))

export const servicesWithoutKind = (url: string) =>
  Crm.layer.pipe(
    Layer.provide(Layer.succeed(EnrichmentProviders, [register])),
    Layer.provideMerge(Layer.mergeAll(storage(url), TimeOrderedIds.layer, PhoneNumbers.layer()))
  )

/** Runs an effect in a process beside that of a server, as a user of a tenant. */
export const beside =
  (url: string, tenant: string) =>
  <A, E>(self: Effect.Effect<A, E, CurrentActor | Layer.Success<ReturnType<typeof servicesOver>>>): Promise<A> =>
    Effect.runPromise(
      self.pipe(Effect.provide(servicesOver(url)), Effect.provideService(CurrentActor, actorOf(tenant)))
    )

export const actorOf = (tenant: string) =>
  CurrentActor.of({
    tenantId: TenantId.make(tenant),
    userId: UserId.make("user_1"),
    userName: "Ann",
    roles: ["sales"]
  })

// internal

/** Knows where everybody works. */
const register: EnrichmentProvider = {
  name: "register",
  fields: ["company"],
  enrich: ({ name }) => Effect.succeed({ data: { company: { name: `Employer of ${name}` } }, confidence: 1 })
}

const storage = (url: string) =>
  url.startsWith("postgres://") ? Postgres.layer({ url: Redacted.make(url) }) : Sqlite.layer({ filename: url })
