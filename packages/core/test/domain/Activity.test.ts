import { Activity, activityId, ContactId, DealId, UserId } from "@clientele/core"
import { Generators } from "@clientele/testing"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { created, overTheWire, pathsIn } from "../support.ts"

const contactId = ContactId.make("contact_001")
const dealId = DealId.make("deal_001")
const made = { id: activityId("001"), by: UserId.make("user_001"), now: created }

const example = {
  contact_id: "contact_001",
  deal_id: "deal_001",
  type: "call",
  subject: "Discovery Call",
  description: "Discussed pain points and requirements",
  outcome: "positive",
  duration_minutes: 30,
  next_steps: "Send proposal by Friday"
}

describe("activities", () => {
  it("show the contract's example as it was given", () => {
    const input = Schema.decodeUnknownSync(Activity.ActivityCreate)(example)
    const activity = Activity.create(input, Activity.linksOf(input), made)
    assert.deepStrictEqual(overTheWire(Schema.encodeSync(Activity.Activity)(activity)), {
      ...example,
      id: "act_001",
      occurred_at: "2026-01-20T10:00:00.000Z",
      created_by: "user_001",
      created_at: "2026-01-20T10:00:00.000Z"
    })
  })

  it("come and go over the wire as they are, blank texts as none", () => {
    fc.assert(
      fc.property(Generators.activityCreate, (input) => {
        const activity = Activity.create(input, { contactId, dealId: null }, made)
        const encoded = overTheWire(Schema.encodeSync(Activity.Activity)(activity))
        assert.deepStrictEqual(Schema.decodeUnknownSync(Activity.Activity)(encoded), activity)
        assert.deepStrictEqual(activity.occurredAt, input.occurredAt ?? created)
        for (const name of ["subject", "description", "outcome", "nextSteps"] as const) {
          assert.strictEqual(activity[name], input[name]?.trim() === "" ? null : (input[name] ?? null))
        }
      })
    )
  })

  it("need a type, and a contact or a deal", () => {
    const paths = pathsIn(Activity.ActivityCreate)
    assert.deepStrictEqual(paths(example), [])
    for (const [wrong, path] of [
      [{ type: "fax" }, "type"],
      [{ type: undefined }, "type"],
      [{ duration_minutes: -1 }, "duration_minutes"],
      [{ duration_minutes: 1.5 }, "duration_minutes"],
      [{ occurred_at: "yesterday" }, "occurred_at"],
      [{ subject: "x".repeat(501) }, "subject"],
      [{ outcome: 5 }, "outcome"],
      [{ created_by: "me" }, "created_by"]
    ] as const) {
      assert.deepStrictEqual(paths({ ...example, ...wrong }), [path])
    }
    const nothing = Activity.requireLinks(Activity.linksOf({ contactId: null }))
    assert.isTrue(Result.isFailure(nothing))
    for (const links of [{ contactId }, { dealId }, { contactId, dealId }]) {
      assert.isTrue(Result.isSuccess(Activity.requireLinks(Activity.linksOf(links))))
    }
  })

  it("are told in a line by their subject, else their description, else their type", () => {
    const line = (input: Partial<Activity.ActivityCreate>) =>
      Activity.details(Activity.create({ type: "call", ...input }, { contactId, dealId }, made))
    assert.strictEqual(line({ subject: "Discovery", description: "Talked" }), "Discovery")
    assert.strictEqual(line({ subject: " ", description: "Talked" }), "Talked")
    assert.strictEqual(line({}), "Phone call")
    fc.assert(
      fc.property(Generators.activityType, (type) => {
        assert.isNotEmpty(line({ type }))
        assert.strictEqual(Activity.isInteraction(type), type !== "note" && type !== "task")
      })
    )
  })
})
