/**
 * Taking imports back: what an import has created, and nobody has touched since, is deleted as if by hand, and can be
 * restored like that. A job of its own, a chunk in each transaction; what it has kept it looks at again the next time.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { StorageError } from "../domain/Errors.ts"
import * as Events from "../domain/Events.ts"
import { ContactId, DealId, type JobId } from "../domain/Ids.ts"
import * as Importing from "../domain/Importing.ts"
import * as Job from "../domain/Job.ts"
import { ContactStore } from "../ports/ContactStore.ts"
import { CurrentActor } from "../ports/CurrentActor.ts"
import { DealStore } from "../ports/DealStore.ts"
import { type DoneChunk, ImportStore } from "../ports/ImportStore.ts"
import { ContactDeals } from "./ContactDeals.ts"
import { ContactJournal } from "./ContactJournal.ts"
import { DealJournal } from "./DealJournal.ts"
import * as ImportJob from "./ImportJob.ts"
import * as JobHandler from "./JobHandler.ts"
import { Jobs } from "./Jobs.ts"

export class ImportReverts extends Context.Service<
  ImportReverts,
  {
    /** Starts taking an import back. */
    readonly start: (importId: JobId, kind: Importing.ImportKind) => Effect.Effect<Job.Job, StorageError, CurrentActor>
  }
>()("@clientele/core/services/ImportReverts") {
  static readonly layer: Layer.Layer<
    ImportReverts,
    never,
    ContactDeals | ContactJournal | ContactStore | DealJournal | DealStore | ImportStore | Jobs
  > = Layer.effect(
    ImportReverts,
    Effect.gen(function* () {
      const contactDeals = yield* ContactDeals
      const contacts = yield* ContactStore
      const dealJournal = yield* DealJournal
      const deals = yield* DealStore
      const jobs = yield* Jobs
      const journal = yield* ContactJournal
      const store = yield* ImportStore

      /** What is still as it was created, and why the others are not to be deleted. */
      const sort = Effect.fnUntraced(function* <A extends { readonly id: string; readonly version: number }>(
        kind: Importing.ImportKind,
        records: ReadonlyArray<A>
      ) {
        const { tenantId } = yield* CurrentActor
        const used = yield* store.inUse(
          tenantId,
          kind,
          records.map(({ id }) => id)
        )
        const reasonOf = ({ id, version }: A): Importing.KeptRecord | undefined =>
          version > 1
            ? { id, code: "changed", message: "It was changed since" }
            : used.has(id)
              ? { id, code: "in_use", message: "Something was added to it since" }
              : undefined
        return {
          untouched: records.filter((record) => reasonOf(record) === undefined),
          kept: records.flatMap((record) => reasonOf(record) ?? [])
        }
      })

      const revertContacts = Effect.fnUntraced(function* ({ created }: DoneChunk) {
        const { tenantId, userId } = yield* CurrentActor
        const origin = yield* journal.origin
        const records = yield* contacts.lock(
          tenantId,
          created.map((id) => ContactId.make(id))
        )
        const { kept, untouched } = yield* sort("contacts", records)
        for (const record of untouched) {
          yield* contacts.archive(tenantId, record, { at: origin.timestamp, by: userId })
        }
        yield* journal.append(
          untouched.map(
            ({ fields: { email, name }, id }) =>
              (eventId) =>
                Events.contactDeleted(eventId, origin, { id, email, name })
          )
        )
        return { kept, reverted: untouched.map(({ id }) => id) }
      })

      const revertDeals = Effect.fnUntraced(function* ({ created }: DoneChunk) {
        const { tenantId } = yield* CurrentActor
        const ids = created.map((id) => DealId.make(id))
        const seen = yield* deals.findAll(tenantId, ids)
        const held = yield* dealJournal.lockContacts(seen.flatMap(({ fields }) => fields.contactId ?? []))
        const records = yield* deals.lockAll(tenantId, ids)
        const { kept, untouched } = yield* sort("deals", records)
        for (const record of untouched) yield* dealJournal.removed(record, [])
        const concerned = new Set(untouched.map(({ fields }) => fields.contactId))
        yield* contactDeals.settle(
          held.filter(({ id }) => concerned.has(id)),
          yield* journal.origin
        )
        return { kept, reverted: untouched.map(({ id }) => id) }
      })

      const batch = Effect.fnUntraced(
        function* ({
          done,
          id,
          params: { importId, kind },
          position,
          result
        }: JobHandler.RunningJob<Importing.RevertParams, number, Importing.RevertReport>) {
          const { tenantId } = yield* CurrentActor
          const before = result ?? { jobId: id, importId, status: "running", reverted: 0, kept: 0, reasons: [] }
          const chunk = yield* store.created(tenantId, importId, position ?? -1)
          if (Option.isNone(chunk)) {
            return Job.completed({ done, result: { ...before, status: "completed" as const } })
          }
          const { kept, reverted } = yield* kind === "contacts" ? revertContacts(chunk.value) : revertDeals(chunk.value)
          yield* store.forget(tenantId, kind, reverted)
          yield* store.keep(
            tenantId,
            importId,
            chunk.value.number,
            kept.map((record) => record.id)
          )
          return Job.more({
            position: chunk.value.number,
            done: done + chunk.value.created.length,
            result: {
              ...before,
              reverted: before.reverted + reverted.length,
              kept: before.kept + kept.length,
              reasons: [...before.reasons, ...kept].slice(0, Importing.maxErrors)
            }
          })
        },
        Effect.provideService(Events.CurrentCause, "import")
      )

      yield* jobs.register(JobHandler.make(ImportJob.revert, batch))

      // Two at once would only wait for each other.
      const start = (importId: JobId, kind: Importing.ImportKind) =>
        jobs.enqueue(ImportJob.revert, { importId, kind }, { uniqueKey: `revert ${importId}` })

      return ImportReverts.of({ start })
    })
  )
}
