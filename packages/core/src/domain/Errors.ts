/**
 * What can go wrong, one class per code of the contract. Each carries the ids concerned and, where several causes share
 * a code, an enumerated `reason`; none knows of HTTP. Storage failures are one wrapper with reasons, so that a host can
 * tell "try again" from "look into it" without knowing the database.
 */
import * as Schema from "effect/Schema"
import { ContactId } from "./Ids.ts"

/** One thing that is wrong with an input: where, in the caller's own words for its fields, and why. */
export const Issue = Schema.Struct({ path: Schema.String, message: Schema.String })
export type Issue = typeof Issue.Type

/** Input that does not have the shape, range or form that is asked of it. Nothing was written. */
export class ValidationError extends Schema.TaggedError<ValidationError>("@clientele/core/ValidationError")(
  "ValidationError",
  { issues: Schema.Array(Issue) }
) {
  override get message(): string {
    return this.issues
      .map((issue) => (issue.path === "" ? issue.message : `${issue.path}: ${issue.message}`))
      .join("; ")
  }
}

/** The contact's e-mail address or external id already belongs to `contactId`. */
export class DuplicateContact extends Schema.TaggedError<DuplicateContact>("@clientele/core/DuplicateContact")(
  "DuplicateContact",
  { contactId: ContactId, reason: Schema.Literals(["email", "external_id"]) }
) {
  override get message(): string {
    return `A contact with this ${this.reason === "email" ? "e-mail address" : "external id"} already exists`
  }
}

/** A row to import has the e-mail address of a person who was erased; only an explicit creation may bring it back. */
export class EmailErased extends Schema.TaggedError<EmailErased>("@clientele/core/EmailErased")("EmailErased", {}) {
  override get message(): string {
    return "The person with this e-mail address was erased"
  }
}

/** No contact of the tenant has this id; one that was merged is told where it went. */
export class ContactNotFound extends Schema.TaggedError<ContactNotFound>("@clientele/core/ContactNotFound")(
  "ContactNotFound",
  { contactId: Schema.String, mergedInto: Schema.optionalKey(ContactId) }
) {
  override get message(): string {
    const merged = this.mergedInto === undefined ? "" : `; it was merged into ${this.mergedInto}`
    return `No contact has the id ${this.contactId}${merged}`
  }
}

/** No deal of the tenant has this id. */
export class DealNotFound extends Schema.TaggedError<DealNotFound>("@clientele/core/DealNotFound")("DealNotFound", {
  dealId: Schema.String
}) {
  override get message(): string {
    return `No deal has the id ${this.dealId}`
  }
}

/** The pipeline has no stage of this key; `stages` are those it has, in order. */
export class InvalidStage extends Schema.TaggedError<InvalidStage>("@clientele/core/InvalidStage")("InvalidStage", {
  stage: Schema.String,
  stages: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `${JSON.stringify(this.stage)} is no stage; expected one of ${this.stages.join(", ")}`
  }
}

/** No product of the tenant has this id. */
export class ProductNotFound extends Schema.TaggedError<ProductNotFound>("@clientele/core/ProductNotFound")(
  "ProductNotFound",
  { productId: Schema.String }
) {
  override get message(): string {
    return `No product has the id ${this.productId}`
  }
}

/** No activity of the tenant has this id. */
export class ActivityNotFound extends Schema.TaggedError<ActivityNotFound>("@clientele/core/ActivityNotFound")(
  "ActivityNotFound",
  { activityId: Schema.String }
) {
  override get message(): string {
    return `No activity has the id ${this.activityId}`
  }
}

/** No task of the tenant has this id. */
export class TaskNotFound extends Schema.TaggedError<TaskNotFound>("@clientele/core/TaskNotFound")("TaskNotFound", {
  taskId: Schema.String
}) {
  override get message(): string {
    return `No task has the id ${this.taskId}`
  }
}

/** No note of the tenant has this id. */
export class NoteNotFound extends Schema.TaggedError<NoteNotFound>("@clientele/core/NoteNotFound")("NoteNotFound", {
  noteId: Schema.String
}) {
  override get message(): string {
    return `No note has the id ${this.noteId}`
  }
}

/** No segment of the tenant has this key. */
export class SegmentNotFound extends Schema.TaggedError<SegmentNotFound>("@clientele/core/SegmentNotFound")(
  "SegmentNotFound",
  { key: Schema.String }
) {
  override get message(): string {
    return `No segment has the key ${this.key}`
  }
}

/** No job of the tenant has this id. */
export class JobNotFound extends Schema.TaggedError<JobNotFound>("@clientele/core/JobNotFound")("JobNotFound", {
  jobId: Schema.String
}) {
  override get message(): string {
    return `No job has the id ${this.jobId}`
  }
}

/** No webhook of the tenant has this id, or it has no delivery with that one. */
export class WebhookNotFound extends Schema.TaggedError<WebhookNotFound>("@clientele/core/WebhookNotFound")(
  "WebhookNotFound",
  { webhookId: Schema.String, deliveryId: Schema.optionalKey(Schema.String) }
) {
  override get message(): string {
    return this.deliveryId === undefined
      ? `No webhook has the id ${this.webhookId}`
      : `The webhook ${this.webhookId} has no delivery with the id ${this.deliveryId}`
  }
}

/**
 * What may be wrong with scoring rules:
 * - `unknown_category`, `unknown_operator`: none of those there are;
 * - `no_subject`, `two_subjects`: a rule asks of a field or of an event, of one of them;
 * - `unfitting_operand`: what the operator is given is not what it compares with;
 * - `unreachable_condition`: whenever it holds, an earlier condition of its rule holds too;
 * - `own_score`: a rule that asks of the score, which would feed on itself;
 * - `category_max`: the categories' maxima do not add up to 100;
 * - `grades`: each grade has to begin below the one before it, and F at 0;
 * - `too_many`: more rules, or conditions in a rule, than there may be;
 * - `malformed`: anything else, such as a missing score.
 */
export const RuleFault = Schema.Literals([
  "unknown_category",
  "unknown_operator",
  "no_subject",
  "two_subjects",
  "unfitting_operand",
  "unreachable_condition",
  "own_score",
  "category_max",
  "grades",
  "too_many",
  "malformed"
])
export type RuleFault = typeof RuleFault.Type

/** One thing that is wrong with a rule set: the rule and the condition in it by their positions, null where neither. */
export const RuleIssue = Schema.Struct({
  index: Schema.NullOr(Schema.Int),
  condition: Schema.NullOr(Schema.Int),
  path: Schema.String,
  reason: RuleFault,
  message: Schema.String
})
export interface RuleIssue extends Schema.Schema.Type<typeof RuleIssue> {}

/** A rule set that cannot be put in force; `index` and `reason` are those of the first of its issues. */
export class InvalidRules extends Schema.TaggedError<InvalidRules>("@clientele/core/InvalidRules")("InvalidRules", {
  index: Schema.NullOr(Schema.Int),
  reason: RuleFault,
  issues: Schema.Array(RuleIssue)
}) {
  override get message(): string {
    return this.issues.map(({ message, path }) => `${path}: ${message}`).join("; ")
  }
}

/** The caller expected a version that is no longer the current one; nothing was written. */
export class PreconditionFailed extends Schema.TaggedError<PreconditionFailed>("@clientele/core/PreconditionFailed")(
  "PreconditionFailed",
  { currentVersion: Schema.Int }
) {
  override get message(): string {
    return `The current version is ${this.currentVersion}`
  }
}

/** A request with this key is being worked on; once it is answered, the same request is given that answer. */
export class IdempotencyInProgress extends Schema.TaggedError<IdempotencyInProgress>(
  "@clientele/core/IdempotencyInProgress"
)("IdempotencyInProgress", { key: Schema.String }) {
  override get message(): string {
    return "A request with this idempotency key is being worked on"
  }
}

/** The key was given to another request before; nothing was written. */
export class IdempotencyMismatch extends Schema.TaggedError<IdempotencyMismatch>("@clientele/core/IdempotencyMismatch")(
  "IdempotencyMismatch",
  { key: Schema.String }
) {
  override get message(): string {
    return "Another request had this idempotency key"
  }
}

/** The host does not want this command to happen, for this reason; nothing was written. */
export class Refused extends Schema.TaggedError<Refused>("@clientele/core/Refused")("Refused", {
  reason: Schema.String
}) {
  override get message(): string {
    return this.reason
  }
}

/** The database cannot be reached or is overloaded; repeating the call later may succeed. */
export class StorageUnavailable extends Schema.TaggedError<StorageUnavailable>("@clientele/core/StorageUnavailable")(
  "StorageUnavailable",
  { cause: Schema.Defect() }
) {}

/** Someone else held what the call needed for longer than it waits; the same call may succeed at once. */
export class StorageBusy extends Schema.TaggedError<StorageBusy>("@clientele/core/StorageBusy")("StorageBusy", {
  cause: Schema.Defect()
}) {}

/** The database refused or answered something that the library did not expect; repeating does not help. */
export class StorageCorrupt extends Schema.TaggedError<StorageCorrupt>("@clientele/core/StorageCorrupt")(
  "StorageCorrupt",
  { cause: Schema.Defect() }
) {}

/** Any failure of a storage adapter, with the port's operation in which it happened. */
export class StorageError extends Schema.TaggedError<StorageError>("@clientele/core/StorageError")("StorageError", {
  operation: Schema.String,
  reason: Schema.Union([StorageUnavailable, StorageBusy, StorageCorrupt])
}) {
  override get message(): string {
    return `${this.operation}: ${this.reason._tag}`
  }
}
