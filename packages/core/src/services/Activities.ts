/** Activities: logged, looked at, listed, and taken away again. None is ever changed. */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Activity from "../domain/Activity.ts"
import {
  ActivityNotFound,
  type ContactNotFound,
  type DealNotFound,
  type StorageError,
  type ValidationError
} from "../domain/Errors.ts"
import { type ActivityId, activityId } from "../domain/Ids.ts"
import * as Query from "../domain/Query.ts"
import * as Time from "../domain/Time.ts"
import { validator } from "../domain/Validation.ts"
import { ActivityStore } from "../ports/ActivityStore.ts"
import { ContactStore } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { ActivityLog } from "./ActivityLog.ts"
import * as Walk from "./Walk.ts"

export type ActivityQuery = Activity.ActivityFilter & Walk.LeafQuery

export class Activities extends Context.Service<
  Activities,
  {
    /** Logs what was done with a contact or on a deal. */
    readonly create: (
      input: Activity.ActivityCreate
    ) => Effect.Effect<Activity.Activity, ContactNotFound | DealNotFound | StorageError | ValidationError, CurrentActor>
    readonly get: (id: ActivityId) => Effect.Effect<Activity.Activity, ActivityNotFound | StorageError, CurrentActor>
    readonly remove: (id: ActivityId) => Effect.Effect<void, ActivityNotFound | StorageError, CurrentActor>
    /** A page of the activities that match, the latest first, with their exact number. */
    readonly list: (
      query: ActivityQuery
    ) => Effect.Effect<Query.Page<Activity.Activity>, StorageError | ValidationError, CurrentActor>
  }
>()("@clientele/core/services/Activities") {
  static readonly layer: Layer.Layer<
    Activities,
    never,
    ActivityLog | ActivityStore | ContactStore | IdGenerator | UnitOfWork
  > = Layer.effect(
    Activities,
    Effect.gen(function* () {
      const contacts = yield* ContactStore
      const ids = yield* IdGenerator
      const log = yield* ActivityLog
      const store = yield* ActivityStore
      const uow = yield* UnitOfWork
      const zone = yield* Time.TenantZone

      const create = Effect.fn("Activities.create")(function* (input: Activity.ActivityCreate) {
        const valid = yield* Effect.fromResult(validateCreate(input))
        const { userId } = yield* CurrentActor
        const named = yield* Effect.fromResult(Activity.requireLinks(Activity.linksOf(valid)))
        const links = yield* log.attach(named)
        const [body = ""] = yield* ids.bodies(1)
        const activity = Activity.create(valid, links, {
          id: activityId(body),
          by: userId,
          now: yield* DateTime.now
        })
        yield* log.add(activity)
        return activity
      }, uow.transaction)

      const find = Effect.fnUntraced(function* (id: ActivityId) {
        const { tenantId } = yield* CurrentActor
        const found = yield* store.find(tenantId, id)
        return Option.isSome(found) ? found.value : yield* new ActivityNotFound({ activityId: id })
      })

      const get = Effect.fn("Activities.get")(find)

      const remove = Effect.fn("Activities.remove")(function* (id: ActivityId) {
        const { tenantId } = yield* CurrentActor
        let activity = yield* find(id)
        for (;;) {
          const { contactId } = activity
          if (contactId !== null) yield* contacts.lockIds(tenantId, [contactId])
          // Until its contact is locked, a merge may give it to another one.
          activity = yield* find(id)
          if (activity.contactId === contactId) break
        }
        if (!(yield* log.remove(activity))) return yield* new ActivityNotFound({ activityId: id })
      }, uow.transaction)

      const list = Effect.fn("Activities.list")(function* (query: ActivityQuery) {
        const { tenantId } = yield* CurrentActor
        const valid = yield* Effect.fromResult(validateQuery(query))
        const { cursor: _c, limit: _l, page: _p, ...filter } = valid
        const { endDate, startDate, ...plain } = filter
        const criteria = {
          ...plain,
          ...(startDate !== undefined && { from: Time.firstMoment(startDate, zone) }),
          ...(endDate !== undefined && { to: Time.lastMoment(endDate, zone) })
        }
        return yield* Walk.numberedPage({
          query: valid,
          scope: { list: "activities", ...filter },
          read: (limit, after, offset) => store.list(tenantId, criteria, { limit, after, offset }),
          count: store.count(tenantId, criteria),
          positionOf: ({ id, occurredAt }) => ({ key: DateTime.formatIso(occurredAt), id })
        })
      }, uow.snapshot)

      return Activities.of({ create, get, remove, list })
    })
  )
}

// internal

const validateCreate = validator(Activity.ActivityCreate)
const validateQuery = validator(Schema.Struct({ ...Activity.ActivityFilter.fields, ...Walk.leafFields }))
