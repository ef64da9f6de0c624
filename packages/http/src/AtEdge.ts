/**
 * The domain's errors as problems, in one table for `Effect.catchTags`. A handler names the errors its use case has; one
 * that it forgets, or whose problem its endpoint does not declare, is a compile error. Storage failures become "try
 * again later" or "our mistake", and only the log learns which query it was.
 */
import * as Problems from "@clientele/api/Problems"
import type { BulkFailed } from "@clientele/core/domain/BulkUpdate"
import type {
  ActivityNotFound,
  ContactNotFound,
  DealNotFound,
  DuplicateContact,
  IdempotencyInProgress,
  IdempotencyMismatch,
  InvalidRules,
  InvalidStage,
  JobNotFound,
  NoteNotFound,
  PreconditionFailed,
  ProductNotFound,
  Refused,
  SegmentNotFound,
  StorageError,
  TaskNotFound,
  ValidationError,
  WebhookNotFound
} from "@clientele/core/domain/Errors"
import type { MergeConflict } from "@clientele/core/domain/Merging"
import type { InvalidCsv } from "@clientele/csv/CsvReader"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * Whether storage failures are left to whoever opened the transaction that the handler is part of, and who can run it
 * again: then they are defects here.
 */
export const StorageFailuresDie = Context.Reference<boolean>("@clientele/http/StorageFailuresDie", {
  defaultValue: () => false
})

export const atEdge = {
  ActivityNotFound: (error: ActivityNotFound) =>
    Effect.fail(new Problems.ActivityNotFoundProblem({ activity_id: error.activityId, detail: error.message })),
  BulkFailed: (error: BulkFailed) =>
    Effect.fail(new Problems.BulkFailedProblem({ failed: error.failed, detail: error.message })),
  ContactNotFound: (error: ContactNotFound) =>
    Effect.fail(
      new Problems.ContactNotFoundProblem({
        contact_id: error.contactId,
        ...(error.mergedInto !== undefined && { merged_into: error.mergedInto }),
        detail: error.message
      })
    ),
  DealNotFound: (error: DealNotFound) =>
    Effect.fail(new Problems.DealNotFoundProblem({ deal_id: error.dealId, detail: error.message })),
  DuplicateContact: (error: DuplicateContact) =>
    Effect.fail(
      new Problems.DuplicateContactProblem({
        contact_id: error.contactId,
        reason: error.reason,
        detail: error.message
      })
    ),
  IdempotencyInProgress: ({ message }: IdempotencyInProgress) =>
    Effect.fail(new Problems.IdempotencyInProgressProblem({ detail: message })),
  IdempotencyMismatch: ({ message }: IdempotencyMismatch) =>
    Effect.fail(new Problems.IdempotencyMismatchProblem({ detail: message })),
  InvalidCsv: (error: InvalidCsv) =>
    Effect.fail(
      new Problems.InvalidCsvProblem({
        reason: error.reason,
        line: error.line,
        column: error.column,
        detail: error.message
      })
    ),
  InvalidRules: ({ index, issues, message, reason }: InvalidRules) =>
    Effect.fail(new Problems.InvalidRulesProblem({ index, reason, errors: issues, detail: message })),
  InvalidStage: ({ message, stage, stages }: InvalidStage) =>
    Effect.fail(new Problems.InvalidStageProblem({ stage, stages, detail: message })),
  JobNotFound: (error: JobNotFound) =>
    Effect.fail(new Problems.JobNotFoundProblem({ job_id: error.jobId, detail: error.message })),
  MergeConflict: (error: MergeConflict) =>
    Effect.fail(
      new Problems.MergeConflictProblem({
        reason: error.reason,
        contact_ids: error.contactIds,
        ...(error.mergedInto !== null && { merged_into: error.mergedInto }),
        detail: error.message
      })
    ),
  NoteNotFound: (error: NoteNotFound) =>
    Effect.fail(new Problems.NoteNotFoundProblem({ note_id: error.noteId, detail: error.message })),
  PreconditionFailed: (error: PreconditionFailed) =>
    Effect.fail(new Problems.PreconditionFailedProblem({ version: error.currentVersion, detail: error.message })),
  ProductNotFound: (error: ProductNotFound) =>
    Effect.fail(new Problems.ProductNotFoundProblem({ product_id: error.productId, detail: error.message })),
  Refused: ({ reason }: Refused) => Effect.fail(new Problems.RefusedProblem({ detail: reason })),
  SegmentNotFound: (error: SegmentNotFound) =>
    Effect.fail(new Problems.SegmentNotFoundProblem({ key: error.key, detail: error.message })),
  StorageError: (error: StorageError) =>
    Effect.flatMap(StorageFailuresDie, (die) => (die ? Effect.die(error) : storageProblem(error))),
  TaskNotFound: (error: TaskNotFound) =>
    Effect.fail(new Problems.TaskNotFoundProblem({ task_id: error.taskId, detail: error.message })),
  ValidationError: (error: ValidationError) =>
    Effect.fail(
      new Problems.ValidationProblem({
        errors: error.issues.map(({ message, path }) => ({ message, path: toWireName(path) })),
        detail: "Some of the input is not valid"
      })
    ),
  WebhookNotFound: (error: WebhookNotFound) =>
    Effect.fail(
      new Problems.WebhookNotFoundProblem({
        webhook_id: error.webhookId,
        ...(error.deliveryId !== undefined && { delivery_id: error.deliveryId }),
        detail: error.message
      })
    )
}

// internal

const storageProblem = (error: StorageError): Effect.Effect<never, Problems.InternalError | Problems.Unavailable> =>
  error.reason._tag !== "StorageCorrupt"
    ? Effect.andThen(
        Effect.logWarning("Storage is unavailable", error),
        Effect.fail(new Problems.Unavailable({ detail: "The database cannot answer now" }))
      )
    : Effect.andThen(Effect.logError("Storage failed", error), Effect.fail(new Problems.InternalError()))

// Decisions speak of fields as TypeScript does; what stands below a field are the caller's own words, but for changes.
const toWireName = (path: string): string =>
  path.replace(/^(updates\.)?[^.[]+/, (field) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
