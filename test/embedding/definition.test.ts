/** Custom fields that the host has defined, in and out, and what is refused. */
import { assert, describe, it } from "@effect/vitest"
import { createCrm, defineCrm, isCrmError } from "clientele"
import { Effect, Schema } from "effect"
import { actor, databases, rejection } from "./databases.ts"

const definition = defineCrm({
  contact: {
    tier: Schema.Literals(["gold", "silver"]),
    seats: Schema.Int,
    renews_on: Schema.DateTimeUtcFromString
  }
})

describe.each(databases)("createCrm with a definition on $name", ({ url }) => {
  it.live("takes and gives custom fields as they are defined", () =>
    Effect.gen(function* () {
      const database = yield* url
      yield* Effect.promise(async () => {
        const crm = await createCrm({ database, definition })
        const sales = crm.as(actor)
        const renews_on = new Date("2027-01-01T00:00:00Z")
        const { customFields, id } = await sales.contacts.create({
          name: "Jane",
          customFields: { tier: "gold", seats: 5, renews_on }
        })
        assert.deepStrictEqual(customFields, { tier: "gold", seats: 5, renews_on })
        // @ts-expect-error no such tier
        const error = await rejection(sales.contacts.update(id, { customFields: { tier: "bronze" } }))
        assert.deepStrictEqual(
          isCrmError(error) && error._tag === "ValidationError" && error.issues.map(({ path }) => path),
          ["customFields.tier"]
        )
        await crm.close()
      })
    })
  )
})
