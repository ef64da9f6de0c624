/** Deals: what is written is what is read; lists, notes, refusals, and the archive. */
import {
  type ContactId,
  Contacts,
  type Deal,
  DealId,
  DealQuery,
  Deals,
  DealStore,
  Money,
  Notes,
  Pipeline,
  ProductCatalog,
  ProductId,
  UserId
} from "@clientele/core"
import { assert } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import * as DealGenerators from "../DealGenerators.ts"
import { assertChained, assertRecounted, dealCommands, runDealCommands } from "./DealCommands.ts"
import {
  as,
  assertSame,
  at,
  byUser,
  type Call,
  type Chapter,
  eventsOf,
  forAll,
  idsOf,
  inNewTenant,
  newTenant,
  user
} from "./Harness.ts"
import { failures, race, successes, times } from "./Races.ts"

const decimal = (value: number | string) => BigDecimal.fromStringUnsafe(String(value))

const create = (input: Deal.DealCreate) => Effect.flatMap(Deals, (deals) => deals.create(input))

const amount = (deal: Deal.Deal) => Number(BigDecimal.format(deal.value))

/** The filter, by its letter. */
const matches =
  (filter: DealQuery.DealFilter) =>
  (deal: Deal.Deal): boolean =>
    (filter.stage === undefined || deal.stage === filter.stage) &&
    (filter.ownerId === undefined || deal.owner?.id === filter.ownerId) &&
    (filter.minValue === undefined || amount(deal) >= Number(BigDecimal.format(Money.decimalOf(filter.minValue)))) &&
    (filter.maxValue === undefined || amount(deal) <= Number(BigDecimal.format(Money.decimalOf(filter.maxValue)))) &&
    (filter.closeDate === undefined || deal.expectedClose === filter.closeDate) &&
    (filter.closeAfter === undefined || (deal.expectedClose ?? "") >= filter.closeAfter) &&
    (filter.closeBefore === undefined || (deal.expectedClose ?? "9") <= filter.closeBefore)

const condition: fc.Arbitrary<DealQuery.DealFilter> = fc.oneof(
  fc.record({ stage: DealGenerators.stage }),
  fc.record({ ownerId: fc.constantFrom("user_1", "user_3").map((id) => UserId.make(id)) }),
  fc.record({ minValue: fc.constantFrom("0.00001", "100", "100000.5", "1e30").map(decimal) }),
  fc.record({ maxValue: fc.constantFrom("-1", "0", "99999.99999", "100000000").map(decimal) }),
  fc.record({ closeDate: DealGenerators.day }),
  fc.record({ closeAfter: DealGenerators.day }),
  fc.record({ closeBefore: DealGenerators.day })
)

/** One condition or two: with more, few deals would match. */
const filter = fc.tuple(condition, fc.option(condition)).map(([one, other]) => ({ ...one, ...other }))

const keyOf = (field: string, deal: Deal.Deal): number | string | null => {
  switch (field) {
    case "value":
      return amount(deal)
    case "expected_close":
      return deal.expectedClose
    case "name":
      return deal.name
    default:
      return deal.createdAt.epochMilliseconds
  }
}

const inOrder = (sort: DealQuery.Sort, deals: ReadonlyArray<Deal.Deal>) => {
  const sign = sort.startsWith("-") ? -1 : 1
  const field = sort.replace("-", "")
  return deals.toSorted((one, other) => {
    const [a, b] = [keyOf(field, one), keyOf(field, other)]
    if (a !== b && (a === null || b === null)) return a === null ? 1 : -1
    return sign * (a !== null && b !== null && a !== b ? (a < b ? -1 : 1) : one.id < other.id ? -1 : 1)
  })
}

export const deals: Chapter = {
  title: "deals",
  needs: [],
  tests: (test) => {
    test("are read back as they were written, with a first row of history, a note and their events", () =>
      forAll(DealGenerators.dealCreate, 20, (input) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            const service = yield* Deals
            const made = yield* service.create(input)
            assertSame(yield* service.get(made.id), made)
            const note = (input.notes ?? "").trim() === "" ? null : (input.notes ?? null)
            assert.deepStrictEqual(
              made.notes.map(({ content }) => content),
              note === null ? [] : [note]
            )
            const [row, ...more] = made.stageHistory
            assert.lengthOf(more, 0)
            assert.deepStrictEqual(
              [row?.kind, row?.from, row?.to, row?.by, row?.notes],
              ["move", null, made.stage, user.id, note]
            )
            const type = Pipeline.typeOf(Pipeline.defaultPipeline, made.stage)
            const events = yield* eventsOf(tenantId)
            assert.deepStrictEqual(
              events.map(({ type }) => type),
              ["crm.deal_created", ...(type === "open" ? [] : [`crm.deal_${type}`])]
            )
            for (const { actor, cause } of events) assert.deepStrictEqual({ cause, actor: { ...actor } }, byUser)
          })
        )
      ))

    test("tell of each move what it was, and of the deal that it is won or lost", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const service = yield* Deals
          const { id } = yield* service.create({ name: "Deal", value: decimal(50_000) })
          yield* service.changeStage(id, { stage: "closed_won", notes: "Signed" })
          yield* service.changeStage(id, { stage: "closed_won", notes: "Again" })
          yield* service.changeStage(id, { stage: "closed_lost", lostReason: "Price" })
          yield* service.changeStage(id, { stage: "proposal", probability: 70 })
          yield* service.update(id, { name: "Another", expectedClose: "2026-02-15" })
          const detail = yield* service.get(id)
          assert.deepStrictEqual(
            detail.notes.map(({ content }) => content),
            ["Again", "Signed"]
          )
          assert.deepStrictEqual(
            detail.stageHistory.map(({ from, kind, notes, probability, to }) => [kind, from, to, probability, notes]),
            [
              ["move", null, "lead", 10, null],
              ["move", "lead", "closed_won", 100, "Signed"],
              ["move", "closed_won", "closed_lost", 0, null],
              ["move", "closed_lost", "proposal", 70, null],
              ["edit", "proposal", "proposal", 70, null]
            ]
          )
          assert.deepStrictEqual([detail.version, detail.closedAt, detail.lostReason], [5, null, null])
          yield* service.remove(id)
          const events = yield* eventsOf(tenantId)
          assert.deepStrictEqual(
            events.map((event) => ["from" in event.data ? [event.data.from, event.data.to] : [], event.type]),
            [
              [[], "crm.deal_created"],
              [["lead", "closed_won"], "crm.deal_stage_changed"],
              [["lead", "closed_won"], "crm.deal_won"],
              [["closed_won", "closed_lost"], "crm.deal_stage_changed"],
              [["closed_won", "closed_lost"], "crm.deal_lost"],
              [["closed_lost", "proposal"], "crm.deal_stage_changed"],
              [[], "crm.deal_updated"],
              [[], "crm.deal_deleted"]
            ]
          )
        })
      ))

    test("are listed by every filter in every order, each once, and summed up", () =>
      forAll(
        fc.tuple(
          fc.array(DealGenerators.dealCreate, { minLength: 4, maxLength: 12, size: "max" }),
          fc.array(filter, { minLength: 3, maxLength: 6 }),
          fc.integer({ min: 1, max: 4 })
        ),
        8,
        ([drafts, filters, limit]) =>
          inNewTenant(() =>
            Effect.gen(function* () {
              const service = yield* Deals
              const named = drafts.map((draft, index) => ({ ...draft, name: `deal ${index % 3}` }))
              yield* Effect.forEach(named, (draft, index) =>
                create(draft).pipe(at(index % 2 === 0 ? "2026-01-20T10:00:00.000Z" : "2026-01-21T10:00:00.000Z"))
              )
              const { data: everyone } = yield* service.list({ limit: 100 })
              assert.lengthOf(everyone, drafts.length)
              const sorts: ReadonlyArray<DealQuery.Sort> = [
                "-created_at",
                "name",
                "-value",
                "value",
                "expected_close",
                "-expected_close"
              ]
              for (const [index, asked] of [{}, ...filters].entries()) {
                const sort = sorts[index % sorts.length] ?? "-created_at"
                const expected = inOrder(sort, everyone.filter(matches(asked)))
                const first = yield* service.list({ ...asked, sort, limit })
                assert.strictEqual(first.pagination.total, expected.length, JSON.stringify(asked))
                const visited = [...first.data]
                let { nextCursor } = first.pagination
                while (nextCursor !== null) {
                  const page = yield* service.list({ ...asked, cursor: nextCursor, limit })
                  assertSame({ ...page, data: [], pagination: {} }, { ...first, data: [], pagination: {} })
                  visited.push(...page.data)
                  nextCursor = page.pagination.nextCursor
                }
                assertSame(visited, expected)
                const second = yield* service.list({ ...asked, sort, limit, page: 2 })
                assertSame(second.data, expected.slice(limit, 2 * limit))
              }
            })
          )
      ))

    test("keep sums, contacts and histories right, whatever is done", () =>
      forAll(dealCommands(30), 14, (commands) =>
        inNewTenant((tenantId) =>
          Effect.gen(function* () {
            yield* assertRecounted(tenantId, yield* runDealCommands(commands))
          })
        )
      ))

    test("change only as the version says that was seen, and in nothing that is read only", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const service = yield* Deals
          const made = yield* service.create({ name: "Deal", notes: "First" })
          const stale = { expectedVersion: made.version + 1 }
          const refused: ReadonlyArray<readonly [string, Call]> = [
            ["PreconditionFailed", service.update(made.id, { name: "X" }, stale)],
            ["PreconditionFailed", service.changeStage(made.id, { stage: "proposal" }, stale)],
            ["PreconditionFailed", service.remove(made.id, stale)],
            ["ValidationError", service.update(made.id, { stage: "proposal" })],
            ["ValidationError", service.update(made.id, { notes: [] })],
            ["InvalidStage", service.changeStage(made.id, { stage: "won" })],
            ["InvalidStage", service.create({ name: "X", stage: "won" })],
            ["InvalidStage", service.list({ stage: "won" })],
            ["ValidationError", service.changeStage(made.id, { stage: "closed_won", probability: 1 })]
          ]
          for (const [tag, call] of refused) assert.strictEqual((yield* Effect.flip(call))._tag, tag)
          assertSame(yield* service.update(made.id, made), made)
          assertSame(yield* service.get(made.id), made)
          const next = yield* service.update(made.id, { name: "X", notes: "Second" }, { expectedVersion: made.version })
          assert.deepStrictEqual([next.version, idsOf(next.notes).length], [2, 2])
        })
      ))

    test("have an external id of their own, whoever asks for it first", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const service = yield* Deals
          const outcomes = yield* race(times(8, (n) => create({ name: `Deal ${n}`, externalId: "7" })))
          assert.lengthOf(successes(outcomes), 1)
          const other = yield* service.create({ name: "Other" })
          const errors = [...failures(outcomes), yield* Effect.flip(service.update(other.id, { externalId: "7" }))]
          for (const error of errors) {
            if (error._tag !== "ValidationError") return assert.fail(error.message)
            assert.strictEqual(error.issues[0]?.path, "externalId")
          }
          assert.strictEqual((yield* service.list({ externalId: "7" })).pagination.total, 1)
        })
      ))

    test("have notes as contacts have, which are mended and taken away by their own id", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const service = yield* Deals
          const notes = yield* Notes
          const { id } = yield* service.create({ name: "Deal", notes: "First" })
          const note = yield* service.addNote(id, { content: "Second" })
          yield* notes.edit(note.id, { content: "Mended" })
          const page = yield* service.notes(id, { limit: 1 })
          assert.deepStrictEqual([page.data[0]?.content, page.pagination.total], ["Mended", 2])
          const rest = yield* service.notes(id, { cursor: page.pagination.nextCursor ?? assert.fail("no next page") })
          assert.deepStrictEqual(
            rest.data.map(({ content }) => content),
            ["First"]
          )
          yield* notes.remove(note.id)
          assert.lengthOf((yield* service.get(id)).notes, 1)
        })
      ))

    test("keep what a product was when they were given it", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const service = yield* Deals
          const catalog = yield* ProductCatalog
          const license = yield* catalog.create({ name: "License", price: decimal("45000.5") })
          const products = [{ productId: license.id, quantity: 2 }]
          const deal = yield* service.create({ name: "Deal", products })
          yield* catalog.replace(license.id, { name: "Licence", price: decimal(1) })
          assert.strictEqual((yield* catalog.get(license.id)).name, "Licence")
          yield* catalog.remove(license.id)
          assertSame(yield* service.get(deal.id), deal)
          assertSame(deal.value, decimal(90_001))
          assert.strictEqual((yield* Effect.flip(catalog.get(license.id)))._tag, "ProductNotFound")
          const gone = yield* Effect.flip(service.create({ name: "Deal", products }))
          assert.strictEqual(gone._tag === "ValidationError" && gone.issues[0]?.path, "products[0].product_id")
        })
      ))

    test("are kept for 30 days with their history when they are deleted, and forgotten in the next purge", () =>
      inNewTenant((tenantId) =>
        Effect.gen(function* () {
          const service = yield* Deals
          const store = yield* DealStore
          const { id } = yield* service.create({ name: "Deal", notes: "First" })
          const deleted = "2026-01-20T10:00:00.000Z"
          yield* service.remove(id).pipe(at(deleted))
          const calls: ReadonlyArray<Call> = [
            service.get(id),
            service.remove(id),
            service.update(id, { name: "X" }),
            service.changeStage(id, { stage: "proposal" }),
            service.notes(id, {}),
            service.addNote(id, { content: "X" })
          ]
          for (const call of calls) assert.strictEqual((yield* Effect.flip(call))._tag, "DealNotFound")
          yield* service.purge(DateTime.makeUnsafe("2026-02-19T10:00:00.000Z"))
          const history = yield* store.history(tenantId, id)
          assert.deepStrictEqual(
            history.map(({ kind }) => kind),
            ["move", "delete"]
          )
          assertChained(history)
          assert.isAtLeast(yield* service.purge(DateTime.makeUnsafe("2026-02-19T10:00:00.001Z")), 1)
          assert.deepStrictEqual(yield* store.history(tenantId, id), [])
        })
      ))

    test("are of one tenant, by id, in lists, in sums and in bodies", () =>
      Effect.gen(function* () {
        const service = yield* Deals
        const contacts = yield* Contacts
        const catalog = yield* ProductCatalog
        const [ours, theirs] = [yield* newTenant, yield* newTenant]
        const ann = yield* as(theirs)(contacts.create({ name: "Ann" }))
        const license = yield* as(theirs)(catalog.create({ name: "License", price: decimal(1) }))
        const there = yield* as(theirs)(service.create({ name: "Deal", contactId: ann.id, value: decimal(1) }))
        const own = yield* as(ours)(service.create({ name: "Own" }))
        const callsFor = (id: DealId, contactId: ContactId, productId: ProductId): ReadonlyArray<Call> => [
          service.get(id),
          service.update(id, { name: "Mine" }),
          service.changeStage(id, { stage: "proposal" }),
          service.remove(id),
          service.notes(id, {}),
          service.addNote(id, { content: "X" }),
          service.create({ name: "X", contactId }),
          service.update(own.id, { contactId }),
          service.create({ name: "X", products: [{ productId }] }),
          catalog.get(productId),
          catalog.replace(productId, { name: "X", price: decimal(1) }),
          catalog.remove(productId)
        ]
        const unknown = [DealId.make("deal_none"), ann.id, ProductId.make("prod_none")] as const
        const foreign = callsFor(there.id, ann.id, license.id)
        const absent = callsFor(unknown[0], unknown[1], unknown[2])
        const wordsOf = (error: unknown) => JSON.stringify(error).replaceAll(/(deal|prod)_\w+/g, "")
        for (const [index, call] of foreign.entries()) {
          const other = absent[index] ?? assert.fail("no call")
          const [error, expected] = [yield* Effect.flip(as(ours)(call)), yield* Effect.flip(as(ours)(other))]
          assert.strictEqual(wordsOf(error), wordsOf(expected))
        }
        assert.strictEqual((yield* as(ours)(service.list({ contactId: ann.id }))).pagination.total, 0)
        assert.strictEqual((yield* as(ours)(service.list({}))).pipelineSummary.dealCount, 1)
        assertSame(yield* as(theirs)(service.get(there.id)), there)
      }))

    test("read the same in the shape of the wire", () =>
      inNewTenant(() =>
        Effect.gen(function* () {
          const service = yield* Deals
          yield* service.create({ name: "Deal", value: decimal("0.1"), ownerId: UserId.make("user_1") })
          const encoded = yield* service.listEncoded({})
          const page = yield* service.list({})
          assert.deepStrictEqual(encoded, yield* Schema.encodeEffect(DealQuery.DealPage)(page))
          assert.strictEqual(encoded.data[0]?.value, 0.1)
        })
      ))
  }
}
