/** The outbox: one row per event, in the transaction of its change. */
import { DomainEvent, subjectsOf } from "@clientele/core/domain/Events"
import { Outbox } from "@clientele/core/ports/Outbox"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Dialect } from "./Dialect.ts"
import { toStorageError } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"

export const layer: Layer.Layer<Outbox, never, Dialect> = Layer.effect(
  Outbox,
  Effect.gen(function* () {
    const { insert } = yield* Dialect
    const { outbox } = tables(yield* TablePrefix)

    const append = Effect.fn("Outbox.append")(
      function* (tenantId: string, events: ReadonlyArray<DomainEvent>) {
        const bodies = yield* encodeEvents(events)
        yield* insert(
          outbox,
          Arr.zipWith(bodies, events, (body, event) => {
            const { contactId, dealId } = subjectsOf(event)
            return {
              tenant_id: tenantId,
              id: body.id,
              contact_id: contactId,
              deal_id: dealId,
              type: body.type,
              occurred_at: body.timestamp,
              body: JSON.stringify(body)
            }
          })
        )
      },
      Effect.mapError(toStorageError("Outbox.append"))
    )

    return Outbox.of({ append })
  })
)

// internal

const encodeEvents = Schema.encodeEffect(Schema.Array(DomainEvent))
