/** Imports of deals: their true times, their contacts, and reports that are right from the first day. */
import {
  Activities,
  Contacts,
  Deals,
  type Importing,
  Imports,
  Pipelines,
  Reports,
  type TenantId
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { allEventsOf, at, type Chapter, eventsOf, forAll, inNewTenant } from "./Harness.ts"

type Cells = ReadonlyArray<string>

const header = ["Deal", "Amount", "Phase", "Mail", "Opened", "Closed", "Due", "Id", "Note"]
const mapping = {
  name: "Deal",
  value: "Amount",
  stage: "Phase",
  contact_email: "Mail",
  created_at: "Opened",
  closed_at: "Closed",
  expected_close: "Due",
  external_id: "Id",
  notes: "Note"
}

const streamOf = (rows: ReadonlyArray<Cells>) => Stream.fromIterable(rows.map((cells) => ({ cells })))

const importing = (rows: ReadonlyArray<Cells>, options: Importing.DealImportOptions = {}) =>
  Effect.flatMap(Imports, (imports) => imports.deals({ header, mapping, rows: streamOf(rows), options }))

const total = Effect.flatMap(Deals, (deals) => Effect.map(deals.list({}), ({ pagination }) => pagination.total ?? -1))

/** As `at` tells it. */
const now = "2026-06-15T12:00:00.000Z"

const ofStages = { dateFormat: "M/D/YYYY", stageMap: { Won: "closed_won", "Closed Lost": "closed_lost" } }

export const dealImports: Chapter = {
  title: "imports of deals",
  needs: [],
  tests: (test) => {
    test("have their true times, one row of history when they are closed, and tell only that they are there", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const deals = yield* Deals
          const ann = yield* contacts.create({ name: "Ann", email: "ann@example.com", company: "Acme" })
          const report = yield* importing(
            [
              ["Old", "$1,250.50", "won", "ANN@example.com", "1/2/2026", "3/4/2026", "3/4/2026", "o-1", "Signed"],
              ["New", "900", "Proposal", "", "5/1/2026", "9/9/2026", "9/9/2026", "o-2", ""],
              ["Gone", "10", "closed lost", "", "", "2/3/2026", "", "", ""]
            ],
            ofStages
          )
          assert.deepInclude(report, { rows: 3, imported: 3, failed: 0, unmapped: [] })
          const { data } = yield* deals.list({ sort: "created_at" })
          const [old, gone, fresh] = yield* Effect.forEach(
            ["Old", "Gone", "New"].map((name) => data.find((deal) => deal.name === name)?.id ?? assert.fail(name)),
            deals.get
          )
          if (old === undefined || gone === undefined || fresh === undefined) return assert.fail("not imported")
          assert.deepInclude(
            { ...old, createdAt: DateTime.formatIso(old.createdAt) },
            {
              contactId: ann.id,
              company: "Acme",
              stage: "closed_won",
              probability: 100,
              externalId: "o-1",
              createdAt: "2026-01-02T00:00:00.000Z"
            }
          )
          assert.deepStrictEqual(
            old.stageHistory.map(({ at, from, kind, notes, to }) => [kind, from, to, DateTime.formatIso(at), notes]),
            [["move", null, "closed_won", "2026-03-04T00:00:00.000Z", "Signed"]]
          )
          assert.deepStrictEqual(
            fresh.stageHistory.map(({ at, to }) => [to, DateTime.formatIso(at)]),
            [["proposal", "2026-05-01T00:00:00.000Z"]]
          )
          assert.deepInclude(fresh, { closedAt: null, expectedClose: "2026-09-09", probabilitySource: "stage" })
          assert.strictEqual(DateTime.formatIso(gone.createdAt), "2026-02-03T00:00:00.000Z")
          const events = yield* eventsOf(tenantId)
          assert.deepStrictEqual(
            events.slice(1).map(({ cause, type }) => [cause, type]),
            [
              ["import", "crm.deal_created"],
              ["import", "crm.deal_created"],
              ["import", "crm.deal_created"],
              ["import", "crm.contact_updated"]
            ]
          )
          const { engagement, type } = yield* contacts.get(ann.id)
          assert.strictEqual(type, "customer")
          assert.strictEqual(BigDecimal.format(engagement.lifetimeValue), "1250.5")
        })
      ).pipe(at(now)))

    test("are in reports as if they had always been there", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const reports = yield* Reports
          yield* importing(
            [
              ["One", "100", "won", "", "5/1/2026", "5/11/2026", "", "", ""],
              ["Two", "300", "won", "", "5/1/2026", "5/31/2026", "", "", ""],
              ["Three", "50", "closed lost", "", "5/1/2026", "5/2/2026", "", "", ""],
              ["Four", "1000", "negotiation", "", "6/1/2026", "", "6/20/2026", "", ""]
            ],
            ofStages
          )
          yield* (yield* Pipelines).compact
          const report = yield* reports.pipelineAnalytics({})
          assert.strictEqual(report.velocity.avgDaysToClose, 20)
          assert.strictEqual(report.winRate === null ? null : Math.round(report.winRate * 100), 67)
          assert.strictEqual(BigDecimal.format(report.pipeline.totalValue), "1400")
        })
      ).pipe(at(now)))

    test("fail row by row, each at its cell", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const report = yield* importing(
            [
              ["", "1", "lead", "", "", "", "", "", ""],
              ["A", "much", "lead", "", "", "", "", "", ""],
              ["B", "1.005", "lead", "", "", "", "", "", ""],
              ["C", "1", "nowhere", "", "", "", "", "", ""],
              ["D", "1", "lead", "nobody@example.com", "", "", "", "", ""],
              ["E", "1", "lead", "nobody", "", "", "", "", ""],
              ["F", "1", "won", "", "13/1/2026", "", "", "", ""],
              ["G", "1", "won", "", "3/1/2026", "2/1/2026", "", "", ""],
              ["H", "1", "lead", "", "", "", "2/30/2026", "", ""],
              ["I", "1", "lead"]
            ],
            ofStages
          )
          assert.deepInclude(report, { rows: 10, imported: 0, failed: 10 })
          assert.deepStrictEqual(
            report.errors.map(({ code, column, row }) => [row, column, code]),
            [
              [1, null, "validation_error"],
              [2, "Amount", "validation_error"],
              [3, "Amount", "validation_error"],
              [4, "Phase", "invalid_stage"],
              [5, "Mail", "contact_not_found"],
              [6, "Mail", "validation_error"],
              [7, "Opened", "validation_error"],
              [8, "Closed", "validation_error"],
              [9, "Due", "validation_error"],
              [10, null, "ragged_row"]
            ]
          )
          assert.strictEqual(yield* total, 0)
        })
      ))

    test("are refused as a whole for stages and formats that there are not", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const refused = (options: Importing.DealImportOptions) =>
            Effect.map(Effect.flip(importing([["A", "1", "", "", "", "", "", "", ""]], options)), (error) =>
              error._tag === "ValidationError" ? error.issues.map(({ path }) => path) : []
            )
          assert.deepStrictEqual(yield* refused({ stageMap: { Won: "won" } }), ["options.stage_map.Won"])
          assert.deepStrictEqual(yield* refused({ dateFormat: "DD.MM." }), ["options.date_format"])
          assert.strictEqual(yield* total, 0)
        })
      ))

    test("are linked by our id, by an external id and by any address", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const deals = yield* Deals
          const imports = yield* Imports
          const ann = yield* contacts.create({ name: "Ann", externalId: "4711", secondaryEmails: ["a@example.com"] })
          const report = yield* imports.deals({
            header: ["name", "who", "mail"],
            mapping: { name: "name", contact_id: "who", contact_email: "mail" },
            rows: streamOf([
              ["By id", ann.id, ""],
              ["By external id", "4711", ""],
              ["By address", "", "A@example.com"],
              ["Nobody", "no one", ""]
            ])
          })
          assert.deepInclude(report, { imported: 3, failed: 1 })
          const { data } = yield* deals.list({ contactId: ann.id })
          assert.lengthOf(data, 3)
        })
      ))

    test("update what is there by the rules of any change, and nothing that they do not say", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const deals = yield* Deals
          yield* importing([["Old", "100", "proposal", "", "", "", "", "x", "First"]])
          const [{ id } = assert.fail("not imported")] = (yield* deals.list({})).data
          const told = (yield* eventsOf(tenantId)).length
          const rows = [["Old", "200", "won", "", "", "", "", "x", "First"]]
          assert.deepInclude(yield* importing(rows, { ...ofStages, updateExisting: true }), { updated: 1, failed: 0 })
          const { notes, stage, stageHistory, version } = yield* deals.get(id)
          assert.deepStrictEqual(
            { stage, version, kinds: stageHistory.map(({ kind }) => kind), notes: notes.length },
            { stage: "closed_won", version: 3, kinds: ["move", "edit", "move"], notes: 1 }
          )
          assert.deepStrictEqual(
            (yield* eventsOf(tenantId)).slice(told).map(({ cause, type }) => [cause, type]),
            [
              ["import", "crm.deal_updated"],
              ["import", "crm.deal_stage_changed"],
              ["import", "crm.deal_won"]
            ]
          )
          const again = yield* importing(rows, { ...ofStages, updateExisting: true })
          assert.deepInclude(again, { updated: 0, skipped: 1, failed: 0 })
          assert.deepStrictEqual(
            again.errors.map(({ code }) => code),
            ["unchanged"]
          )
          assert.deepInclude(yield* importing(rows, { ...ofStages, skipDuplicates: true }), { skipped: 1 })
          assert.deepInclude(yield* importing(rows, ofStages), { failed: 1 })
        })
      ))

    test("in a dry run come to what a run comes to, and change nothing when they are imported again", () =>
      forAll(fc.tuple(tables, choices), 10, ([rows, options]) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            yield* (yield* Contacts).create({ name: "Ann", email: "a@example.com" })
            const dry = yield* importing(rows, { ...options, dryRun: true })
            assert.lengthOf(yield* eventsOf(tenantId), 1)
            const run = yield* importing(rows, options)
            assert.deepStrictEqual({ ...dry, jobId: run.jobId }, run)
            assert.strictEqual(run.imported + run.updated + run.skipped + run.failed, rows.length)
            assert.strictEqual(yield* total, run.imported)
            yield* importing(rows, { ...options, updateExisting: false })
            const events = (yield* allEventsOf(tenantId)).length
            const again = yield* importing(rows, { ...options, updateExisting: false })
            assert.strictEqual(again.imported, 0)
            assert.lengthOf(yield* allEventsOf(tenantId), events)
            assert.strictEqual(yield* total, run.imported)
          })
        )
      ))

    test("in a dry run know at the end of a long table what they began with", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          yield* (yield* Contacts).create({ name: "Ann", email: "a@example.com" })
          const rows = Array.from({ length: 1_100 }, (_, index) => [
            `Deal ${index % 7}`,
            `${index % 11}`,
            index % 5 === 0 ? "closed_won" : "",
            index % 3 === 0 ? "a@example.com" : "",
            "",
            "",
            "",
            index % 2 === 0 ? `x-${index % 6}` : "",
            `Note ${index % 8}`
          ])
          const dry = yield* importing(rows, { updateExisting: true, dryRun: true })
          const run = yield* importing(rows, { updateExisting: true })
          assert.deepStrictEqual({ ...dry, jobId: run.jobId }, run)
        })
      ))

    test("are taken back with what they meant for their contacts, but for those that were touched", () =>
      inNewTenant((tenantId: TenantId) =>
        Effect.gen(function* () {
          const contacts = yield* Contacts
          const deals = yield* Deals
          const imports = yield* Imports
          const activities = yield* Activities
          const ann = yield* contacts.create({ name: "Ann", email: "ann@example.com" })
          const rows = Array.from({ length: 230 }, (_, index) => [
            `Deal ${index}`,
            "10",
            index % 2 === 0 ? "closed_won" : "lead",
            index < 20 ? "ann@example.com" : "",
            "",
            "",
            "",
            "",
            "Note"
          ])
          const { jobId } = yield* importing(rows)
          const [changed, active] = (yield* deals.list({ stage: "lead", limit: 2 })).data.map(({ id }) => id)
          if (changed === undefined || active === undefined) return assert.fail("not imported")
          yield* deals.changeStage(changed, { stage: "proposal" })
          yield* activities.create({ type: "call", dealId: active })
          assert.deepInclude(yield* imports.revert(jobId), { reverted: 228, kept: 2 })
          assert.sameMembers(
            (yield* deals.list({})).data.map(({ id }) => id),
            [changed, active]
          )
          const { engagement } = yield* contacts.get(ann.id)
          assert.strictEqual(BigDecimal.format(engagement.lifetimeValue), "0")
          const deleted = (yield* eventsOf(tenantId)).filter(({ type }) => type === "crm.deal_deleted")
          assert.lengthOf(deleted, 228)
          assert.deepInclude(yield* importing(rows), { imported: 228, skipped: 2 })
        })
      ))
  }
}

// internal

const tables: fc.Arbitrary<ReadonlyArray<Cells>> = fc.array(
  fc
    .tuple(
      fc.constantFrom("A", "B", ""),
      fc.constantFrom("", "1", "2.5", "many"),
      fc.constantFrom("", "lead", "Closed won", "closed_lost", "nowhere"),
      fc.constantFrom("", "", "a@example.com", "b@example.com"),
      fc.constantFrom("", "2026-01-01"),
      fc.constantFrom("", "2026-02-01"),
      fc.constantFrom("", "2026-03-01"),
      fc.constantFrom("", "", "1", "2"),
      fc.constantFrom("", "One")
    )
    .map((cells): Cells => cells),
  { minLength: 1, maxLength: 25 }
)

const choices = fc.record({ skipDuplicates: fc.boolean(), updateExisting: fc.boolean() })
