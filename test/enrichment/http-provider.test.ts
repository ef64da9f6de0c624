/** The provider over HTTP and a real service: slow, down, lying. */
import { Address, contactId, type Enrichment } from "@clientele/core"
import { HttpProvider } from "@clientele/enrichment"
import { assert, describe, it, layer } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"
import { directory, type Directory, known } from "../support/directory.ts"

class Service extends Context.Service<Service, Directory>()("Service") {}

const jane: Enrichment.Subject = {
  id: contactId("1"),
  name: "Jane Doe",
  email: "jane@example.com",
  phone: { raw: "(202) 555-0143", e164: "+12025550143" },
  company: "R&D / 100%",
  title: null,
  address: Address.empty,
  social: {}
}

const about = (local: string): Enrichment.Subject => ({ ...jane, email: `${local}@example.com` })

const provider = (options: Partial<HttpProvider.Options> = {}) =>
  Effect.flatMap(Service, ({ url }) =>
    HttpProvider.make({ name: "directory", url: `${url}/people?email={email}`, ...options })
  )

const all: ReadonlyArray<Enrichment.Field> = ["company", "social", "contact"]

const services = Layer.merge(Layer.effect(Service, directory), FetchHttpClient.layer)

layer(services, { excludeTestServices: true })("a provider over HTTP", (it) => {
  it.effect("asks with the key, without telling who asks, and reads what is answered", () =>
    Effect.gen(function* () {
      const { requests } = yield* Service
      const { enrich, fields } = yield* provider({
        key: { header: "X-Api-Key", value: Redacted.make("secret") },
        confidence: 0.5
      })
      assert.includeMembers([...fields], [...all])
      assert.deepStrictEqual(yield* enrich(jane, all), { data: known, confidence: 0.5 })
      const last = requests.at(-1)
      if (last === undefined) return assert.fail("It was not asked")
      assert.strictEqual(last.url, "/people?email=jane%40example.com")
      assert.strictEqual(last.headers["x-api-key"], "secret")
      assert.isUndefined(last.headers["traceparent"])
    })
  )

  it.effect("puts values into a URL in which they change nothing else", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* Service
      const { enrich } = yield* provider({ url: `${url}/{email_domain}/{company}/{phone}?id={contact_id}&n={name}` })
      yield* enrich({ ...jane, name: "a&b=c#d" }, all)
      assert.strictEqual(
        requests.at(-1)?.url,
        `/example.com/R%26D%20%2F%20100%25/%2B12025550143?id=contact_1&n=a%26b%3Dc%23d`
      )
    })
  )

  it.effect("does not ask about a contact without what stands in the URL, or with a step in its path", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* Service
      const { enrich } = yield* provider({ url: `${url}/v1/{company}/people` })
      const before = requests.length
      for (const company of [null, "", "..", ".", " "]) {
        assert.deepStrictEqual(yield* enrich({ ...jane, company }, all), { data: {}, confidence: 0 })
      }
      assert.strictEqual(requests.length, before)
    })
  )

  it.effect("takes values from where the mapping says, and leaves out what is not there", () =>
    Effect.gen(function* () {
      const { enrich, fields } = yield* provider({
        mapping: {
          "company.size": "company.employees",
          "company.none": "company.constructor.name",
          "contact.first_year": "company.founded",
          "social.linkedin": "social.linkedin"
        }
      })
      assert.deepStrictEqual(fields, ["company", "social", "contact"])
      assert.deepStrictEqual((yield* enrich(jane, all)).data, {
        company: { size: 850, none: null },
        social: { linkedin: known.social.linkedin },
        contact: { first_year: 2010 }
      })
    })
  )

  it.effect("takes nobody, nothing yet and nothing at all for nothing found", () =>
    Effect.gen(function* () {
      const { enrich } = yield* provider()
      for (const local of ["nobody", "pending"]) {
        assert.deepStrictEqual(yield* enrich(about(local), all), { data: {}, confidence: 0 })
      }
      assert.deepStrictEqual((yield* enrich(about("empty"), all)).data, {})
    })
  )

  const failures = [
    ["unavailable", ["down", "busy", "cut", "gone"]],
    ["refused", ["stranger", "moved"]],
    ["invalid_answer", ["junk", "bytes", "huge", "endless", "list", "types", "names", "nul", "deep", "proto"]]
  ] as const

  for (const [reason, locals] of failures) {
    it.effect(`fails as ${reason}: ${locals.join(", ")}`, () =>
      Effect.gen(function* () {
        const { requests } = yield* Service
        const { enrich } = yield* provider()
        for (const local of locals) {
          const before = requests.length
          const failure = yield* Effect.flip(enrich(about(local), all))
          assert.deepInclude(failure, { _tag: "ProviderFailed", reason }, local)
          // A redirect is not followed.
          assert.strictEqual(requests.length, before + 1, local)
        }
        assert.notProperty({}, "polluted")
      })
    )
  }

  it.effect("can be interrupted while it waits, before an answer and in one", () =>
    Effect.gen(function* () {
      const { enrich } = yield* provider()
      for (const local of ["silent", "stalled"]) {
        const waited = yield* Effect.timeoutOption(enrich(about(local), all), "50 millis")
        assert.strictEqual(waited._tag, "None")
      }
    })
  )
})

describe("the options of a provider over HTTP", () => {
  const refused = (options: Partial<HttpProvider.Options>) =>
    HttpProvider.make({ name: "directory", url: "https://api.example.com/?email={email}", ...options }).pipe(
      Effect.flip,
      Effect.map(({ issues }) => issues.map(({ path }) => path)),
      Effect.provide(FetchHttpClient.layer)
    )

  it.effect.each<readonly [string, Partial<HttpProvider.Options>]>([
    ["url", { url: "https://api.example.com/people" }],
    ["url", { url: "https://{email_domain}/people" }],
    ["url", { url: "https://api.example.com{email}" }],
    ["url", { url: "https://user:{email}@api.example.com/" }],
    ["url", { url: "https://api.example.com/{mail}" }],
    ["url", { url: "https://api.example.com/{email" }],
    ["url", { url: "https://api.example.com/#{email}" }],
    ["url", { url: "file:///etc/{email}" }],
    ["url", { url: "{email}" }],
    ["name", { name: "Clear Bit" }],
    ["mapping", { mapping: {} }],
    ["mapping", { mapping: { "person.name": "name" } }],
    ["mapping", { mapping: { company: "name" } }],
    ["mapping.company.name", { mapping: { "company.name": "a..b" } }],
    ["confidence", { confidence: 2 }],
    ["key.header", { key: { header: "X Key", value: Redacted.make("x") } }]
  ])("are refused at %s: %o", ([path, options]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* refused(options), [path])
    })
  )

  it.effect("do not let a key break out of its header, and do not tell it", () =>
    Effect.gen(function* () {
      const value = Redacted.make("secret\r\nHost: elsewhere")
      const error = yield* Effect.flip(
        HttpProvider.make({ name: "d", url: "https://a.example/{email}", key: { header: "X-Key", value } }).pipe(
          Effect.provide(FetchHttpClient.layer)
        )
      )
      assert.notInclude(error.message, "secret")
    })
  )
})
