/**
 * Every error of the HTTP surface, as RFC 9457 problems with a `code`. The only place where status codes are written
 * down: the domain's errors know nothing of HTTP, and handlers choose among these.
 */
import { BulkFailure } from "@clientele/core/domain/BulkUpdate"
import { InvalidRules, Issue } from "@clientele/core/domain/Errors"
import { MergeConflict } from "@clientele/core/domain/Merging"
import * as Schema from "effect/Schema"
import { HttpApiError } from "effect/http-api"

const type = <Code extends string>(code: Code) => `urn:clientele:problem:${code}` as const

const issues = Schema.Array(Issue)

/** Input that does not have the shape, range or form that is asked of it; `errors` says where and why. */
export class ValidationProblem extends HttpApiError.Problem<ValidationProblem>()(
  "ValidationProblem",
  { type: type("validation_error"), status: 400, title: "Invalid input" },
  { code: Schema.tag("validation_error"), errors: issues }
) {}

export class MalformedJson extends HttpApiError.Problem<MalformedJson>()(
  "MalformedJson",
  { type: type("malformed_json"), status: 400, title: "The body is not JSON" },
  { code: Schema.tag("malformed_json") }
) {}

/** The e-mail address or external id belongs to the contact `contact_id` already; `reason` says which of the two. */
export class DuplicateContactProblem extends HttpApiError.Problem<DuplicateContactProblem>()(
  "DuplicateContactProblem",
  { type: type("duplicate_contact"), status: 400, title: "Contact already exists" },
  {
    code: Schema.tag("duplicate_contact"),
    contact_id: Schema.String,
    reason: Schema.Literals(["email", "external_id"])
  }
) {}

/** The pipeline has no such stage; `stages` are those it has. */
export class InvalidStageProblem extends HttpApiError.Problem<InvalidStageProblem>()(
  "InvalidStageProblem",
  { type: type("invalid_stage"), status: 400, title: "Invalid deal stage" },
  { code: Schema.tag("invalid_stage"), stage: Schema.String, stages: Schema.Array(Schema.String) }
) {}

/** The file cannot be read as CSV, at this line and column; nothing was imported. */
export class InvalidCsvProblem extends HttpApiError.Problem<InvalidCsvProblem>()(
  "InvalidCsvProblem",
  { type: type("invalid_csv"), status: 400, title: "The file is not valid CSV" },
  {
    code: Schema.tag("invalid_csv"),
    reason: Schema.String,
    line: Schema.Int,
    column: Schema.Int
  }
) {}

/** The rules cannot be put in force; `errors` says where and why, `index` and `reason` the first of it. */
export class InvalidRulesProblem extends HttpApiError.Problem<InvalidRulesProblem>()(
  "InvalidRulesProblem",
  { type: type("invalid_rules"), status: 400, title: "Invalid scoring rules" },
  {
    code: Schema.tag("invalid_rules"),
    index: InvalidRules.fields.index,
    reason: InvalidRules.fields.reason,
    errors: InvalidRules.fields.issues
  }
) {}

/** Some of the contacts of an atomic bulk update cannot be changed; none was. */
export class BulkFailedProblem extends HttpApiError.Problem<BulkFailedProblem>()(
  "BulkFailedProblem",
  { type: type("bulk_failed"), status: 400, title: "The bulk update was undone" },
  { code: Schema.tag("bulk_failed"), failed: Schema.Array(BulkFailure) }
) {}

export class Unauthorized extends HttpApiError.Problem<Unauthorized>()(
  "Unauthorized",
  { type: type("unauthorized"), status: 401, title: "A valid bearer token is required" },
  { code: Schema.tag("unauthorized") }
) {}

export class Forbidden extends HttpApiError.Problem<Forbidden>()(
  "Forbidden",
  { type: type("forbidden"), status: 403, title: "Not allowed" },
  { code: Schema.tag("forbidden") }
) {}

export class ContactNotFoundProblem extends HttpApiError.Problem<ContactNotFoundProblem>()(
  "ContactNotFoundProblem",
  { type: type("contact_not_found"), status: 404, title: "Contact not found" },
  { code: Schema.tag("contact_not_found"), contact_id: Schema.String, merged_into: Schema.optionalKey(Schema.String) }
) {}

export class DealNotFoundProblem extends HttpApiError.Problem<DealNotFoundProblem>()(
  "DealNotFoundProblem",
  { type: type("deal_not_found"), status: 404, title: "Deal not found" },
  { code: Schema.tag("deal_not_found"), deal_id: Schema.String }
) {}

export class ProductNotFoundProblem extends HttpApiError.Problem<ProductNotFoundProblem>()(
  "ProductNotFoundProblem",
  { type: type("product_not_found"), status: 404, title: "Product not found" },
  { code: Schema.tag("product_not_found"), product_id: Schema.String }
) {}

export class ActivityNotFoundProblem extends HttpApiError.Problem<ActivityNotFoundProblem>()(
  "ActivityNotFoundProblem",
  { type: type("activity_not_found"), status: 404, title: "Activity not found" },
  { code: Schema.tag("activity_not_found"), activity_id: Schema.String }
) {}

export class TaskNotFoundProblem extends HttpApiError.Problem<TaskNotFoundProblem>()(
  "TaskNotFoundProblem",
  { type: type("task_not_found"), status: 404, title: "Task not found" },
  { code: Schema.tag("task_not_found"), task_id: Schema.String }
) {}

export class NoteNotFoundProblem extends HttpApiError.Problem<NoteNotFoundProblem>()(
  "NoteNotFoundProblem",
  { type: type("note_not_found"), status: 404, title: "Note not found" },
  { code: Schema.tag("note_not_found"), note_id: Schema.String }
) {}

export class SegmentNotFoundProblem extends HttpApiError.Problem<SegmentNotFoundProblem>()(
  "SegmentNotFoundProblem",
  { type: type("segment_not_found"), status: 404, title: "Segment not found" },
  { code: Schema.tag("segment_not_found"), key: Schema.String }
) {}

export class JobNotFoundProblem extends HttpApiError.Problem<JobNotFoundProblem>()(
  "JobNotFoundProblem",
  { type: type("job_not_found"), status: 404, title: "Job not found" },
  { code: Schema.tag("job_not_found"), job_id: Schema.String }
) {}

/** No webhook has the id, or it has no delivery with that one. */
export class WebhookNotFoundProblem extends HttpApiError.Problem<WebhookNotFoundProblem>()(
  "WebhookNotFoundProblem",
  { type: type("webhook_not_found"), status: 404, title: "Webhook not found" },
  {
    code: Schema.tag("webhook_not_found"),
    webhook_id: Schema.String,
    delivery_id: Schema.optionalKey(Schema.String)
  }
) {}

export class NotFound extends HttpApiError.Problem<NotFound>()(
  "NotFound",
  { type: type("not_found"), status: 404, title: "No such resource" },
  { code: Schema.tag("not_found") }
) {}

export class MethodNotAllowed extends HttpApiError.Problem<MethodNotAllowed>()(
  "MethodNotAllowed",
  { type: type("method_not_allowed"), status: 405, title: "Method not allowed" },
  { code: Schema.tag("method_not_allowed") }
) {}

/** The answer is in none of the formats that the caller accepts. */
export class NotAcceptable extends HttpApiError.Problem<NotAcceptable>()(
  "NotAcceptable",
  { type: type("not_acceptable"), status: 406, title: "Not acceptable" },
  { code: Schema.tag("not_acceptable") }
) {}

/** The contacts cannot be merged; `reason` says why, `contact_ids` which of them stand in the way. */
export class MergeConflictProblem extends HttpApiError.Problem<MergeConflictProblem>()(
  "MergeConflictProblem",
  { type: type("merge_conflict"), status: 409, title: "Contacts cannot be merged" },
  {
    code: Schema.tag("merge_conflict"),
    reason: MergeConflict.fields.reason,
    contact_ids: Schema.Array(Schema.String),
    merged_into: Schema.optionalKey(Schema.String)
  }
) {}

/** A request with this `Idempotency-Key` is being worked on; sent again later, the same request is given its answer. */
export class IdempotencyInProgressProblem extends HttpApiError.Problem<IdempotencyInProgressProblem>()(
  "IdempotencyInProgressProblem",
  { type: type("idempotency_in_progress"), status: 409, title: "The request is being worked on" },
  { code: Schema.tag("idempotency_in_progress") }
) {}

/** The contact or deal has moved on from the version in `If-Match`; `version` is the current one. */
export class PreconditionFailedProblem extends HttpApiError.Problem<PreconditionFailedProblem>()(
  "PreconditionFailedProblem",
  { type: type("precondition_failed"), status: 412, title: "The version has changed" },
  { code: Schema.tag("precondition_failed"), version: Schema.Int }
) {}

export class PayloadTooLarge extends HttpApiError.Problem<PayloadTooLarge>()(
  "PayloadTooLarge",
  { type: type("payload_too_large"), status: 413, title: "The body is too large" },
  { code: Schema.tag("payload_too_large") }
) {}

export class UnsupportedMediaType extends HttpApiError.Problem<UnsupportedMediaType>()(
  "UnsupportedMediaType",
  { type: type("unsupported_media_type"), status: 415, title: "The content type is not supported" },
  { code: Schema.tag("unsupported_media_type") }
) {}

/** Another request had this `Idempotency-Key` within the last 24 hours; nothing was done. */
export class IdempotencyMismatchProblem extends HttpApiError.Problem<IdempotencyMismatchProblem>()(
  "IdempotencyMismatchProblem",
  { type: type("idempotency_mismatch"), status: 422, title: "The idempotency key is another request's" },
  { code: Schema.tag("idempotency_mismatch") }
) {}

/** More requests than the token may make; `Retry-After` says when to try again. */
export class RateLimited extends HttpApiError.Problem<RateLimited>()(
  "RateLimited",
  { type: type("rate_limited"), status: 429, title: "Too many requests" },
  { code: Schema.tag("rate_limited") }
) {}

/** The host does not let this happen; `detail` says why. */
export class RefusedProblem extends HttpApiError.Problem<RefusedProblem>()(
  "RefusedProblem",
  { type: type("refused"), status: 422, title: "Refused" },
  { code: Schema.tag("refused") }
) {}

/** Our mistake. The log has the cause under the request id; the answer says nothing of it. */
export class InternalError extends HttpApiError.Problem<InternalError>()(
  "InternalError",
  { type: type("internal_error"), status: 500, title: "Internal error" },
  { code: Schema.tag("internal_error") }
) {}

/** The database, or the source of the signing keys, cannot be reached now; `Retry-After` says when to try again. */
export class Unavailable extends HttpApiError.Problem<Unavailable>()(
  "Unavailable",
  { type: type("unavailable"), status: 503, title: "Temporarily unavailable" },
  { code: Schema.tag("unavailable") }
) {}
