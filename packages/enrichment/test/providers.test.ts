import { Address, contactId, EnrichmentProviders, type Enrichment, ProviderFailed } from "@clientele/core"
import { EmailDomain, MxResolver, PhoneMetadata, PhoneNumbers, Providers } from "@clientele/enrichment"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as fc from "fast-check"

const about = (email: string | null, phone: string | null = null): Enrichment.Subject => ({
  id: contactId("1"),
  name: "Jane",
  email,
  phone: phone === null ? null : { raw: phone, e164: PhoneNumbers.toE164(phone) },
  company: null,
  title: null,
  address: Address.empty,
  social: {}
})

const companyOf = (email: string | null) =>
  Effect.map(EmailDomain.provider.enrich(about(email), ["company"]), ({ data }) => data.company)

const phoneOf = (phone: string | null) =>
  Effect.map(PhoneMetadata.provider.enrich(about(null, phone), ["phone"]), ({ data }) => data.phone)

describe("the company behind an address", () => {
  it.each([
    ["jane@acme.com", "acme.com"],
    ["jane@mail.eu.acme.com", "acme.com"],
    ["jane@sales.acme.co.uk", "acme.co.uk"],
    ["Jane@ACME.Com", "acme.com"],
    ["jane@münchen.de", "xn--mnchen-3ya.de"],
    // Whoever has a domain under a suffix that anybody can have one under.
    ["jane@acme.github.io", "acme.github.io"],
    ["jane@gmail.com", undefined],
    ["jane@web.de", undefined],
    ["jane@mailinator.com", undefined],
    ["jane@any.mailinator.com", undefined],
    ["jane@co.uk", undefined],
    ["jane@github.io", undefined],
    ["jane@acme.local", undefined],
    ["jane@192.168.1.1", undefined],
    ["jane", undefined],
    [null, undefined]
  ])("of %s is at %s", (email, domain) => {
    assert.strictEqual(EmailDomain.companyDomain(email), domain)
  })

  it.effect("has its website where it has its mail, most likely", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* companyOf("jane@mail.acme.com"), {
        domain: "acme.com",
        website: "https://acme.com"
      })
      assert.isUndefined(yield* companyOf("jane@gmail.com"))
    })
  )
})

describe("what an address tells", () => {
  const answers = new Map<string, Effect.Effect<boolean, ProviderFailed>>([
    ["acme.com", Effect.succeed(true)],
    ["gmail.com", Effect.succeed(true)],
    ["x.mailinator.com", Effect.succeed(true)],
    ["nowhere.example", Effect.succeed(false)],
    ["slow.example", Effect.fail(new ProviderFailed({ reason: "unavailable" }))]
  ])
  const resolver = { acceptsMail: (domain: string) => answers.get(domain) ?? Effect.die(domain) }
  const verify = (email: string | null) =>
    Effect.gen(function* () {
      const [provider] = yield* EnrichmentProviders
      if (provider === undefined) return assert.fail("There is no provider")
      return yield* provider.enrich(about(email), ["email_verification"])
    }).pipe(Effect.provide(Providers.layer().pipe(Layer.provide(Layer.succeed(MxResolver, resolver)))))

  it.effect.each<readonly [string, verified: boolean, disposable: boolean, free: boolean]>([
    ["jane@acme.com", true, false, false],
    ["Jane@GMAIL.com", true, false, true],
    ["jane@x.mailinator.com", true, true, false],
    ["jane@nowhere.example", false, false, false]
  ])("of %s", ([email, verified, disposable, free]) =>
    Effect.gen(function* () {
      const { data } = yield* verify(email)
      assert.deepStrictEqual(data, {
        email_verification: { verified_email: verified, disposable_email: disposable, free_email: free }
      })
    })
  )

  it.effect("is nothing without one, and unknown while the name servers are", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* verify(null)).data, {})
      assert.deepInclude(yield* Effect.flip(verify("jane@slow.example")), { reason: "unavailable" })
    })
  )
})

describe("what a number tells", () => {
  it.effect.each<readonly [string, region: string | null, type: string | null, valid: boolean]>([
    ["+44 7400 123456", "GB", "mobile", true],
    ["+49 30 901820", "DE", "fixed_line", true],
    ["+1 202 555 0143", "US", "fixed_line_or_mobile", true],
    ["+1 800 555 0199", "US", "toll_free", true],
    ["+800 1234 5678", null, "toll_free", true],
    // Possible by its length, and given to nobody.
    ["+49 30 12", "DE", null, false],
    ["+1 555 555 5555", null, null, false]
  ])("of %s", ([phone, region, type, valid]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* phoneOf(phone), {
        phone_e164: phone.replaceAll(" ", ""),
        phone_region: region,
        phone_type: type,
        phone_valid: valid
      })
    })
  )

  it("is nothing when it cannot be understood, whatever it is", () => {
    fc.assert(
      fc.property(fc.string(), (phone) => {
        const { data } = Effect.runSync(PhoneMetadata.provider.enrich(about(null, phone), ["phone"]))
        assert.strictEqual(data.phone === undefined, PhoneNumbers.toE164(phone) === null)
      })
    )
  })
})
