/**
 * Batches of an import of deals, each in the transaction of its job: rows are read, linked to contacts, decided together and
 * written in sets, with their history and what they mean for their contacts. See `ContactImports`, also about dry runs.
 */
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { ContactRecord } from "../domain/ContactRecord.ts"
import * as DealImport from "../domain/DealImport.ts"
import * as Decision from "../domain/DealImportDecision.ts"
import * as DealRecord from "../domain/DealRecord.ts"
import { type Refused, StorageError, StorageUnavailable } from "../domain/Errors.ts"
import * as Events from "../domain/Events.ts"
import { ContactId, DealId, dealId, type JobId, type TenantId } from "../domain/Ids.ts"
import type { DealImportOptions } from "../domain/Importing.ts"
import { BaseCurrency } from "../domain/Money.ts"
import * as Text from "../domain/Text.ts"
import { ContactStore } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { DealStore } from "../ports/DealStore.ts"
import { ErasedEmails } from "../ports/ErasedEmails.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { ImportStore } from "../ports/ImportStore.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import type { Batch, BatchResult } from "./ContactImports.ts"
import { ContactJournal } from "./ContactJournal.ts"
import { DealJournal } from "./DealJournal.ts"
import * as DryRun from "./DryRun.ts"
import { Pipelines } from "./Pipelines.ts"

export class DealImports extends Context.Service<
  DealImports,
  {
    readonly run: (
      batch: Batch<DealImport.ReadDeal, DealImportOptions>
    ) => Effect.Effect<BatchResult, Refused | StorageError, CurrentActor>
  }
>()("@clientele/core/services/DealImports") {
  static readonly layer: Layer.Layer<
    DealImports,
    never,
    | ContactJournal
    | ContactStore
    | DealJournal
    | DealStore
    | ErasedEmails
    | IdGenerator
    | ImportStore
    | Pipelines
    | UnitOfWork
  > = Layer.effect(
    DealImports,
    Effect.gen(function* () {
      const contacts = yield* ContactStore
      const currency = yield* BaseCurrency
      const deals = yield* DealStore
      const erased = yield* ErasedEmails
      const ids = yield* IdGenerator
      const journal = yield* DealJournal
      const { origin } = yield* ContactJournal
      const { current: pipeline } = yield* Pipelines
      const store = yield* ImportStore
      const uow = yield* UnitOfWork

      /** The contacts that rows name, by how they do. */
      const linksOf = Effect.fnUntraced(function* (tenantId: TenantId, rows: ReadonlyArray<Decision.Candidate>) {
        const named = rows.flatMap(({ contact }) => (contact === null ? [] : [contact]))
        const ofKind = (kind: "email" | "id") => [
          ...new Set(named.flatMap((one) => (one.kind === kind ? [one.value] : [])))
        ]
        const found = yield* contacts.findAll(tenantId, ofKind("id").filter(Schema.is(ContactId)))
        const links = new Map<string, ContactId>(
          found.map(({ id }) => [Decision.linkKey({ kind: "id", value: id }), id])
        )
        const owned = yield* contacts.owners(tenantId, [
          ...ofKind("email").map((value) => ({ kind: "email", value }) as const),
          ...ofKind("id").map((value) => ({ kind: "external_id", value }) as const)
        ])
        for (const { contactId, identity } of owned) {
          const key = Decision.linkKey({ kind: identity.kind === "email" ? "email" : "id", value: identity.value })
          if (!links.has(key)) links.set(key, contactId)
        }
        return links
      })

      /** Everything that rows may be about, contacts first, held until the transaction ends. */
      const hold = Effect.fnUntraced(function* (
        tenantId: TenantId,
        rows: ReadonlyArray<Decision.Candidate>,
        withDeals: boolean
      ) {
        const externalIds = rows.flatMap(({ input }) => input.externalId ?? [])
        for (;;) {
          const links = yield* linksOf(tenantId, rows)
          const owners = yield* deals.owners(tenantId, externalIds)
          const wanted = withDeals ? [...owners.values()] : []
          const seen = yield* deals.findAll(tenantId, wanted)
          const linked = [...links.values(), ...seen.flatMap(({ fields }) => fields.contactId ?? [])]
          const held = yield* journal.lockContacts(linked)
          const records = yield* deals.lockAll(tenantId, wanted)
          // If one of them went, or was given to somebody else, between the questions, they are to be asked again.
          const known = new Set<string>(held.map(({ id }) => id))
          const isWhole =
            linked.every((id) => known.has(id)) &&
            records.length === new Set(wanted).size &&
            records.every(({ fields }) => fields.contactId === null || known.has(fields.contactId))
          if (isWhole) return { links, owners, held, records }
        }
      })

      const look = Effect.fnUntraced(function* (
        tenantId: TenantId,
        rows: ReadonlyArray<Decision.Candidate>,
        { importId, options }: Pick<Batch<unknown, DealImportOptions>, "importId" | "options">
      ) {
        const { held, links, owners, records } = yield* hold(tenantId, rows, options.updateExisting === true)
        const companies = new Map(held.map(({ fields, id }) => [id, fields.company]))
        const emails = rows.flatMap(({ contact }) => (contact?.kind === "email" ? [contact.value] : []))
        const texts = rows.flatMap((row) => (row.input.externalId ? [] : [DealImport.fingerprint(row)]))
        const noted = rows.some(({ input }) => Text.filledOrNull(input.notes) !== null)
        const contents = noted
          ? yield* store.notes(
              tenantId,
              "deals",
              records.map(({ id }) => id)
            )
          : new Map<string, ReadonlySet<string>>()
        const known: Decision.Known = {
          owners,
          records: new Map(records.map((record) => [record.id, record])),
          notes: new Map(records.map(({ id }) => [id, contents.get(id) ?? new Set()])),
          contacts: new Map([...links].map(([key, id]) => [key, { id, company: companies.get(id) ?? null }])),
          erased: yield* erased.among(tenantId, emails),
          fingerprints: yield* store.recall(tenantId, "deals", texts)
        }
        if (options.dryRun !== true) return { held, known }
        const fingerprints = yield* DryRun.recall(store, tenantId, importId, texts, known.fingerprints)
        return { held, known: { ...(yield* asIfWritten(tenantId, importId, rows, known)), fingerprints } }
      })

      // -- Dry runs ---------------------------------------------------------------------------------------------------

      const asIfWritten = Effect.fnUntraced(function* (
        tenantId: TenantId,
        importId: JobId,
        rows: ReadonlyArray<Decision.Candidate>,
        known: Decision.Known
      ) {
        const externalIds = rows.flatMap(({ input }) => input.externalId ?? [])
        const claimed = yield* store.read(tenantId, importId, externalIds.map(ownerKey))
        const owners = new Map(known.owners)
        for (const externalId of externalIds) {
          const owner = claimed.get(ownerKey(externalId))
          if (owner === "") owners.delete(externalId)
          else if (owner !== undefined) owners.set(externalId, DealId.make(owner))
        }
        const changed = yield* store.read(tenantId, importId, [...owners.values()].map(recordKey))
        const records = new Map(known.records)
        const notes = new Map(known.notes)
        for (const id of owners.values()) {
          const text = changed.get(recordKey(id))
          if (text === undefined) continue
          const state = yield* Effect.orDie(decodeState(text))
          records.set(id, state.record)
          notes.set(id, new Set([...(notes.get(id) ?? []), ...state.notes]))
        }
        return { ...known, owners, records, notes }
      })

      const putDown = Effect.fnUntraced(function* (
        tenantId: TenantId,
        importId: JobId,
        known: Decision.Known,
        { fingerprints, notes, steps }: Decision.Decision
      ) {
        const owners = new Map<string, string>()
        for (const { after, before } of steps) {
          if (before !== null && before.fields.externalId !== null) owners.set(ownerKey(before.fields.externalId), "")
          if (after.fields.externalId !== null) owners.set(ownerKey(after.fields.externalId), after.id)
        }
        const contents = [
          ...notes,
          ...steps.flatMap(({ after, note }) => (note === null ? [] : [{ dealId: after.id, content: note }]))
        ]
        const added = notes.flatMap(({ dealId }) => known.records.get(dealId) ?? [])
        const changed = [...added, ...steps.map(({ after }) => after)]
        const states = yield* Effect.forEach(new Map(changed.map((record) => [record.id, record])), ([id, record]) => {
          const own = contents.flatMap(({ content, dealId }) => (dealId === id ? [content] : []))
          const state = encodeState({ record, notes: [...(known.notes.get(id) ?? []), ...own] })
          return Effect.map(state, (text) => [recordKey(id), text] as const)
        }).pipe(Effect.orDie)
        yield* store.write(tenantId, importId, new Map([...states, ...owners]))
        yield* DryRun.remember(store, tenantId, importId, fingerprints)
      })

      // -- Writing ----------------------------------------------------------------------------------------------------

      const write = Effect.fnUntraced(function* (
        tenantId: TenantId,
        { fingerprints, notes, steps }: Decision.Decision,
        held: ReadonlyArray<ContactRecord>
      ) {
        const { timestamp } = yield* origin
        const created = steps.flatMap(({ after, before }) => (before === null ? [after] : []))
        // However often rows of a batch change a deal, it is written once.
        const first = new Map(
          steps.toReversed().flatMap(({ before }) => (before === null ? [] : [[before.id, before]]))
        )
        const last = new Map(steps.map(({ after }) => [after.id, after]))
        const updated = [...first.values()].map((before) => ({ before, after: last.get(before.id) ?? before }))
        yield* deals.insert(tenantId, created)
        yield* deals.update(tenantId, updated)
        yield* journal.addNotes(notes.map((note) => ({ ...note, at: timestamp })))
        const concerned = new Set(
          steps.flatMap(({ after, before }) => [after.fields.contactId, before?.fields.contactId ?? null])
        )
        yield* journal.changed(
          steps,
          held.filter(({ id }) => concerned.has(id))
        )
        yield* store.remember(tenantId, "deals", fingerprints)
        return created.map(({ id }) => id)
      })

      const run = Effect.fn("DealImports.run")(
        function* ({ importId, options, rows }: Batch<DealImport.ReadDeal, DealImportOptions>) {
          if (rows.length === 0) return { outcomes: [], created: [] }
          const { tenantId } = yield* CurrentActor
          const { timestamp: now } = yield* origin
          const bodies = yield* ids.bodies(rows.length)
          const candidates = Arr.zipWith(rows, bodies, (row, body) => ({ ...row, id: dealId(body) }))
          const { held, known } = yield* look(tenantId, candidates, { importId, options })
          const decision = Decision.decide(candidates, known, { importId, options, now, pipeline, currency })
          const isDry = options.dryRun === true
          const created = isDry ? [] : yield* write(tenantId, decision, held)
          if (isDry) yield* putDown(tenantId, importId, known, decision)
          return { outcomes: decision.outcomes, created }
        },
        uow.transaction,
        Effect.provideService(Events.CurrentCause, "import"),
        // Someone else took an external id between our look and our write: the next look finds it.
        Effect.retry({ while: (error) => error._tag === "DealExternalIdTaken", times: 5 }),
        Effect.catchTag("DealExternalIdTaken", (cause) =>
          Effect.fail(new StorageError({ operation: "DealImports.run", reason: new StorageUnavailable({ cause }) }))
        )
      )

      return DealImports.of({ run })
    })
  )
}

// internal

const ownerKey = (externalId: string): string => `owner:${externalId}`
const recordKey = (id: DealId): string => `record:${id}`

const State = Schema.fromJsonString(
  Schema.toCodecJson(Schema.Struct({ record: DealRecord.DealRecord, notes: Schema.Array(Schema.String) }))
)
const encodeState = Schema.encodeEffect(State)
const decodeState = Schema.decodeEffect(State)
