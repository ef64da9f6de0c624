/** The endpoints of notes, under their contact and by their own id. */
import { Note, NoteInput } from "@clientele/core/domain/Note"
import { Pagination } from "@clientele/core/domain/Query"
import * as Schema from "effect/Schema"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { anywhere, cursorQuery, noQuery, withBody, writing } from "./Endpoints.ts"
import { FromReplica } from "./FromReplica.ts"
import { Idempotency } from "./Idempotency.ts"
import { Authorization } from "./Middleware.ts"
import * as Problems from "./Problems.ts"

const ofContact = { contact_id: Schema.String }
const noteId = { note_id: Schema.String }

export const NotePage = Schema.Struct({ data: Schema.Array(Note), pagination: Pagination }).annotate({
  identifier: "NotePage"
})

export class NotesApi extends HttpApiGroup.make("notes")
  .add(
    HttpApiEndpoint.get("list", "/contacts/:contact_id/notes", {
      params: ofContact,
      query: cursorQuery,
      success: NotePage,
      error: [Problems.ContactNotFoundProblem, Problems.ValidationProblem, ...anywhere]
    })
      .annotate(OpenApi.Summary, "List the notes of a contact, newest first")
      .annotate(FromReplica, true),
    HttpApiEndpoint.post("add", "/contacts/:contact_id/notes", {
      params: ofContact,
      query: noQuery,
      payload: NoteInput,
      success: Note.pipe(HttpApiSchema.status(201)),
      error: [Problems.ContactNotFoundProblem, Problems.ValidationProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Add a note to a contact"),
    HttpApiEndpoint.put("edit", "/notes/:note_id", {
      params: noteId,
      query: noQuery,
      payload: NoteInput,
      success: Note,
      error: [Problems.NoteNotFoundProblem, Problems.ValidationProblem, ...withBody]
    }).annotate(OpenApi.Summary, "Replace what a note says"),
    HttpApiEndpoint.delete("remove", "/notes/:note_id", {
      params: noteId,
      query: noQuery,
      success: HttpApiSchema.NoContent,
      error: [Problems.NoteNotFoundProblem, ...writing]
    }).annotate(OpenApi.Summary, "Delete a note")
  )
  .middleware(Idempotency)
  .middleware(Authorization)
  .annotate(OpenApi.Title, "Notes") {}
