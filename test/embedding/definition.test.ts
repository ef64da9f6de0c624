/** Custom fields that the host has defined: in and out, in tables and in segments, and what is refused. */
import { assert, describe, it } from "@effect/vitest"
import { type Clientele, createCrm, type Defined, defineCrm, isCrmError, type Options } from "clientele"
import { Generators } from "@clientele/testing"
import { Effect, Result, Schema } from "effect"
import * as fc from "fast-check"
import { phrase, tokenFor } from "../http/server.ts"
import { actor, databases, rejection } from "./databases.ts"

const definition = defineCrm({
  contact: {
    tier: Schema.Literals(["gold", "silver"]),
    seats: Schema.Int,
    vip: Schema.Boolean,
    roles: Schema.Array(Schema.Literals(["buyer", "user"])),
    renews_on: Schema.DateTimeUtcFromString
  }
})

const using = async <D extends Defined, A>(options: Options<D>, use: (crm: Clientele<D>) => Promise<A>): Promise<A> => {
  const crm = await createCrm<D>(options)
  try {
    return await use(crm)
  } finally {
    await crm.close()
  }
}

/** Where input was refused. */
const pathsOf = async (promise: Promise<unknown>) => {
  const error = await rejection(promise)
  return isCrmError(error) && error._tag === "ValidationError" ? error.issues.map(({ path }) => path) : String(error)
}

const renews_on = new Date("2027-01-01T00:00:00Z")

describe.each(databases)("a CRM with a definition on $name", ({ url }) => {
  const on = (test: (database: string) => Promise<void>) => () =>
    Effect.gen(function* () {
      const database = yield* url
      yield* Effect.promise(() => test(database))
    })

  it.live(
    "takes and gives custom fields as they are defined",
    on((database) =>
      using({ database, definition }, async (crm) => {
        const sales = crm.as(actor)
        const given = { tier: "gold", seats: 5, roles: ["buyer"], renews_on } as const
        const jane = await sales.contacts.create({ name: "Jane", customFields: given })
        assert.deepStrictEqual(jane.customFields, given)
        const changed = await sales.contacts.update(jane.id, { customFields: { seats: 6, tier: null, vip: false } })
        const { tier: _, ...others } = given
        assert.deepStrictEqual(changed.customFields, { ...others, seats: 6, vip: false })
        assert.deepStrictEqual((await sales.contacts.list({})).data[0]?.customFields, changed.customFields)
        // A contact may be sent back as it was read.
        assert.strictEqual((await sales.contacts.update(jane.id, { customFields: changed.customFields })).version, 2)

        for await (const { event } of crm.events()) {
          assert.deepStrictEqual(event.type === "crm.contact_created" && event.data.customFields, given)
          break
        }

        await sales.bulkUpdates.update({ contactIds: [jane.id], updates: { customFields: { renews_on: null } } })
        const john = await sales.contacts.create({ name: "John", customFields: { tier: "silver", renews_on } })
        const request = { primaryContactId: jane.id, mergeContactIds: [john.id] }
        const merged = { seats: 6, vip: false, roles: ["buyer"], tier: "silver", renews_on } as const
        assert.deepStrictEqual((await sales.merges.preview(request)).contact.customFields, merged)
        assert.deepStrictEqual((await sales.merges.merge(request)).customFields, merged)
      })
    )
  )

  it.live(
    "refuses what does not fit at its path, and nothing is left of it",
    on((database) =>
      using<Defined, void>({ database, definition }, async (crm) => {
        const sales = crm.as(actor)
        const { id } = await sales.contacts.create({ name: "Jane", customFields: { seats: 5 } })
        const wrong = { tier: "bronze", seats: 1.5, saets: 1, roles: ["king"] }
        const at = (path: string) => ["tier", "seats", "roles[0]", "saets"].map((key) => `${path}.${key}`)
        const refused = async (promise: Promise<unknown>, paths: ReadonlyArray<string>) =>
          assert.sameMembers([...(await pathsOf(promise))], [...paths])

        await refused(sales.contacts.create({ name: "John", customFields: wrong }), at("customFields"))
        await refused(sales.contacts.update(id, { customFields: wrong }), at("customFields"))
        const bulk = { contactIds: [id], updates: { customFields: wrong } }
        await refused(sales.bulkUpdates.update(bulk), at("updates.customFields"))
        await refused(
          sales.segments.create({
            key: "typo",
            name: "Typo",
            predicate: { field: "custom_fields.saets", operator: "exists" }
          }),
          ["predicate.field"]
        )
        await refused(
          sales.imports.contacts({ header: ["a"], rows: noRows(), mapping: { "custom_fields.saets": "a" } }),
          ["mapping.custom_fields.saets"]
        )

        const { data } = await sales.contacts.list({})
        assert.deepStrictEqual(
          data.map(({ customFields, version }) => [customFields, version]),
          [[{ seats: 5 }, 1]]
        )
        assert.strictEqual((await sales.contacts.history(id, {})).data.length, 1)
        assert.deepStrictEqual(await sales.segments.list(), [])
      })
    )
  )

  it.live(
    "keeps what it accepts, and nothing of what it refuses",
    on((database) =>
      using<Defined, void>({ database, definition }, async (crm) => {
        let number = 0
        await fc.assert(
          fc.asyncProperty(fc.array(anyFields, { minLength: 1, maxLength: 6 }), async (all) => {
            const { contacts } = crm.as({ ...actor, tenant: `tenant_${++number}` })
            const outcomes = await Promise.allSettled(
              all.map((customFields) => contacts.create({ name: "Jane", customFields }))
            )
            const kept = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []))
            const fitting = all.filter((fields) => Result.isSuccess(definition.contact.normalise(fields)))
            assert.strictEqual(kept.length, fitting.length)
            const { data } = await contacts.list({})
            assert.sameDeepMembers(
              data.map(({ customFields, id }) => [id, customFields]),
              kept.map(({ customFields, id }) => [id, customFields])
            )
          }),
          { numRuns: 8 }
        )
      })
    )
  )

  it.live(
    "shows what was kept before as far as it fits, and keeps the rest until it is replaced",
    on(async (database) => {
      const before = { tier: "bronze", seats: 5, nickname: "Jay" }
      const [jane, john] = await using({ database }, (crm) => {
        const { contacts } = crm.as(actor)
        return Promise.all([
          contacts.create({ name: "Jane", customFields: before }),
          contacts.create({ name: "John", customFields: { tier: "gold" } })
        ])
      })
      await using({ database, definition }, async (crm) => {
        const sales = crm.as(actor)
        assert.deepStrictEqual((await sales.contacts.get(jane.id)).customFields, { seats: 5 })
        assert.deepStrictEqual((await sales.contacts.update(jane.id, { title: "VP" })).customFields, { seats: 5 })
        const request = { primaryContactId: john.id, mergeContactIds: [jane.id] }
        const fieldPreferences = { "custom_fields.tier": jane.id }
        assert.deepStrictEqual(await pathsOf(sales.merges.preview({ ...request, fieldPreferences })), [
          "field_preferences.custom_fields.tier"
        ])
        await sales.contacts.update(jane.id, { customFields: { tier: "silver" } })
      })
      await using({ database }, async (crm) => {
        const { contacts } = crm.as(actor)
        assert.deepStrictEqual((await contacts.get(jane.id)).customFields, { ...before, tier: "silver" })
      })
      await using<Defined, void>({ database, definition }, async (crm) => {
        const { contacts } = crm.as(actor)
        const { version } = await contacts.get(jane.id)
        assert.strictEqual((await contacts.update(jane.id, { customFields: { nickname: "Jay" } })).version, version)
        assert.deepStrictEqual(await pathsOf(contacts.update(jane.id, { customFields: { nickname: "J" } })), [
          "customFields.nickname"
        ])
        await contacts.update(jane.id, { customFields: { nickname: null } })
      })
      await using({ database }, async (crm) => {
        const { contacts } = crm.as(actor)
        assert.deepStrictEqual((await contacts.get(jane.id)).customFields, { seats: 5, tier: "silver" })
      })
    })
  )

  it.live(
    "reads the cells of a table as they are defined, and finds them by segments",
    on((database) =>
      using({ database, definition }, async (crm) => {
        const sales = crm.as(actor)
        const report = await sales.imports.contacts({
          header: ["Name", "Seats", "Tier", "Renewal"],
          rows: rowsOf([
            ["Jane", "12", "gold", "2027-01-01"],
            ["John", "5", "", ""],
            ["Ann", "many", "gold", ""],
            ["Ben", "1.5", "bronze", "soon"]
          ]),
          mapping: {
            name: "Name",
            "custom_fields.seats": "Seats",
            "custom_fields.tier": "Tier",
            "custom_fields.renews_on": "Renewal"
          }
        })
        assert.sameDeepMembers(
          report.errors.map(({ column, row, value }) => [row, column, value]),
          [
            [3, "Seats", "many"],
            [4, "Seats", "1.5"],
            [4, "Tier", "bronze"],
            [4, "Renewal", "soon"]
          ]
        )
        await sales.segments.create({
          key: "large",
          name: "Large",
          predicate: {
            all: [
              { field: "custom_fields.seats", operator: "gte", value: 10 },
              { field: "custom_fields.renews_on", operator: "gte", value: "2026-01-01" },
              { field: "custom_fields.tier", operator: "in", value: ["gold"] }
            ]
          }
        })
        const { data } = await sales.contacts.list({ segment: "large" })
        assert.deepStrictEqual(
          data.map(({ customFields, name }) => [name, customFields]),
          [["Jane", { seats: 12, tier: "gold", renews_on }]]
        )
      })
    )
  )

  it.live(
    "gives back from a table of its own whatever it accepted",
    on((database) =>
      using({ database, definition }, async (crm) => {
        const of = (tenant: string) => crm.as({ ...actor, tenant })
        let number = 0
        await fc.assert(
          fc.asyncProperty(fc.array(customFields, { minLength: 1, maxLength: 4 }), async (all) => {
            const [one, other] = [of(`out_${++number}`), of(`in_${number}`)]
            for (const [index, customFields] of all.entries()) {
              const email = `${index}@example.com`
              const { id } = await one.contacts.create({ name: "Jane", email, customFields })
              assert.deepStrictEqual((await one.contacts.get(id)).customFields, customFields)
            }
            const { header, rows } = await one.exports.contactTable({})
            const { imported } = await other.imports.contacts({ header, rows: cellsOf(rows) })
            assert.strictEqual(imported, all.length)
            const { data } = await other.contacts.list({})
            const byEmail = new Map(data.map(({ customFields, email }) => [email, customFields]))
            assert.deepStrictEqual(
              all.map((_, index) => byEmail.get(`${index}@example.com`)),
              all
            )
          }),
          { numRuns: 8 }
        )
      })
    )
  )

  it.live(
    "answers requests that do not fit with the paths of the wire, and describes what does",
    on((database) =>
      using({ database, definition }, async (crm) => {
        const handler = await crm.handler({ key: phrase })
        const authorization = `Bearer ${await tokenFor({ tenant_id: actor.tenant })}`
        const send = async (method: string, path: string, body?: unknown): Promise<unknown> => {
          const headers = { authorization, "content-type": "application/json" }
          const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
          return (await handler(new Request(`http://host/api/v1/crm${path}`, init))).json()
        }
        const { id } = await crm.as(actor).contacts.create({ name: "Jane" })
        const custom_fields = { tier: "bronze", saets: 1 }
        const paths = ["custom_fields.tier", "custom_fields.saets"]
        for (const [answer, prefix] of [
          [await send("POST", "/contacts", { name: "John", custom_fields }), ""],
          [await send("PATCH", `/contacts/${id}`, { custom_fields }), ""],
          [await send("POST", "/contacts/bulk-update", { contact_ids: [id], updates: { custom_fields } }), "updates."]
        ] as const) {
          const { code, errors } = readProblem(answer)
          assert.strictEqual(code, "validation_error")
          assert.deepStrictEqual(
            errors.map(({ path }) => path),
            paths.map((path) => `${prefix}${path}`)
          )
        }
        const { components } = readDocument(await send("GET", "/openapi.json"))
        const shown = readFields(components.schemas["ContactEncoded"]).properties.custom_fields
        assert.deepStrictEqual(shown.properties["tier"], { type: "string", enum: ["gold", "silver"] })
        assert.deepInclude(shown.properties["seats"], { type: "integer" })
      })
    )
  )
})

// internal

async function* noRows(): AsyncGenerator<{ readonly cells: ReadonlyArray<string> }> {}

async function* rowsOf(rows: ReadonlyArray<ReadonlyArray<string>>) {
  for (const cells of rows) yield { cells }
}

async function* cellsOf(rows: AsyncIterable<ReadonlyArray<string>>) {
  for await (const cells of rows) yield { cells }
}

const customFields = fc.record(
  {
    tier: fc.constantFrom("gold" as const, "silver" as const),
    seats: fc.integer(),
    vip: fc.boolean(),
    roles: fc.array(fc.constantFrom("buyer" as const, "user" as const), { maxLength: 3 }),
    renews_on: fc.date({ min: new Date(0), max: new Date("9999-01-01"), noInvalidDate: true })
  },
  { requiredKeys: [] }
)

/** Some that fit, and some that do not. */
const anyFields = fc.oneof(
  Generators.customFields,
  fc.record(
    {
      tier: fc.constantFrom("gold", "bronze"),
      seats: fc.oneof(
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0)
      )
    },
    { requiredKeys: [] }
  )
)

const readProblem = Schema.decodeUnknownSync(
  Schema.Struct({ code: Schema.String, errors: Schema.Array(Schema.Struct({ path: Schema.String })) })
)
const Members = Schema.Record(Schema.String, Schema.Unknown)
const readDocument = Schema.decodeUnknownSync(Schema.Struct({ components: Schema.Struct({ schemas: Members }) }))
const readFields = Schema.decodeUnknownSync(
  Schema.Struct({ properties: Schema.Struct({ custom_fields: Schema.Struct({ properties: Members }) }) })
)
