import { assert, describe, it } from "@effect/vitest"
import { type Contact, ContactImport, ImportColumns, Importing, UserId, ValidationError } from "@clientele/core"
import { Generators } from "@clientele/testing"
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { create } from "../support.ts"

type Table = Readonly<Record<string, string>>

const row = (cells: ReadonlyArray<string>): Importing.ImportRow => ({ row: 7, cells })

/** Every column is what its header says, unless the mapping says otherwise. */
const readerOf = (
  header: ReadonlyArray<string>,
  mapping: Importing.Mapping = Object.fromEntries(header.map((name) => [name, name])),
  options: Importing.ImportOptions = {}
): ContactImport.RowReader => Result.getOrThrow(ContactImport.rowReader(header, options, mapping))

/** Reads one row, given as header and cell. */
const read = (table: Table, mapping?: Importing.Mapping, options: Importing.ImportOptions = {}) =>
  Result.map(readerOf(Object.keys(table), mapping, options).read(row(Object.values(table))), ({ draft }) => draft)

const draft = (
  table: Table,
  mapping?: Importing.Mapping,
  options: Importing.ImportOptions = {}
): Contact.ContactDraft => Result.getOrThrow(read(table, mapping, options))

const errors = (table: Table, mapping?: Importing.Mapping): ReadonlyArray<Importing.RowError> =>
  Result.getOrThrow(Result.flip(read(table, mapping)))

const refusals = (header: ReadonlyArray<string>, mapping: Importing.Mapping) => {
  const error = Result.getOrThrow(Result.flip(ContactImport.rowReader(header, {}, mapping)))
  assert.instanceOf(error, ValidationError)
  return error.issues
}

describe("the mapping", () => {
  it("is the one that is given, and nothing else is guessed", () => {
    const mapping = { name: "Full name", "custom_fields.size": "Größe" }
    const reader = readerOf(["Full name", "email", "Größe", "notes"], mapping)
    assert.deepStrictEqual(reader.mapping, mapping)
    assert.deepStrictEqual(reader.unmapped, ["email", "notes"])
    const read = reader.read(row(["Jane", "not an address", "5", "a note"]))
    assert.deepStrictEqual(Result.getOrThrow(read).draft, { name: "Jane", customFields: { size: "5" } })
  })

  it("needs at least one target", () => {
    assert.deepStrictEqual(
      refusals(["name"], {}).map(({ path }) => path),
      ["mapping"]
    )
  })

  it("is refused for headers that the table lacks, each by its name", () => {
    const mapping: Importing.Mapping = { name: "Name", email: ["E-mail", "E-mail 2"], phone: "Phone" }
    assert.deepStrictEqual(refusals(["Name", "E-mail"], mapping), [
      { path: "mapping.email", message: `No column has the header "E-mail 2"` },
      { path: "mapping.phone", message: `No column has the header "Phone"` }
    ])
    assert.deepStrictEqual(ImportColumns.missingHeaders(mapping, ["Name", "E-mail"]), ["E-mail 2", "Phone"])
    assert.deepStrictEqual(ImportColumns.missingHeaders(mapping, ["Phone", "E-mail 2", "E-mail", "Name"]), [])
  })

  it("is refused for targets that a contact does not have", () => {
    const unknown = [
      "nmae",
      "Name",
      "id",
      "score",
      "version",
      "address",
      "address.planet",
      "social.",
      "custom_fields",
      "custom_fields.",
      "custom_fields.Size",
      "custom_fields.a.b",
      "custom_fields.__proto__",
      "social.__proto__",
      "constructor",
      "toString",
      ""
    ]
    for (const target of unknown) {
      assert.deepStrictEqual(
        refusals(["x"], { [target]: "x" }).map(({ path }) => path),
        [`mapping.${target}`]
      )
    }
    const mapping: Importing.Mapping = JSON.parse(`{"__proto__": "x"}`)
    assert.deepStrictEqual(
      refusals(["x"], mapping).map(({ path }) => path),
      ["mapping.__proto__"]
    )
  })

  it("takes several columns for e-mail addresses and phones only", () => {
    assert.deepStrictEqual(refusals(["a", "b"], { name: ["a", "b"] }), [
      { path: "mapping.name", message: "Expected one column; only email and phone take several" }
    ])
    assert.deepStrictEqual(draft({ a: "Jane" }, { name: ["a"] }), { name: "Jane" })
  })
})

describe("a row", () => {
  it("becomes a draft of everything that a contact can be given", () => {
    const table = {
      name: "Jane Doe",
      email: "jane@example.com",
      phone: "+1 555 010 0199",
      company: "Tech Corp",
      title: "VP",
      source: "referral",
      type: " Customer ",
      status: "INACTIVE",
      owner_id: " user_001 ",
      notes: "Line one\nline two",
      tags: "enterprise; high_value,vip;;",
      external_id: " 4711 ",
      created_at: "2024-02-29T12:00:00Z",
      "address.street": "1 Main St",
      "address.country": "Deutschland",
      "social.linkedin": "in/jane",
      "custom_fields.industry": "health"
    }
    assert.deepStrictEqual(draft(table), {
      name: "Jane Doe",
      email: "jane@example.com",
      phone: "+1 555 010 0199",
      company: "Tech Corp",
      title: "VP",
      source: "referral",
      type: "customer",
      status: "inactive",
      ownerId: UserId.make("user_001"),
      notes: "Line one\nline two",
      tags: ["enterprise", "high_value", "vip"],
      externalId: "4711",
      createdAt: DateTime.makeUnsafe("2024-02-29T12:00:00Z"),
      address: { street: "1 Main St", country: "Deutschland" },
      social: { linkedin: "in/jane" },
      customFields: { industry: "health" }
    })
  })

  it("takes a blank cell as if it were not there", () => {
    const table = {
      name: "Jane",
      email: " ",
      type: "",
      created_at: "",
      tags: "\t",
      "custom_fields.x:number": "",
      "address.zip": ""
    }
    assert.deepStrictEqual(draft(table), { name: "Jane" })
  })

  it("carries every text that a contact can have, unchanged", () => {
    const texts = fc.record({
      name: Generators.name,
      company: Generators.filledText(255),
      "custom_fields.x": Generators.filledText(200)
    })
    fc.assert(
      fc.property(texts, (table) => {
        const { company, customFields, name } = draft(table)
        assert.deepStrictEqual({ name, company, "custom_fields.x": customFields?.["x"] }, table)
      })
    )
  })

  it("has as many cells as the header, or fails alone", () => {
    const reader = readerOf(["name", "email"])
    assert.deepStrictEqual(
      reader.read(row(["Jane"])),
      Result.fail([
        { row: 7, column: null, value: null, code: "ragged_row" as const, message: "Expected 2 cells, found 1" }
      ])
    )
    assert.isTrue(Result.isSuccess(reader.read(row(["Jane", ""]))))
  })
})

describe("the name of a row", () => {
  const names: ReadonlyArray<readonly [string, Table, string]> = [
    ["its name", { name: "Jane", first_name: "J", last_name: "D", company: "Acme", email: "j@x.com" }, "Jane"],
    ["first and last name", { name: " ", first_name: " Jane ", last_name: "Doe", company: "Acme" }, "Jane Doe"],
    ["first name alone", { first_name: "Jane", last_name: "" }, "Jane"],
    ["last name alone", { last_name: "Doe" }, "Doe"],
    ["the company", { name: "", first_name: " ", company: "Acme", email: "j@x.com" }, "Acme"],
    ["the e-mail address", { name: "", company: "", email: "j@x.com" }, "j@x.com"]
  ]
  it.each(names)("is %s", (_, table, name) => {
    assert.strictEqual(draft(table).name, name)
  })

  it("is the first filled e-mail address, if nothing else is there", () => {
    assert.strictEqual(draft({ a: "", b: "j@x.com" }, { email: ["a", "b"] }).name, "j@x.com")
  })

  it("must come from somewhere", () => {
    assert.deepStrictEqual(errors({ name: " ", first_name: "", company: "", email: "", phone: "112" }), [
      { row: 7, column: null, value: null, code: "validation_error", message: "No name, company or e-mail" }
    ])
  })
})

describe("a column of lists", () => {
  it("adds addresses after those of the columns for one", () => {
    const mapping: Importing.Mapping = {
      name: "n",
      email: ["e1", "e2"],
      secondary_emails: "more",
      secondary_phones: "phones"
    }
    const made = draft({ n: "Jane", e1: "", e2: "a@x.com", more: "b@x.com; c@x.com", phones: '["1","2;3"]' }, mapping)
    assert.deepStrictEqual(made, {
      name: "Jane",
      email: "a@x.com",
      secondaryEmails: ["b@x.com", "c@x.com"],
      secondaryPhones: ["1", "2;3"]
    })
    assert.deepStrictEqual(draft({ n: "Jane", e1: "", e2: "", more: "b@x.com", phones: "" }, mapping), {
      name: "Jane",
      secondaryEmails: ["b@x.com"]
    })
  })

  it("is at fault for each of its items", () => {
    const found = errors({ name: "Jane", email: "a@x.com", secondary_emails: "b@x.com;bad" })
    assert.deepStrictEqual(
      found.map(({ column, value }) => [column, value]),
      [["secondary_emails", "b@x.com;bad"]]
    )
  })
})

describe("several columns", () => {
  const mapping: Importing.Mapping = { name: "n", email: ["e1", "e2", "e3"], phone: ["p1", "p2"] }

  it("make the first filled one the main address and the rest secondary", () => {
    const made = draft({ n: "Jane", e1: " ", e2: "b@x.com", e3: "c@x.com", p1: "", p2: "112" }, mapping)
    assert.deepStrictEqual(made, { name: "Jane", email: "b@x.com", secondaryEmails: ["c@x.com"], phone: "112" })
  })

  it("are in the order of the mapping, not of the table", () => {
    const made = draft({ a: "a@x.com", b: "b@x.com" }, { email: ["b", "a"] })
    assert.deepStrictEqual([made.email, made.secondaryEmails], ["b@x.com", ["a@x.com"]])
  })

  it("say which of them is at fault", () => {
    const found = (table: Table) => errors(table, mapping).map(({ column, value }) => [column, value])
    const good = { n: "Jane", p1: "", p2: "" }
    assert.deepStrictEqual(found({ ...good, e1: "a@x.com", e2: "bad", e3: "" }), [["e2", "bad"]])
    assert.deepStrictEqual(found({ ...good, e1: "a@x.com", e2: "b@x.com", e3: "bad" }), [["e3", "bad"]])
    assert.deepStrictEqual(found({ ...good, e1: "", e2: "bad", e3: "worse" }), [
      ["e2", "bad"],
      ["e3", "worse"]
    ])
    assert.deepStrictEqual(found({ ...good, e1: "a@x.com", e2: "", e3: "bad" }), [["e3", "bad"]])
  })
})

describe("custom fields of a row", () => {
  const typed = (suffix: string, cell: string) =>
    draft({ name: "Jane", [`custom_fields.x${suffix}`]: cell }).customFields?.["x"]

  const values: ReadonlyArray<readonly [string, string, unknown]> = [
    ["", " 5 ", " 5 "],
    ["", "true", "true"],
    [":number", " 5 ", 5],
    [":number", "-1.50", -1.5],
    [":number", "0", 0],
    [":boolean", "TRUE", true],
    [":boolean", "yes", true],
    [":boolean", "1", true],
    [":boolean", "No", false],
    [":boolean", "0", false],
    [":list", "a; b;c d", ["a", "b", "c d"]],
    [":list", "a,b", ["a,b"]],
    [":json", '["a;b", "c"]', ["a;b", "c"]],
    [":json", '"5"', "5"],
    [":json", "5", 5],
    [":json", "false", false]
  ]
  it.each(values)("are of the type in the suffix %j: %j is %j", (suffix, cell, value) => {
    assert.deepStrictEqual(typed(suffix, cell), value)
  })

  it("take the type of the target's suffix, else of the header's", () => {
    assert.deepStrictEqual(
      draft({ n: "Jane", "Size:number": "5" }, { name: "n", "custom_fields.x": "Size:number" }).customFields,
      { x: 5 }
    )
    assert.deepStrictEqual(
      draft({ n: "Jane", Size: "5" }, { name: "n", "custom_fields.x:number": "Size" }).customFields,
      { x: 5 }
    )
    assert.deepStrictEqual(
      draft({ n: "Jane", "S:list": "5" }, { name: "n", "custom_fields.x:number": "S:list" }).customFields,
      { x: 5 }
    )
  })

  const misfits: ReadonlyArray<readonly [string, string, string]> = [
    [":number", "12x", "Expected a number"],
    [":number", "1,000", "Expected a number"],
    [":number", "Infinity", "Expected a number"],
    [":number", "NaN", "Expected a number"],
    [":boolean", "maybe", "Expected true or false"],
    [":json", "{", "Expected string | number | boolean | array | null"],
    [":json", '{"a":1}', "Expected string | number | boolean | array | null"]
  ]
  it.each(misfits)("fail the row when a cell is not of the type %s: %j", (suffix, value, message) => {
    const column = `custom_fields.x${suffix}`
    assert.deepStrictEqual(errors({ name: "Jane", [column]: value }), [
      { row: 7, column, value, code: "validation_error", message }
    ])
  })

  it("may be named like members of Object.prototype", () => {
    assert.deepStrictEqual(draft({ name: "Jane", "custom_fields.constructor": "Acme" }).customFields, {
      constructor: "Acme"
    })
  })
})

describe("an error of a row", () => {
  it("names row, column and value, and all that is wrong is told at once", () => {
    const table = {
      Name: "Jane",
      Mail: "jane",
      Kind: "boss",
      Since: "yesterday",
      Firm: "x".repeat(256),
      Labels: `a;${"x".repeat(101)}`,
      Owner: "a b",
      Zip: "1\0"
    }
    const mapping = {
      name: "Name",
      email: "Mail",
      type: "Kind",
      created_at: "Since",
      company: "Firm",
      tags: "Labels",
      owner_id: "Owner",
      "address.zip": "Zip"
    }
    const found = errors(table, mapping)
    assert.sameDeepMembers(
      found.map(({ column, row, value }) => [row, column, value]),
      Object.entries(table)
        .slice(1)
        .map(([column, value]) => [7, column, value.replace("\0", "\ufffd")])
    )
    for (const { code, message } of found) {
      assert.strictEqual(code, "validation_error")
      assert.notStrictEqual(message, "")
    }
  })

  it("tells apart the columns of one group", () => {
    const table = {
      name: "Jane",
      "custom_fields.a": "fine",
      "custom_fields.b:number": "many",
      "address.city": "\0",
      "address.zip": "1"
    }
    assert.sameMembers(
      errors(table).map(({ column }) => column ?? ""),
      ["custom_fields.b:number", "address.city"]
    )
  })
})

describe("the options", () => {
  const options: Importing.ImportOptions = {
    source: "trade fair",
    ownerId: UserId.make("user_001"),
    tags: ["2026", "VIP"]
  }

  it("fill in source and owner where the row has none, and add tags to every row", () => {
    assert.deepStrictEqual(draft({ name: "Jane", source: "", owner_id: " " }, undefined, options), {
      name: "Jane",
      source: "trade fair",
      ownerId: UserId.make("user_001"),
      tags: ["2026", "VIP"]
    })
    const own = draft({ name: "Jane", source: "web", owner_id: "user_002", tags: "vip;a" }, undefined, options)
    assert.deepStrictEqual([own.source, own.ownerId], ["web", UserId.make("user_002")])
    assert.deepStrictEqual(create(own).fields.tags, ["vip", "a", "2026"])
  })

  it("have the names of the wire outside", () => {
    const decoded = Schema.decodeUnknownSync(Importing.ImportOptions, { onExcessProperty: "error" })({
      skip_duplicates: true,
      source: "trade fair",
      owner_id: "user_001",
      tags: ["2026", "VIP"]
    })
    assert.deepStrictEqual(decoded, { skipDuplicates: true, ...options })
  })
})
