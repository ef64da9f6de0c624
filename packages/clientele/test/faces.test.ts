import type { Crm, DomainEvents, IdempotencyKeys } from "@clientele/core"
import { defineCrm } from "@clientele/core"
import { Schema } from "effect"
import { describe, expectTypeOf, it } from "vitest"
import type { CrmError, Faces, Follow, services } from "../src/internal/faces.ts"

const definition = defineCrm({
  contact: {
    tier: Schema.Literals(["gold", "silver"]),
    seats: Schema.Int,
    renews_on: Schema.DateTimeUtcFromString
  }
})
const open = defineCrm({ contact: { seats: Schema.Int }, open: true })
type Typed = Faces<typeof definition>

type Mapping = Exclude<Parameters<Typed["imports"]["contacts"]>[0]["mapping"], undefined>
type Predicate = Parameters<Typed["segments"]["create"]>[0]["predicate"]

describe("the services by name", () => {
  it("are all of them but events and keys of requests, which are no actor's", () => {
    expectTypeOf<(typeof services)[keyof typeof services]["Identifier"]>().toEqualTypeOf<
      Exclude<Crm.Crm, DomainEvents | IdempotencyKeys>
    >()
  })
})

describe("the promise face", () => {
  it("takes and gives plain values", () => {
    type Create = Faces["contacts"]["create"]
    expectTypeOf<Parameters<Faces["activities"]["create"]>[0]["occurredAt"]>().toEqualTypeOf<Date | undefined>()
    expectTypeOf<Awaited<ReturnType<Create>>["createdAt"]>().toEqualTypeOf<Date>()
    expectTypeOf<Awaited<ReturnType<Create>>["id"]>().toEqualTypeOf<string>()
    expectTypeOf<Awaited<ReturnType<Create>>["status"]>().toEqualTypeOf<"active" | "inactive">()
    expectTypeOf<Parameters<Faces["contacts"]["get"]>>().toEqualTypeOf<[id: string]>()
    expectTypeOf<Awaited<ReturnType<Faces["deals"]["get"]>>["value"]>().toEqualTypeOf<number>()
  })

  it("has the custom fields of a definition", () => {
    type Fields = Awaited<ReturnType<Typed["contacts"]["get"]>>["customFields"]
    expectTypeOf<Fields>().toEqualTypeOf<{
      readonly tier?: "gold" | "silver"
      readonly seats?: number
      readonly renews_on?: Date
    }>()
    expectTypeOf<
      Awaited<ReturnType<Typed["contacts"]["list"]>>["data"][number]["customFields"]
    >().toEqualTypeOf<Fields>()
    expectTypeOf<Awaited<ReturnType<Typed["merges"]["preview"]>>["contact"]["customFields"]>().toEqualTypeOf<Fields>()
    type Given = Exclude<Parameters<Typed["contacts"]["create"]>[0]["customFields"], null | undefined>
    expectTypeOf<Given["tier"]>().toEqualTypeOf<"gold" | "silver" | null | undefined>()
    expectTypeOf<Given["renews_on"]>().toEqualTypeOf<Date | null | undefined>()
    type Event = ReturnType<Follow<typeof definition>> extends AsyncIterable<infer A> ? A : never
    type Created = Extract<Event["event"], { readonly type: "crm.contact_created" }>
    expectTypeOf<Created["data"]["customFields"]>().toEqualTypeOf<Fields>()
    expectTypeOf<Awaited<ReturnType<Faces["contacts"]["get"]>>["customFields"]>().toEqualTypeOf<{
      readonly [key: string]: boolean | number | string | ReadonlyArray<string>
    }>()

    expectTypeOf({ name: "Name", "custom_fields.seats": "Seats", "social.x": "X" }).toExtend<Mapping>()
    expectTypeOf<Parameters<Typed["imports"]["deals"]>[0]["mapping"]>().toEqualTypeOf<
      Parameters<Faces["imports"]["deals"]>[0]["mapping"]
    >()
    expectTypeOf({ field: "custom_fields.seats", operator: "between", value: [1, 5] } as const).toExtend<Predicate>()
    expectTypeOf({ field: "score", operator: "gte", value: 80 } as const).toExtend<Predicate>()
  })

  it("refuses what a definition does not have, by the compiler", () => {
    const asks = (predicate: Predicate) => predicate
    const maps = (mapping: Mapping) => mapping
    const refused = ({ contacts }: Typed) => [
      // @ts-expect-error no such tier
      contacts.create({ name: "Jane", customFields: { tier: "bronze" } }),
      // @ts-expect-error no such field
      contacts.create({ name: "Jane", customFields: { saets: 5 } }),
      // @ts-expect-error a number
      contacts.update("id", { customFields: { seats: "5" } }),
      // @ts-expect-error no such field
      asks({ field: "custom_fields.saets", operator: "exists" }),
      // @ts-expect-error a number has no parts
      asks({ field: "custom_fields.seats", operator: "contains", value: "5" }),
      // @ts-expect-error tiers have no order
      asks({ field: "custom_fields.tier", operator: "gte", value: "gold" }),
      // @ts-expect-error no such tier
      asks({ not: { field: "custom_fields.tier", operator: "eq", value: "b" } }),
      // @ts-expect-error no such field
      maps({ "custom_fields.saets": "Seats" })
    ]
    expectTypeOf(refused).toBeFunction()
  })

  it("has whatever else there is where a definition is open", () => {
    type Fields = Awaited<ReturnType<Faces<typeof open>["contacts"]["get"]>>["customFields"]
    expectTypeOf<Fields["seats"]>().toEqualTypeOf<number | undefined>()
    expectTypeOf<Fields["other"]>().toEqualTypeOf<unknown>()
  })

  it("has only what an actor does", () => {
    expectTypeOf<keyof Faces["contacts"]>().toEqualTypeOf<
      "create" | "get" | "history" | "list" | "remove" | "restore" | "update"
    >()
  })

  it("knows every error by its tag", () => {
    expectTypeOf<Extract<CrmError, { readonly _tag: "DuplicateContact" }>["contactId"]>().toBeString()
    expectTypeOf<"MergeConflict">().toExtend<CrmError["_tag"]>()
    expectTypeOf<"SqlError">().not.toExtend<CrmError["_tag"]>()
  })
})
