/** The services of the domain as one record, and their promise faces over some context. */
import type { CurrentActor } from "@clientele/core/ports/CurrentActor"
import { Activities } from "@clientele/core/services/Activities"
import { BulkUpdates } from "@clientele/core/services/BulkUpdates"
import { Contacts } from "@clientele/core/services/Contacts"
import type { Crm } from "@clientele/core/services/Crm"
import { Deals } from "@clientele/core/services/Deals"
import { DuplicateSuggestions } from "@clientele/core/services/DuplicateSuggestions"
import { DomainEvents, type Following } from "@clientele/core/services/DomainEvents"
import { Enrichments } from "@clientele/core/services/Enrichments"
import { Exports } from "@clientele/core/services/Exports"
import { Imports } from "@clientele/core/services/Imports"
import { Jobs } from "@clientele/core/services/Jobs"
import { LeadScoring } from "@clientele/core/services/LeadScoring"
import { Merges } from "@clientele/core/services/Merges"
import { Notes } from "@clientele/core/services/Notes"
import { Pipelines } from "@clientele/core/services/Pipelines"
import { Privacy } from "@clientele/core/services/Privacy"
import { ProductCatalog } from "@clientele/core/services/ProductCatalog"
import type { Definition } from "@clientele/core/domain/Definition"
import type { Given, Plain } from "@clientele/core/domain/Plain"
import type { Committed } from "@clientele/core/ports/Outbox"
import { type ErrorsOf, faces, type Promised, type Runner } from "@clientele/core/domain/Promised"
import { type Gives, type Typed, typed } from "@clientele/core/domain/Typed"
import { Reports } from "@clientele/core/services/Reports"
import { Segments } from "@clientele/core/services/Segments"
import { Tasks } from "@clientele/core/services/Tasks"
import { TrackedEvents } from "@clientele/core/services/TrackedEvents"
import { Webhooks } from "@clientele/core/services/Webhooks"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { Around } from "./transactions.ts"

/** Every service of an actor under the name that hosts know it by. */
export const services = {
  activities: Activities,
  bulkUpdates: BulkUpdates,
  contacts: Contacts,
  deals: Deals,
  duplicates: DuplicateSuggestions,
  enrichments: Enrichments,
  exports: Exports,
  imports: Imports,
  jobs: Jobs,
  merges: Merges,
  notes: Notes,
  pipelines: Pipelines,
  privacy: Privacy,
  products: ProductCatalog,
  reports: Reports,
  scoring: LeadScoring,
  segments: Segments,
  tasks: Tasks,
  trackedEvents: TrackedEvents,
  webhooks: Webhooks
} as const

type Shapes = { readonly [K in keyof typeof services]: (typeof services)[K]["Service"] }

/** Whether the host has said what its contacts have. */
export type Defined = Definition | undefined

/** What one actor can do, with the custom fields that the host has defined. */
export type Faces<D extends Defined = undefined> = { readonly [K in keyof Shapes]: Promised<Shape<K, D>, CurrentActor> }

type Shape<K extends keyof Shapes, D extends Defined> = [D] extends [Definition]
  ? K extends WithFields
    ? Typed<Shapes[K], D>
    : Shapes[K]
  : Shapes[K]

/** The services that take or give custom fields, or ask for them. */
type WithFields = "bulkUpdates" | "contacts" | "imports" | "merges" | "segments"

/** Every error that a method declares. */
export type CrmError = { readonly [K in keyof Faces]: ErrorsOf<Faces[K]> }[keyof Faces]

/**
 * Whether a promise was rejected with an error that a method declares, which `_tag` then tells from the others.
 *
 * @example
 * ```ts
 * import { createCrm, isCrmError } from "clientele"
 *
 * const crm = await createCrm({ database: "sqlite:crm.db" })
 * const sales = crm.as({ tenant: "acme", user: "user_1" })
 * try {
 *   await sales.contacts.create({ name: "Jane Doe", email: "jane@example.com" })
 * } catch (error) {
 *   if (!isCrmError(error) || error._tag !== "DuplicateContact") throw error
 *   console.log(`${error.contactId} has the address`)
 * }
 * ```
 */
export const isCrmError = (error: unknown): error is CrmError =>
  error instanceof Error &&
  Predicate.hasProperty(error.constructor, "identifier") &&
  String(error.constructor.identifier).startsWith("@clientele/core/")

/** Committed events of all tenants, or of one, as they come. */
export type Follow<D extends Defined = undefined> = (
  following?: Given<Following>
) => AsyncIterable<Plain<[D] extends [Definition] ? Gives<Committed, D> : Committed>>

/** Reads events in a context; nobody's, because they are for programs. */
export const followIn = <D extends Defined>(
  context: Context.Context<DomainEvents>,
  definition: D | undefined
): Follow<D> => {
  const events = Context.get(context, DomainEvents)
  return faces<{ readonly events: { readonly follow: Follow<D> } }, DomainEvents>(
    { events: definition === undefined ? events : typed(events, definition) },
    runnerIn(context)
  ).events.follow
}

/** The services as one actor's, run in a context; `around` is put around every call. */
export const facesOver = <D extends Defined>(
  shapes: FaceShapes,
  context: Context.Context<Crm | CurrentActor>,
  around: Around = plainly
): Faces<D> => faces<Faces<D>, Crm | CurrentActor>(shapes, runnerIn(context, around))

/** Services as faces are made of them. */
export interface FaceShapes {
  readonly [name: string]: { readonly [method: string]: unknown }
}

/** The services of a context, those that handle custom fields as they are defined. */
export const shapesOf = (definition: Defined): Effect.Effect<FaceShapes, never, Crm> =>
  Effect.map(Effect.all(services), (shapes) =>
    definition === undefined
      ? shapes
      : {
          ...shapes,
          bulkUpdates: typed(shapes.bulkUpdates, definition),
          contacts: typed(shapes.contacts, definition),
          merges: typed(shapes.merges, definition)
        }
  )

// internal

const plainly: Around = (call) => call

const runnerIn = <R>(context: Context.Context<R>, around: Around = plainly): Runner<R> => ({
  promise: (call) => Effect.runPromiseWith(context)(around(call)),
  iterable: (stream) => Stream.toAsyncIterableWith(stream, context)
})
