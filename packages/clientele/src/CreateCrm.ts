/**
 * A CRM inside a process that does not use Effect: every service of the domain as promises, on a database file, a
 * Postgres, or a client that the host has.
 *
 * Times are `Date`s and amounts are numbers, in and out; names are those of the domain. A promise is rejected with the
 * tagged error that the service declares, which `isCrmError` tells from everything else, or with a defect.
 */
import { TenantId, UserId } from "@clientele/core/domain/Ids"
import { Currency } from "@clientele/core/domain/Money"
import { CurrentActor } from "@clientele/core/ports/CurrentActor"
import type { Crm } from "@clientele/core/services/Crm"
import { MayLag } from "@clientele/core/ports/UnitOfWork"
import * as JobRunner from "@clientele/core/services/JobRunner"
import * as Maintenance from "@clientele/core/services/Maintenance"
import { walk } from "@clientele/core/domain/Promised"
import type * as HttpProvider from "@clientele/enrichment/HttpProvider"
import type { Region } from "@clientele/enrichment/PhoneNumbers"
import * as Postgres from "@clientele/sql-pg"
import * as Sqlite from "@clientele/sql-sqlite-node"
import { Dispatcher, Sender } from "@clientele/webhooks"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { SqlClient } from "effect/sql/SqlClient"
import * as Database from "./Database.ts"
import {
  type CrmError,
  type Defined,
  type Faces,
  facesOver,
  type Follow,
  followIn,
  isCrmError,
  shapesOf
} from "./internal/faces.ts"
import { type HandlerOptions, makeHandlers } from "./internal/handlers.ts"
import { type Handle, layerClient, makeJoin } from "./internal/hostTransactions.ts"
import * as HostPorts from "./internal/hostPorts.ts"
import { inTransaction } from "./internal/transactions.ts"
import * as Services from "./Services.ts"

export { isCrmError, walk }
export { defineCrm } from "@clientele/core/domain/Definition"
export type { CrmError, Defined, Faces, Follow, Handle, HandlerOptions }
export type { HostProduct, HostProducts, HostProvider } from "./internal/hostPorts.ts"

/** Who calls. */
export interface Actor {
  readonly tenant: string
  readonly user: string
  /** The user's name, for people to read. */
  readonly name?: string
  readonly roles?: ReadonlyArray<string>
  /** Whether what is read may be a little older than what was written last, and so come from a replica: no. */
  readonly mayLag?: boolean
}

export interface Options<D extends Defined = Defined> extends HostPorts.HostPorts {
  /** `sqlite:FILE`, `sqlite::memory:`, `postgres://…`, or the host's own client of Effect. */
  readonly database: string | SqlClient
  /** `postgres://…` of a standby of a named Postgres, for callers who say that their reads may lag. */
  readonly replica?: string
  /** Whether tables are created and updated: yes for a database that is named, no for a client of the host. */
  readonly migrate?: boolean
  /**
   * Whether jobs are run, webhooks sent and what is due by the clock done in this process. No unless said so: see `runDue`.
   */
  readonly background?: boolean
  /** The currency of totals: USD. */
  readonly currency?: string
  /** The zone in which days begin and end: UTC. */
  readonly timeZone?: string
  /** The country whose phone numbers come without `+`. */
  readonly phoneRegion?: Region
  /** The service that is asked for more about contacts, beside what the library knows by itself. */
  readonly enrichment?: HttpProvider.Options
  /** Whether webhooks may be sent to addresses of private networks: no. */
  readonly allowPrivateWebhooks?: boolean
  /** Which custom fields contacts have, and what they hold: any, unless said so. */
  readonly definition?: D
}

/** What an actor does, and several of it in one transaction. */
export interface ActorCrm<D extends Defined = undefined> extends Faces<D> {
  /**
   * Runs calls so that all they write lasts, or nothing does: `work` is rejected, and it is undone. Calls on `crm` are
   * inside, one after the other; they end with it.
   */
  readonly transaction: <A>(work: (crm: Faces<D>) => Promise<A>) => Promise<A>
}

export interface Clientele<D extends Defined = undefined> {
  readonly as: (actor: Actor) => ActorCrm<D>
  /**
   * The same inside a transaction that the host has open on a connection of its own to the same database: each command
   * is a savepoint there, and lasts if the host commits. Without a transaction that is open, on Postgres commands are
   * rejected, and on SQLite each is one of its own.
   */
  readonly within: (handle: Handle, actor: Actor) => Faces<D>
  /**
   * Domain events of all tenants, or of one, as they are committed, without an end; from the oldest that is kept, or behind
   * the `position` of one that was seen.
   */
  readonly events: Follow<D>
  /** The HTTP API as a function from `Request` to `Response`. Who calls is in the bearer token of each request. */
  readonly handler: (options: HandlerOptions) => Promise<(request: Request) => Promise<Response>>
  /** Does what is due by the clock, runs the jobs that wait and sends what webhooks wait for, for hosts with a scheduler of their own. */
  readonly runDue: () => Promise<void>
  /** Lets the database go; jobs of this process are left at the end of a batch. Calls have to be over by then. */
  readonly close: () => Promise<void>
}

/**
 * Opens a CRM.
 *
 * @example
 * ```ts
 * import { createCrm } from "clientele"
 *
 * const crm = await createCrm({ database: "sqlite:crm.db" })
 * const sales = crm.as({ tenant: "acme", user: "user_1", roles: ["sales"] })
 * const jane = await sales.contacts.create({ name: "Jane Doe", email: "jane@example.com" })
 * await sales.deals.create({ name: "Enterprise License", contactId: jane.id, value: 12_500.5 })
 * await crm.close()
 * ```
 */
export const createCrm = async <D extends Defined = undefined>(options: Options<D>): Promise<Clientele<D>> => {
  const own = await open(layerOf(options), options.definition)
  const dialect = dialectOf(Context.get(own.context, SqlClient))
  const hosts = await open(hostLayerOf(options, dialect), options.definition)
  const join = makeJoin(dialect, Context.get(hosts.context, SqlClient))
  const handlers = makeHandlers(own.context, options.definition)
  return {
    as: (actor) => {
      const context = asActor(own.context, actor)
      return {
        ...facesOver<D>(own.shapes, context),
        transaction: (work) =>
          inTransaction(context, (inside, around) => work(facesOver<D>(own.shapes, inside, around)))
      }
    },
    within: (handle, actor) => facesOver<D>(hosts.shapes, asActor(hosts.context, actor), join(handle)),
    events: followIn<D>(own.context, options.definition),
    handler: handlers.make,
    runDue: () => own.runtime.runPromise(runDue),
    close: async () => {
      await handlers.dispose()
      await hosts.runtime.dispose()
      await own.runtime.dispose()
    }
  }
}

// internal

/** Builds a layer at once, so that what is wrong with it is told of here and not with the first call. */
const open = async <R, E>(layer: Layer.Layer<R | Crm, E>, definition: Defined) => {
  const runtime = ManagedRuntime.make(layer)
  try {
    return { runtime, context: await runtime.context(), shapes: await runtime.runPromise(shapesOf(definition)) }
  } catch (error) {
    await runtime.dispose()
    throw error
  }
}

const asActor = <R>(context: Context.Context<R>, { mayLag = false, name, roles = [], tenant, user }: Actor) =>
  Context.add(context, CurrentActor, {
    tenantId: TenantId.make(tenant),
    userId: UserId.make(user),
    userName: name ?? null,
    roles
  }).pipe(Context.add(MayLag, mayLag))

const layerOf = (options: Options) => {
  const services = Services.layer(settingsOf(options), storageOf(options), HostPorts.layer(options))
  const background =
    options.background === true ? Layer.mergeAll(Maintenance.layer, JobRunner.layer, Dispatcher.layer) : Layer.empty
  return background.pipe(
    Layer.provideMerge(services),
    Layer.provideMerge(Sender.layer({ allowPrivate: options.allowPrivateWebhooks ?? false }))
  )
}

/** The services once more, over connections of the host. */
const hostLayerOf = (options: Options, dialect: "pg" | "sqlite") => {
  const storage = Layer.provideMerge(adapters[dialect].layerStorage, layerClient(dialect))
  return Services.layer(settingsOf(options), storage, HostPorts.layer(options))
}

const settingsOf = ({
  currency = "USD",
  definition,
  enrichment,
  phoneRegion,
  timeZone = "UTC"
}: Options): Services.Options => ({
  currency: Currency.make(currency),
  exchangeRates: new Map(),
  timeZone: DateTime.zoneMakeNamedUnsafe(timeZone),
  phoneRegion,
  enrichment,
  definition
})

const storageOf = ({ database, migrate, replica }: Options) => {
  if (replica !== undefined && (typeof database !== "string" || database.startsWith("sqlite:"))) {
    throw new TypeError("Expected a database that is named by postgres://…: no other one can have a replica")
  }
  if (typeof database !== "string") return storageOver(database, migrate ?? false)
  const named = Database.fromUrl(decodeUrl(database))
  const options = replica === undefined ? {} : { replica: Redacted.make(decodeReplica(replica)) }
  return migrate === false ? Database.layerStorage(named, options) : Database.layer(named, options)
}

const decodeUrl = Schema.decodeSync(Database.DatabaseUrl)
const decodeReplica = Schema.decodeSync(Database.ReplicaUrl)

const storageOver = (client: SqlClient, migrate: boolean) => {
  const { layerMigrations, layerStorage } = adapters[dialectOf(client)]
  return layerStorage.pipe(
    Layer.provideMerge(migrate ? layerMigrations : Layer.empty),
    Layer.provideMerge(Layer.succeed(SqlClient, client))
  )
}

const adapters = { pg: Postgres, sqlite: Sqlite }

const dialectOf = (client: SqlClient) =>
  client.onDialectOrElse({
    sqlite: () => "sqlite" as const,
    pg: () => "pg" as const,
    orElse: () => {
      throw new TypeError("Expected a client of SQLite or of Postgres")
    }
  })

const runDue = Effect.gen(function* () {
  const now = yield* DateTime.now
  yield* Maintenance.runDue(now)
  yield* JobRunner.runDue(now)
  yield* Dispatcher.runDue(now)
})
