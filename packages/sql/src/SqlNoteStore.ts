/** Notes of contacts and of deals in a table of their own, read newest first along an index. */
import type { Position } from "@clientele/core/domain/Cursor"
import type { NoteId, TenantId } from "@clientele/core/domain/Ids"
import { Note } from "@clientele/core/domain/Note"
import { NoteStore, type NoteSubject } from "@clientele/core/ports/NoteStore"
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { decodeRows, toStorageError, totalOf } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"

export const layer: Layer.Layer<NoteStore, never, Dialect | SqlClient.SqlClient> = Layer.effect(
  NoteStore,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const { notes } = tables(yield* TablePrefix)
    const createdAt = sql.literal(`${notes.name}.created_at`)
    const selection = sql.literal(`id, content, created_by, ${dialect.read("created_at", "timestamp")} AS created_at`)

    const of = (tenantId: TenantId, subject: NoteSubject) =>
      "dealId" in subject
        ? sql`tenant_id = ${tenantId} AND deal_id = ${subject.dealId}`
        : sql`tenant_id = ${tenantId} AND contact_id = ${subject.contactId}`

    const insert = Effect.fn("NoteStore.insert")(
      (tenantId: TenantId, added: ReadonlyArray<NoteSubject & { readonly note: Note }>) =>
        dialect.insert(
          notes,
          added.map(({ note, ...subject }) => ({
            tenant_id: tenantId,
            id: note.id,
            contact_id: "contactId" in subject ? subject.contactId : null,
            deal_id: "dealId" in subject ? subject.dealId : null,
            content: note.content,
            created_by: note.createdBy,
            created_at: DateTime.formatIso(note.createdAt)
          }))
        ),
      Effect.asVoid,
      Effect.mapError(toStorageError("NoteStore.insert"))
    )

    const newest = Effect.fn("NoteStore.newest")(
      (tenantId: TenantId, subject: NoteSubject, limit: number, after?: Position) => {
        const ofSubject = of(tenantId, subject)
        const further =
          after === undefined || after.key === null
            ? ofSubject
            : sql`${ofSubject} AND (${createdAt}, id) < (${dialect.value("timestamp", after.key)}, ${after.id})`
        return decodeNotes(sql`
          SELECT ${selection} FROM ${sql(notes.name)} WHERE ${further} ORDER BY ${createdAt} DESC, id DESC LIMIT ${limit}`)
      },
      Effect.mapError(toStorageError("NoteStore.newest"))
    )

    const count = Effect.fn("NoteStore.count")(
      (tenantId: TenantId, subject: NoteSubject) =>
        totalOf(sql`SELECT CAST(count(*) AS TEXT) AS total FROM ${sql(notes.name)} WHERE ${of(tenantId, subject)}`),
      Effect.mapError(toStorageError("NoteStore.count"))
    )

    const replace = Effect.fn("NoteStore.replace")(
      (tenantId: TenantId, id: NoteId, content: string) =>
        Effect.map(
          decodeNotes(sql`
            UPDATE ${sql(notes.name)} SET content = ${content} WHERE tenant_id = ${tenantId} AND id = ${id}
            RETURNING ${selection}`),
          Arr.head
        ),
      Effect.mapError(toStorageError("NoteStore.replace"))
    )

    const remove = Effect.fn("NoteStore.remove")(
      (tenantId: TenantId, id: NoteId) =>
        Effect.map(
          sql`DELETE FROM ${sql(notes.name)} WHERE tenant_id = ${tenantId} AND id = ${id} RETURNING id`,
          (removed) => removed.length > 0
        ),
      Effect.mapError(toStorageError("NoteStore.remove"))
    )

    return NoteStore.of({ insert, newest, count, replace, remove })
  })
)

// internal

const decodeNotes = decodeRows(Note)
