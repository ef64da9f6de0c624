/** Signatures are those of Standard Webhooks: its own library accepts ours, and we accept its. */
import { Signature } from "@clientele/webhooks"
import { assert, describe, it } from "@effect/vitest"
import { Array, Result } from "effect"
import * as fc from "fast-check"
import { Webhook } from "standardwebhooks"

const secret = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((bytes) => `whsec_${Buffer.from(bytes).toString("base64")}`)

const message = fc.record({
  id: fc.stringMatching(/^evt_[a-z0-9]{1,40}$/),
  timestamp: fc.constant(Math.floor(Date.now() / 1000)),
  body: fc.json()
})

const reasonOf = (result: ReturnType<typeof Signature.verify>) =>
  Result.isFailure(result) ? result.failure.reason : "verified"

describe("a signature", () => {
  it("is accepted by another implementation, whichever of the secrets that has", () => {
    fc.assert(
      fc.property(message, secret, secret, (message, secret, other) => {
        const headers = Signature.headersOf(message, [secret, other])
        for (const one of [secret, other]) {
          assert.deepStrictEqual(new Webhook(one).verify(message.body, headers), JSON.parse(message.body))
        }
      })
    )
  })

  it("of another implementation is accepted, as text and as bytes, in headers of either kind", () => {
    fc.assert(
      fc.property(message, secret, secret, ({ body, id, timestamp }, secret, other) => {
        const headers = {
          "webhook-id": id,
          "webhook-timestamp": String(timestamp),
          "webhook-signature": `v1a,none ${new Webhook(secret).sign(id, new Date(timestamp * 1000), body)}`
        }
        const expected = Result.succeed({ id, timestamp })
        assert.deepStrictEqual(Signature.verify({ headers, body, secret }), expected)
        const bytes = { headers: new Headers(headers), body: Buffer.from(body), secret: [other, secret] }
        assert.deepStrictEqual(Signature.verify(bytes), expected)
      })
    )
  })

  it("is refused when anything of the delivery is another", () => {
    fc.assert(
      fc.property(message, secret, secret, fc.nat(), (message, secret, other, at) => {
        fc.pre(secret !== other)
        const headers = Signature.headersOf(message, [secret])
        const { body } = message
        const changed = `${body.slice(0, at % body.length)}~${body.slice((at % body.length) + 1)}`
        const verify = (given: Partial<Signature.Verification>) =>
          reasonOf(Signature.verify({ headers, body, secret, ...given }))
        assert.strictEqual(verify({}), "verified")
        if (changed !== body) assert.strictEqual(verify({ body: changed }), "signature")
        assert.strictEqual(verify({ secret: other }), "signature")
        assert.strictEqual(verify({ secret: [] }), "signature")
        assert.strictEqual(verify({ headers: { ...headers, "webhook-id": `${message.id}0` } }), "signature")
        const time = String(message.timestamp + 1)
        assert.strictEqual(verify({ headers: { ...headers, "webhook-timestamp": time } }), "signature")
      })
    )
  })

  it.each(["", "v1", "v1,", "v2,AAAA", "v1,not base64!", `v1,${"A".repeat(43)}=`])("%j is none", (signature) => {
    const message = { id: "evt_1", timestamp: Math.floor(Date.now() / 1000), body: "{}" }
    const headers = { ...Signature.headersOf(message, ["whsec_AAAA"]), "webhook-signature": signature }
    assert.strictEqual(reasonOf(Signature.verify({ headers, body: "{}", secret: "whsec_BBBB" })), "signature")
  })

  it("is refused without its headers, and more than five minutes from now", () => {
    const message = { id: "evt_1", timestamp: 1_000_000, body: "{}" }
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    const headers = Signature.headersOf(message, [secret])
    const after = (seconds: number, time = headers["webhook-timestamp"]) => {
      const given = { ...headers, "webhook-timestamp": time }
      return reasonOf(Signature.verify({ headers: given, body: "{}", secret, now: (1_000_000 + seconds) * 1000 }))
    }
    assert.deepStrictEqual(
      Array.map([-300, 0, 300], (seconds) => after(seconds)),
      ["verified", "verified", "verified"]
    )
    assert.deepStrictEqual(
      Array.map([-301, 301], (seconds) => after(seconds)),
      ["timestamp", "timestamp"]
    )
    for (const time of ["", "1e6", " 1000000", "0x0", "1000000.0", "-1", "NaN"]) {
      assert.strictEqual(after(0, time), "timestamp", time)
    }
    for (const name of Object.keys(headers)) {
      const { [name]: _, ...rest } = { ...headers } as Record<string, string>
      assert.strictEqual(reasonOf(Signature.verify({ headers: rest, body: "{}", secret })), "missing_header")
    }
  })
})
