import type { Crm, DomainEvents } from "@clientele/core"
import { describe, expectTypeOf, it } from "vitest"
import type { CrmError, Faces, services } from "../src/internal/faces.ts"

describe("the services by name", () => {
  it("are all of them but the events, which are nobody's", () => {
    expectTypeOf<(typeof services)[keyof typeof services]["Identifier"]>().toEqualTypeOf<
      Exclude<Crm.Crm, DomainEvents>
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
