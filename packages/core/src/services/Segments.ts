/** Saved segments of a tenant, and what a segment's name means there. */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Definition from "../domain/Definition.ts"
import { SegmentNotFound, type StorageError, ValidationError } from "../domain/Errors.ts"
import * as Segment from "../domain/Segment.ts"
import { validator } from "../domain/Validation.ts"
import type { Criteria } from "../ports/ContactStore.ts"
import { CrmDefinition } from "../ports/CrmDefinition.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { SegmentStore } from "../ports/SegmentStore.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { ContactScoring } from "./ContactScoring.ts"

export class Segments extends Context.Service<
  Segments,
  {
    readonly list: Effect.Effect<ReadonlyArray<Segment.SegmentDefinition>, StorageError, CurrentActor>
    readonly get: (
      key: string
    ) => Effect.Effect<Segment.SegmentDefinition, SegmentNotFound | StorageError, CurrentActor>
    /** Saves a segment under a key that is free. */
    readonly create: (
      segment: Segment.SegmentDefinition
    ) => Effect.Effect<Segment.SegmentDefinition, StorageError | ValidationError, CurrentActor>
    readonly replace: (
      segment: Segment.SegmentDefinition
    ) => Effect.Effect<Segment.SegmentDefinition, SegmentNotFound | StorageError | ValidationError, CurrentActor>
    readonly remove: (key: string) => Effect.Effect<void, SegmentNotFound | StorageError, CurrentActor>
    /** The condition on contacts that a name stands for now: a built-in segment, a saved one, or a tag. */
    readonly criteria: (name: string) => Effect.Effect<Pick<Criteria, "segment" | "tag">, StorageError, CurrentActor>
  }
>()("@clientele/core/services/Segments") {
  static readonly layer: Layer.Layer<Segments, never, ContactScoring | SegmentStore | UnitOfWork> = Layer.effect(
    Segments,
    Effect.gen(function* () {
      const definition = yield* CrmDefinition
      const scoring = yield* ContactScoring
      const store = yield* SegmentStore
      const uow = yield* UnitOfWork

      const accept = Effect.fnUntraced(function* (segment: Segment.SegmentDefinition) {
        const valid = yield* Effect.fromResult(validate(segment))
        const issues = Definition.predicateIssues(definition, valid.predicate)
        return issues.length > 0 ? yield* new ValidationError({ issues }) : valid
      })

      const list = Effect.flatMap(CurrentActor, ({ tenantId }) => store.all(tenantId))

      const get = Effect.fn("Segments.get")(function* (key: string) {
        if (!isKey(key)) return yield* new SegmentNotFound({ key })
        const { tenantId } = yield* CurrentActor
        const found = yield* store.find(tenantId, key)
        return yield* Option.isNone(found) ? new SegmentNotFound({ key }) : Effect.succeed(found.value)
      })

      const create = Effect.fn("Segments.create")(function* (segment: Segment.SegmentDefinition) {
        const valid = yield* accept(segment)
        const { tenantId } = yield* CurrentActor
        if (!(yield* store.insert(tenantId, valid))) return yield* keyTaken
        return valid
      }, uow.transaction)

      const replace = Effect.fn("Segments.replace")(function* (segment: Segment.SegmentDefinition) {
        const valid = yield* accept(segment)
        const { tenantId } = yield* CurrentActor
        if (!(yield* store.replace(tenantId, valid))) return yield* new SegmentNotFound({ key: valid.key })
        return valid
      }, uow.transaction)

      const remove = Effect.fn("Segments.remove")(function* (key: string) {
        const { tenantId } = yield* CurrentActor
        if (!isKey(key) || !(yield* store.remove(tenantId, key))) return yield* new SegmentNotFound({ key })
      }, uow.transaction)

      /** Who is hot depends on the grades of the rules in force. */
      const builtInsNow = Effect.map(scoring.inForce, ({ compiled }) =>
        namedPredicates({ ...Segment.defaultSettings, hotScore: compiled.ruleSet.grades.A.min })
      )

      const criteria = Effect.fnUntraced(function* (name: string) {
        const { tenantId } = yield* CurrentActor
        const builtIn = builtIns.has(name) ? (yield* builtInsNow).get(name) : undefined
        const found = builtIn === undefined ? yield* store.find(tenantId, name) : Option.none()
        const predicate = builtIn ?? Option.getOrUndefined(found)?.predicate
        // A tag has an index of its own, which a predicate has not.
        return predicate === undefined
          ? { tag: name }
          : { segment: { predicate, moment: { now: yield* DateTime.now } } }
      })

      return Segments.of({ list, get, create, replace, remove, criteria })
    })
  )
}

// internal

const validate = validator(Segment.SegmentDefinition)

// What cannot be a key names nothing, and need not be text that every database takes.
const isKey = Schema.is(Segment.SegmentKey)

const namedPredicates = (settings: Segment.BuiltInSettings): ReadonlyMap<string, Segment.Predicate> =>
  new Map(Object.entries(Segment.builtIns(settings)))

const builtIns = namedPredicates(Segment.defaultSettings)

const keyTaken = Effect.fail(
  new ValidationError({ issues: [{ path: "key", message: "A segment with this key exists already" }] })
)
