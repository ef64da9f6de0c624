/** Notes: dated free text about a contact, kept with its author. Newest first wherever notes are shown. */
import * as Schema from "effect/Schema"
import { NoteId, UserId } from "./Ids.ts"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"
import * as Time from "./Time.ts"

export const maxContentLength = 20_000

export const NoteContent = Personal.personal(Text.filled(maxContentLength))

export const Note = Schema.Struct({
  id: NoteId,
  content: NoteContent,
  createdBy: UserId,
  createdAt: Time.Timestamp
}).pipe(Schema.encodeKeys({ createdBy: "created_by", createdAt: "created_at" }))
export interface Note extends Schema.Schema.Type<typeof Note> {}

/** What a note may be given. */
export const NoteInput = Schema.Struct({ content: NoteContent }).annotate({ identifier: "NoteInput" })
export interface NoteInput extends Schema.Schema.Type<typeof NoteInput> {}
