/** Notes in a table of their own, read newest first along an index. */
import type { ContactId, TenantId } from "@clientele/core/domain/Ids"
import { Note } from "@clientele/core/domain/Note"
import { NoteStore } from "@clientele/core/ports/NoteStore"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { decodeRows, toStorageError } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"

export const layer: Layer.Layer<NoteStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  NoteStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { notes } = tables(yield* TablePrefix)
    const selection = sql.literal(`id, content, created_by, ${dialect.read("created_at", "timestamp")} AS created_at`)

    const insert = Effect.fn("NoteStore.insert")(
      (tenantId: TenantId, added: ReadonlyArray<{ readonly contactId: ContactId; readonly note: Note }>) =>
        dialect.insert(
          notes,
          added.map(({ contactId, note }) => ({
            tenant_id: tenantId,
            id: note.id,
            contact_id: contactId,
            content: note.content,
            created_by: note.createdBy,
            created_at: DateTime.formatIso(note.createdAt)
          }))
        ),
      Effect.asVoid,
      Effect.mapError(toStorageError("NoteStore.insert"))
    )

    const newest = Effect.fn("NoteStore.newest")(
      (tenantId: TenantId, contactId: ContactId, limit: number) =>
        decodeNotes(sql`
          SELECT ${selection} FROM ${sql(notes.name)}
          WHERE tenant_id = ${tenantId} AND contact_id = ${contactId}
          ORDER BY ${sql(notes.name)}.created_at DESC, id DESC LIMIT ${limit}`),
      Effect.mapError(toStorageError("NoteStore.newest"))
    )

    return NoteStore.of({ insert, newest })
  })
)

// internal

const decodeNotes = decodeRows(Note)
