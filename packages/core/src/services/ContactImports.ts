/**
 * Batches of an import of contacts, each in the transaction of its job: rows are read, decided together, and written in
 * sets, whatever their number. In a dry run everything is the same but the writing: what rows would have come to is put
 * down for the rows behind them.
 */
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as ContactImport from "../domain/ContactImport.ts"
import * as Decision from "../domain/ContactImportDecision.ts"
import * as ContactRecord from "../domain/ContactRecord.ts"
import { type Refused, StorageError, StorageUnavailable } from "../domain/Errors.ts"
import * as Events from "../domain/Events.ts"
import { ContactId, contactId, type JobId, noteId, type TenantId } from "../domain/Ids.ts"
import type { ImportOptions, Outcome } from "../domain/Importing.ts"
import * as Text from "../domain/Text.ts"
import { ContactStore } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { ErasedEmails } from "../ports/ErasedEmails.ts"
import { IdGenerator } from "../ports/IdGenerator.ts"
import { ImportStore } from "../ports/ImportStore.ts"
import { NoteStore } from "../ports/NoteStore.ts"
import { PhoneNormalizer } from "../ports/PhoneNormalizer.ts"
import { UnitOfWork } from "../ports/UnitOfWork.ts"
import { ContactJournal } from "./ContactJournal.ts"
import { ContactScoring } from "./ContactScoring.ts"
import * as DryRun from "./DryRun.ts"

/** Rows that were read, of one import. */
export interface Batch<Row, Options> {
  readonly importId: JobId
  readonly options: Options
  readonly rows: ReadonlyArray<Row>
}

/** What became of rows, and of what is there because of them. */
export interface BatchResult {
  readonly outcomes: ReadonlyArray<Outcome>
  readonly created: ReadonlyArray<string>
}

export class ContactImports extends Context.Service<
  ContactImports,
  {
    readonly run: (
      batch: Batch<ContactImport.ReadContact, ImportOptions>
    ) => Effect.Effect<BatchResult, Refused | StorageError, CurrentActor>
  }
>()("@clientele/core/services/ContactImports") {
  static readonly layer: Layer.Layer<
    ContactImports,
    never,
    | ContactJournal
    | ContactScoring
    | ContactStore
    | ErasedEmails
    | IdGenerator
    | ImportStore
    | NoteStore
    | PhoneNormalizer
    | UnitOfWork
  > = Layer.effect(
    ContactImports,
    Effect.gen(function* () {
      const contacts = yield* ContactStore
      const erased = yield* ErasedEmails
      const ids = yield* IdGenerator
      const journal = yield* ContactJournal
      const noteStore = yield* NoteStore
      const { toE164 } = yield* PhoneNormalizer
      const scoring = yield* ContactScoring
      const store = yield* ImportStore
      const uow = yield* UnitOfWork

      const ownersOf = Effect.fnUntraced(function* (tenantId: TenantId, keys: ReadonlyArray<ContactRecord.Identity>) {
        const found = yield* contacts.owners(tenantId, keys)
        return new Map(found.map(({ contactId, identity }) => [ContactRecord.identityKey(identity), contactId]))
      })

      /** Owners, held until the transaction ends, so that what is decided about them holds. */
      const heldBy = Effect.fnUntraced(function* (tenantId: TenantId, keys: ReadonlyArray<ContactRecord.Identity>) {
        for (;;) {
          const owners = yield* ownersOf(tenantId, keys)
          const wanted = [...new Set(owners.values())]
          const records = yield* contacts.lock(tenantId, wanted)
          // Whoever is not there any more was deleted between the two questions.
          if (records.length === wanted.length) return { owners, records }
        }
      })

      const look = Effect.fnUntraced(function* (
        tenantId: TenantId,
        candidates: ReadonlyArray<Decision.Candidate>,
        { importId, options }: Pick<Batch<unknown, ImportOptions>, "importId" | "options">
      ) {
        const identities = candidates.map(({ draft }) => Decision.identitiesOfDraft(draft))
        const keys = identities.flat()
        const found =
          options.updateExisting === true
            ? yield* heldBy(tenantId, keys)
            : { owners: yield* ownersOf(tenantId, keys), records: [] }
        const emails = keys.flatMap(({ kind, value }) => (kind === "email" ? [value] : []))
        const texts = candidates.flatMap((row, index) =>
          identities[index]?.length === 0 ? [ContactImport.fingerprint(row)] : []
        )
        const noted = candidates.some(({ draft }) => Text.filledOrNull(draft.notes) !== null)
        const known: Decision.Known = {
          owners: found.owners,
          records: new Map(found.records.map((record) => [record.id, record])),
          notes: noted ? yield* notesOf(tenantId, found.records) : new Map(),
          // After the owners: whoever is erased between the two questions has no owner by the first or a hash by the second.
          erased: yield* erased.among(tenantId, emails),
          fingerprints: yield* store.recall(tenantId, "contacts", texts)
        }
        if (options.dryRun !== true) return known
        const fingerprints = yield* DryRun.recall(store, tenantId, importId, texts, known.fingerprints)
        return { ...(yield* asIfWritten(tenantId, importId, keys, known)), fingerprints }
      })

      const notesOf = (tenantId: TenantId, records: ReadonlyArray<ContactRecord.ContactRecord>) =>
        Effect.map(
          store.notes(
            tenantId,
            "contacts",
            records.map(({ id }) => id)
          ),
          (found) => new Map(records.map(({ id }) => [id, found.get(id) ?? new Set<string>()]))
        )

      // -- Dry runs ---------------------------------------------------------------------------------------------------

      const asIfWritten = Effect.fnUntraced(function* (
        tenantId: TenantId,
        importId: JobId,
        keys: ReadonlyArray<ContactRecord.Identity>,
        known: Decision.Known
      ) {
        const claimed = yield* store.read(tenantId, importId, keys.map(claimKey))
        const owners = new Map(known.owners)
        for (const identity of keys) {
          const owner = claimed.get(claimKey(identity))
          if (owner === "") owners.delete(ContactRecord.identityKey(identity))
          else if (owner !== undefined) owners.set(ContactRecord.identityKey(identity), ContactId.make(owner))
        }
        const all = [...new Set([...owners.values(), ...known.records.keys()])]
        const changed = yield* store.read(tenantId, importId, all.map(recordKey))
        const records = new Map(known.records)
        const notes = new Map(known.notes)
        for (const id of all) {
          const text = changed.get(recordKey(id))
          if (text === undefined) continue
          const { fields, notes: contents } = yield* Effect.orDie(decodeState(text))
          records.set(id, { ...(records.get(id) ?? blank(id, yield* DateTime.now)), fields })
          notes.set(id, new Set([...(notes.get(id) ?? []), ...contents]))
        }
        return { ...known, owners, records, notes }
      })

      const putDown = Effect.fnUntraced(function* (
        tenantId: TenantId,
        importId: JobId,
        known: Decision.Known,
        { claims, created, fingerprints, notes, updated }: Decision.Decision
      ) {
        const added = notes.flatMap(({ contactId }) => known.records.get(contactId) ?? [])
        const changed = [...added, ...created, ...updated.map(({ after }) => after)]
        const states = yield* Effect.forEach(
          new Map(changed.map((record) => [record.id, record])),
          ([id, { fields }]) => {
            const own = notes.flatMap(({ contactId, content }) => (contactId === id ? [content] : []))
            const state = encodeState({ fields, notes: [...(known.notes.get(id) ?? []), ...own] })
            return Effect.map(state, (text) => [recordKey(id), text] as const)
          }
        ).pipe(Effect.orDie)
        const owners = [...claims].map(([key, owner]) => [`owner:${key}`, owner ?? ""] as const)
        yield* store.write(tenantId, importId, new Map([...states, ...owners]))
        yield* DryRun.remember(store, tenantId, importId, fingerprints)
      })

      // -- Writing ----------------------------------------------------------------------------------------------------

      const write = Effect.fnUntraced(function* (decision: Decision.Decision, origin: Events.Origin) {
        const { tenantId, userId } = yield* CurrentActor
        const now = origin.timestamp
        const created = yield* scoring.scoreNew(decision.created, now)
        const updated = yield* scoring.scoreChanged(decision.updated, now)
        const bodies = yield* ids.bodies(decision.notes.length)
        // First those that may let go of an address that another row takes up.
        yield* contacts.update(tenantId, updated)
        yield* contacts.insert(tenantId, created)
        yield* noteStore.insert(
          tenantId,
          Arr.zipWith(decision.notes, bodies, ({ contactId, content }, body) => ({
            contactId,
            note: { id: noteId(body), content, createdBy: userId, createdAt: now }
          }))
        )
        yield* journal.created(created, origin)
        yield* journal.updated(updated, origin)
        yield* scoring.changed(updated, origin)
        yield* store.remember(tenantId, "contacts", decision.fingerprints)
      })

      const run = Effect.fn("ContactImports.run")(
        function* ({ importId, options, rows }: Batch<ContactImport.ReadContact, ImportOptions>) {
          if (rows.length === 0) return { outcomes: [], created: [] }
          const { tenantId } = yield* CurrentActor
          const origin = yield* journal.origin
          const bodies = yield* ids.bodies(rows.length)
          const candidates = Arr.zipWith(rows, bodies, (row, body) => ({ ...row, id: contactId(body) }))
          const known = yield* look(tenantId, candidates, { importId, options })
          const decision = Decision.decide(candidates, known, { importId, options, now: origin.timestamp, toE164 })
          if (options.dryRun === true) {
            yield* putDown(tenantId, importId, known, decision)
            return { outcomes: decision.outcomes, created: [] }
          }
          yield* write(decision, origin)
          return { outcomes: decision.outcomes, created: decision.created.map(({ id }) => id) }
        },
        uow.transaction,
        Effect.provideService(Events.CurrentCause, "import"),
        // Someone else took an identity between our look and our write: the next look finds it.
        Effect.retry({ while: (error) => error._tag === "IdentityTaken", times: 5 }),
        Effect.catchTag("IdentityTaken", (cause) =>
          Effect.fail(new StorageError({ operation: "ContactImports.run", reason: new StorageUnavailable({ cause }) }))
        )
      )

      return ContactImports.of({ run })
    })
  )
}

// internal

const claimKey = (identity: ContactRecord.Identity): string => `owner:${ContactRecord.identityKey(identity)}`
const recordKey = (id: ContactId): string => `record:${id}`

const State = Schema.fromJsonString(
  Schema.Struct({ fields: ContactRecord.ContactFields, notes: Schema.Array(Schema.String) })
)
const encodeState = Schema.encodeEffect(State)
const decodeState = Schema.decodeEffect(State)

const blank = (id: ContactId, now: DateTime.Utc): ContactRecord.ContactRecord =>
  ContactRecord.create({ name: id }, { id, now, toE164: () => null })
