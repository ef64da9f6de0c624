import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { type Answer, type Call, problemOf } from "./client.ts"
import { databases, useServer } from "./server.ts"

/** What no answer may tell: queries, stack traces, files, and the names of what is inside. */
const leaks =
  /\bat \S+ \(|node:internal|node_modules|\.ts:\d|\.js:\d|SELECT |INSERT |UPDATE .* SET|sqlite|postgres|\bpg_|SqlError|StorageError|RangeError|TypeError|\/tmp\/|\/home\//

const check = (method: string, answer: Answer) => {
  assert.isBelow(answer.status, 500, answer.text)
  assert.isString(answer.headers["x-request-id"])
  if (answer.status < 400) return
  assert.notMatch(answer.text, leaks)
  if (method === "HEAD") assert.strictEqual(answer.text, "")
  else problemOf(answer)
}

const text = () =>
  fc.oneof(
    fc.string({ unit: "binary", maxLength: 30 }),
    fc.constantFrom("\0", "\ud800", "a@b.example", "+1 202 555 0143")
  )

const wellFormed = (text: string) => Buffer.from(text).toString()

const word = fc.oneof(
  fc.constantFrom(
    "contacts",
    "contact_1",
    "import",
    "openapi.json",
    "..",
    ".",
    "",
    "%2e%2e",
    "%00",
    "%",
    "%zz",
    "%ff%fe",
    "%2F",
    "%25",
    "*",
    ":contact_id",
    "__proto__",
    ";a=b",
    "😀"
  ),
  fc.string({ unit: "binary", maxLength: 20 })
)

const parameter = fc.tuple(
  fc.oneof(
    fc.constantFrom("limit", "page", "status", "search", "owner_id", "__proto__", "a[b]"),
    fc.string({ unit: "binary", maxLength: 8 })
  ),
  fc.oneof(
    fc.constantFrom("1", "0", "-1", "active", "%00", "%", "'", "\\", "a b c d"),
    fc.string({ unit: "binary", maxLength: 40 })
  )
)

/** Characters that `node:http` refuses to send are escaped; what was escaped already stays. */
const sendable = (text: string) => text.replaceAll(/[^!-~]/gu, (character) => encodeURIComponent(wellFormed(character)))

const path = fc
  .tuple(fc.array(word, { maxLength: 4 }), fc.array(parameter, { maxLength: 3 }))
  .map(([words, parameters]) => {
    const query = parameters.map(([name, value]) => `${name}=${value}`).join("&")
    return sendable(`/${words.join("/")}${query === "" ? "" : `?${query}`}`)
  })

const anyId = fc.string({ unit: "binary", minLength: 1, maxLength: 60 }).map((id) => encodeURIComponent(wellFormed(id)))

/** What someone could take for a cursor. */
const cursor = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc
    .tuple(fc.constantFrom("name", "-created_at", "newest", "score"), fc.jsonValue(), text(), fc.integer(), fc.nat())
    .map((parts) => Buffer.from(JSON.stringify(parts)).toString("base64url"))
)

const known = fc.oneof(
  fc.constantFrom(
    "/contacts",
    "/contacts/contact_1",
    "/contacts/import",
    "/contacts/merge",
    "/contacts/merge/preview",
    "/contacts/bulk-update",
    "/events",
    "/segments",
    "/deals",
    "/deals/deal_1/stage",
    "/products",
    "/pipelines"
  ),
  fc
    .tuple(
      fc.constantFrom("/contacts/", "/notes/", "/segments/", "/jobs/", "/deals/", "/products/"),
      anyId,
      fc.constantFrom("", "", "/notes", "/history", "/restore", "/personal-data", "/erase", "/cancel", "/stage")
    )
    .map((parts) => parts.join("")),
  fc
    .tuple(fc.constantFrom("segment", "tag", "sort", "total", "cursor"), fc.oneof(cursor, text()))
    .map(([name, value]) => `/contacts?${name}=${encodeURIComponent(wellFormed(value))}`),
  fc
    .tuple(
      fc.constantFrom("stage", "min_value", "max_value", "close_date", "close_after", "sort", "cursor", "contact_id"),
      fc.oneof(cursor, text(), fc.double().map(String), fc.bigInt().map(String))
    )
    .map(([name, value]) => `/deals?${name}=${encodeURIComponent(wellFormed(value))}`),
  fc
    .tuple(fc.constantFrom("/contacts/contact_1/notes", "/deals/deal_1/notes", "/products", "/jobs"), cursor)
    .map(([path, value]) => `${path}?cursor=${encodeURIComponent(wellFormed(value))}`)
)

const member = fc.constantFrom(
  "name",
  "email",
  "phone",
  "tags",
  "type",
  "status",
  "address",
  "social",
  "custom_fields",
  "external_id",
  "owner_id",
  "notes",
  "id",
  "engagement",
  "contact_id",
  "contact_ids",
  "primary_contact_id",
  "merge_contact_ids",
  "field_preferences",
  "versions",
  "updates",
  "event",
  "timestamp",
  "properties",
  "content",
  "key",
  "predicate",
  "stage",
  "value",
  "currency",
  "probability",
  "expected_close",
  "products",
  "price",
  "__proto__",
  "constructor"
)

const predicate = () =>
  fc.letrec((tie) => ({
    predicate: fc.oneof(
      { maxDepth: 3 },
      fc.record({
        field: fc.constantFrom("name", "score", "created_at", "custom_fields.a", "tags", "nope"),
        operator: fc.constantFrom("eq", "gte", "between", "contains", "exists"),
        value: fc.oneof(text(), fc.double(), fc.jsonValue())
      }),
      fc.record({ all: fc.array(tie("predicate"), { maxLength: 3 }) }),
      fc.record({ not: tie("predicate") })
    )
  })).predicate

const body = fc.oneof(
  fc
    .dictionary(fc.oneof(member, text()), fc.oneof(text(), fc.jsonValue({ maxDepth: 5 })), { maxKeys: 6 })
    .map((value) => JSON.stringify(value)),
  // Of the right shape, with anything for values.
  fc
    .oneof(
      fc.record({ primary_contact_id: text(), merge_contact_ids: fc.array(text(), { maxLength: 3 }) }),
      fc.record({ contact_ids: fc.array(text(), { maxLength: 3 }), updates: fc.dictionary(member, fc.jsonValue()) }),
      fc.record({ contact_id: text(), event: fc.constant("seen"), properties: fc.dictionary(text(), fc.jsonValue()) }),
      fc.record({ key: fc.constant("k"), name: text(), predicate: predicate() }),
      fc.record({ content: text() }),
      fc.record(
        {
          name: text(),
          stage: fc.oneof(fc.constantFrom("lead", "closed_won"), text()),
          value: fc.double(),
          currency: fc.constantFrom("USD", "JPY", "XXX", "usd"),
          probability: fc.double(),
          expected_close: text(),
          products: fc.array(
            fc.record(
              { product_id: text(), name: text(), quantity: fc.double(), value: fc.double() },
              { requiredKeys: [] }
            ),
            { maxLength: 3 }
          )
        },
        { requiredKeys: ["name"] }
      ),
      fc.record({ name: text(), price: fc.double() }),
      fc.record({ stage: fc.constantFrom("lead", "closed_lost"), notes: text(), lost_reason: text() })
    )
    .map((value) => JSON.stringify(value)),
  fc
    .record({
      name: text(),
      custom_fields: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.oneof(text(), fc.double()))
    })
    .map((value) => JSON.stringify(value)),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.string({ unit: "binary", maxLength: 50 }),
  fc.uint8Array({ maxLength: 100 }),
  fc
    .string({ unit: "binary", maxLength: 50 })
    .map((junk) => `--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n${junk}\r\n--x--\r\n`),
  fc.string({ unit: "binary", maxLength: 50 }).map((junk) => `--x\r\n${junk}\r\n--x--`)
)

const headers = fc.record(
  {
    "content-type": fc.constantFrom(
      "application/json",
      "multipart/form-data; boundary=x",
      "multipart/form-data",
      "text/plain",
      "",
      'a/b; c="',
      "application/json; charset=utf-16"
    ),
    "if-match": fc.oneof(
      fc.constantFrom("*", '"1"', 'W/"', '"'),
      fc.string({ maxLength: 10 }).map((junk) => junk.trim())
    ),
    "x-request-id": fc.string({ maxLength: 20 }).map((junk) => junk.trim()),
    "x-tenant-id": fc.string({ maxLength: 10 }).map((junk) => junk.trim()),
    accept: fc.constantFrom("*/*", "text/html", "application/xml;q=0.1", ""),
    "content-encoding": fc.constantFrom("gzip", "identity", "br")
  },
  { requiredKeys: [] }
)

const call = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PURGE", "QUERY"),
  path: fc.oneof(path, known),
  authorized: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
  headers: headers.map((given): Record<string, string> => ({ ...given })),
  body: fc.option(body, { nil: undefined })
})

describe.each(databases)("junk over HTTP, on $name", (database) => {
  const server = useServer(database)

  it(
    "is never a fault of the server, always answered with a problem, and learns nothing of the inside",
    { timeout: 30_000 },
    async () => {
      const authorized = await server.tenant({ roles: ["super_admin"] })
      const bare = server.withToken()
      await fc.assert(
        fc.asyncProperty(fc.array(call, { minLength: 8, maxLength: 8 }), async (calls) => {
          const answers = await Promise.all(
            calls.map(({ body, headers, method, path, ...rest }) => {
              const given: Call = { headers, ...(body !== undefined && { body }) }
              return (rest.authorized ? authorized : bare).send(method, path, given)
            })
          )
          answers.forEach((answer, index) => check(calls[index]?.method ?? "", answer))
        }),
        { numRuns: 150 }
      )
      assert.strictEqual((await authorized.get("/contacts")).status, 200)
    }
  )
})
