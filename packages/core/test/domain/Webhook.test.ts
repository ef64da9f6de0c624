import { deliveryId, eventId, Events, Webhook, webhookId } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as fc from "fast-check"
import { created, later, pathsIn } from "../support.ts"

const webhook = Webhook.create(
  { url: "https://example.com/hook" },
  { id: webhookId("001"), now: created, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" }
)

const pending = Webhook.enqueue(
  { eventId: eventId("001"), type: "crm.deal_won", webhookId: webhook.id },
  { id: deliveryId("001"), now: created, happenedAt: created }
)

const outcome = (
  status: number | null,
  at = created,
  retryAfter: Duration.Duration | null = null
): Webhook.Outcome => ({
  at,
  status,
  error: status === null ? "connection" : null,
  durationMs: 0,
  retryAfter
})

const chance = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

const days = (number: number) => DateTime.add(created, { days: number })

describe("an endpoint", () => {
  const event: Webhook.EventHead = { id: eventId("001"), type: "crm.deal_won", cause: "api", timestamp: created }

  it("wants what it asked for, from when it was added, and imports only when it says so", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Events.DomainEvent.discriminants),
        fc.uniqueArray(fc.constantFrom(...Events.DomainEvent.discriminants)),
        fc.constantFrom(...Events.Cause.literals),
        fc.boolean(),
        fc.integer({ min: -2, max: 2 }),
        fc.constantFrom(...Webhook.WebhookStatus.literals),
        (type, events, cause, includeImports, seconds, status) => {
          const asked = { ...webhook, events, includeImports, status }
          const happened = { ...event, type, cause, timestamp: DateTime.add(created, { seconds }) }
          const expected =
            status === "active" &&
            seconds >= 0 &&
            (events.length === 0 || events.includes(type)) &&
            (includeImports || cause !== "import")
          assert.strictEqual(Webhook.wants(asked, happened), expected)
        }
      )
    )
  })

  it("is signed for with the old secret, too, for a day after a rotation", () => {
    const rotated = Webhook.rotate(webhook, "whsec_new", created)
    const secrets = (hours: number) => Webhook.secretsAt(rotated, DateTime.add(created, { hours }))
    assert.deepStrictEqual(secrets(0), ["whsec_new", webhook.secret])
    assert.deepStrictEqual(secrets(23.9), ["whsec_new", webhook.secret])
    assert.deepStrictEqual(secrets(24), ["whsec_new"])
    assert.deepStrictEqual(Webhook.secretsAt(webhook, created), [webhook.secret])
  })

  it("has to prove itself anew when it goes elsewhere or is enabled, and not for other changes", () => {
    const proven = { ...webhook, proven: true, failingSince: later }
    assert.isTrue(Webhook.update(proven, { events: ["crm.deal_won"], includeImports: true }, later).proven)
    for (const changes of [{ url: "https://example.org" }, { status: "disabled" }] as const) {
      const changed = Webhook.update(proven, changes, later)
      assert.deepInclude(changed, { ...changes, proven: false, failingSince: null })
    }
    assert.deepInclude(Webhook.update({ ...proven, status: "disabled" }, { status: "active" }, later), {
      status: "active",
      proven: false,
      failingSince: null,
      activeSince: later
    })
  })

  it("is disabled by failures of five days and by 410, and by nothing that a success interrupts", () => {
    const healthy: Webhook.Health = { status: "active", proven: true, failingSince: null }
    const after = (...outcomes: ReadonlyArray<Webhook.Outcome>) => Webhook.healthAfter(healthy, outcomes)
    assert.deepStrictEqual(after(outcome(500)), { status: "active", proven: false, failingSince: created })
    assert.strictEqual(after(outcome(500), outcome(null, days(4.99))).status, "active")
    assert.strictEqual(after(outcome(500), outcome(null, days(5))).status, "disabled")
    assert.strictEqual(after(outcome(500), outcome(204, days(4)), outcome(500, days(6))).status, "active")
    assert.strictEqual(after(outcome(410)).status, "disabled")
    assert.deepStrictEqual(after(outcome(500), outcome(200, days(4))), healthy)
  })
})

describe("the address of an endpoint", () => {
  const refused = pathsIn(Webhook.WebhookCreate)
  it.each([
    "https://example.com",
    "http://example.com:8080/a?b=c#d",
    "https://münchen.example/ü",
    "HTTPS://EXAMPLE.COM"
  ])("%s is one", (url) => assert.deepStrictEqual(refused({ url }), []))
  it.each(["", "example.com", "//example.com", "ftp://example.com", "file:///etc/passwd", "https://", "https://a@b.c"])(
    "%j is none",
    (url) => assert.deepStrictEqual(refused({ url }), ["url"])
  )
})

describe("a delivery", () => {
  it("is tried again after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h, each at most a tenth later", () => {
    const expected = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
    fc.assert(
      fc.property(fc.array(chance, { minLength: 10, maxLength: 10 }), (chances) => {
        let delivery = pending
        let now = created
        for (const [index, chance] of chances.entries()) {
          delivery = Webhook.afterAttempt(delivery, outcome(503, now), chance)
          const wait = expected[index]
          if (wait === undefined || delivery.nextAttemptAt === null) {
            assert.strictEqual(index, expected.length)
            assert.deepInclude(delivery, { status: "failed", nextAttemptAt: null, tries: 10 })
            assert.lengthOf(delivery.attempts, 10)
            return
          }
          const seconds = Duration.toSeconds(DateTime.distance(now, delivery.nextAttemptAt))
          assert.isTrue(seconds >= wait && seconds <= wait * 1.1, `${seconds} for ${wait}`)
          now = delivery.nextAttemptAt
        }
        assert.fail("It is tried for ever")
      })
    )
  })

  it("waits for as long as it is asked to, up to a day, and never less than planned", () => {
    fc.assert(
      fc.property(fc.nat(200_000), chance, (seconds, chance) => {
        const after = Webhook.afterAttempt(pending, outcome(429, created, Duration.seconds(seconds)), chance)
        const waits = Duration.toSeconds(DateTime.distance(created, after.nextAttemptAt ?? created))
        const least = Math.max(5, Math.min(seconds, 86_400))
        assert.isTrue(waits >= least && waits <= least * 1.1 + 0.001, `${waits} for ${seconds}`)
      })
    )
  })

  it("arrives by 2xx, is lost by other 4xx than 408, 425 and 429, and is tried again after anything else", () => {
    fc.assert(
      fc.property(fc.option(fc.integer({ min: 100, max: 599 })), (status) => {
        const { nextAttemptAt, status: is } = Webhook.afterAttempt(pending, outcome(status), 0)
        const isFinal = status !== null && status >= 400 && status < 500 && ![408, 425, 429].includes(status)
        const expected = status !== null && status >= 200 && status < 300 ? "delivered" : isFinal ? "failed" : "pending"
        assert.strictEqual(is, expected)
        assert.strictEqual(nextAttemptAt === null, is !== "pending")
      })
    )
  })

  it("that is made again has all its attempts before it, and those that were made behind it", () => {
    const failed = Webhook.afterAttempt(pending, outcome(404), 0)
    const again = Webhook.redeliver(failed, later)
    assert.deepInclude(again, { status: "pending", tries: 0, nextAttemptAt: later })
    assert.deepStrictEqual(again.attempts, failed.attempts)
    const once = Webhook.afterAttempt(again, outcome(500, later), 0)
    assert.deepStrictEqual(once.nextAttemptAt, DateTime.add(later, { seconds: 5 }))
    assert.lengthOf(once.attempts, 2)
  })
})
