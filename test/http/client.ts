/**
 * Calls over the socket, as plain as they come: `node:http` sends paths, methods and headers as they are given, where
 * `fetch` would mend or refuse them. Answers are read through the schemas of the contract, strictly.
 */
import { assert } from "@effect/vitest"
import { ContactPage } from "@clientele/api/ContactsApi"
import { ContactDetail } from "@clientele/core/domain/Contact"
import { ImportReport } from "@clientele/core/domain/Importing"
import { Schema } from "effect"
import { Agent, type IncomingHttpHeaders, request } from "node:http"

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Call {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is; `json` is for values. */
  readonly body?: string | Uint8Array
  readonly json?: unknown
}

/** A call under an idempotency key. */
export const keyed = (key: string, call: Call = {}): Call => ({
  ...call,
  headers: { ...call.headers, "idempotency-key": key }
})

export interface Client {
  readonly token: string | undefined
  readonly base: string
  /** `path` follows the base path, and begins with a slash unless it is empty. */
  readonly send: (method: string, path: string, call?: Call) => Promise<Answer>
  readonly get: (path: string, headers?: Call["headers"]) => Promise<Answer>
  readonly post: (path: string, json: unknown, headers?: Call["headers"]) => Promise<Answer>
  readonly put: (path: string, json: unknown, headers?: Call["headers"]) => Promise<Answer>
  readonly patch: (path: string, json: unknown, headers?: Call["headers"]) => Promise<Answer>
  readonly delete: (path: string, headers?: Call["headers"]) => Promise<Answer>
  /** A contact with these fields, and a name if they have none. */
  readonly create: (fields?: Readonly<Record<string, unknown>>) => Promise<Detail>
}

export const makeClient = (base: string, token: string | undefined): Client => {
  const send: Client["send"] = (method, path, { body, headers, json } = {}) =>
    exchange(method, `${base}${path}`, {
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(json !== undefined && { "content-type": "application/json" }),
        ...headers
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      ...(body !== undefined && { body })
    })
  const withJson =
    (method: string) =>
    (path: string, json: unknown, headers: Call["headers"] = {}) =>
      send(method, path, { json, headers })
  return {
    token,
    base,
    send,
    get: (path, headers = {}) => send("GET", path, { headers }),
    post: withJson("POST"),
    put: withJson("PUT"),
    patch: withJson("PATCH"),
    delete: (path, headers = {}) => send("DELETE", path, { headers }),
    create: async (fields = {}) =>
      detailOf(await send("POST", "/contacts", { json: { name: "Someone", ...fields } }), 201)
  }
}

/** One request to an absolute URL, whose path is not touched. */
export const exchange = (
  method: string,
  url: string,
  { body, headers = {} }: { readonly headers?: Call["headers"]; readonly body?: string | Uint8Array | undefined } = {}
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { host, origin } = new URL(url)
    const [hostname, port] = host.split(":")
    const outgoing = request(
      { agent, method, hostname, port, path: url.slice(origin.length) || "/", headers },
      (incoming) => {
        incoming.setEncoding("utf8")
        let text = ""
        incoming.on("data", (chunk: string) => {
          text += chunk
        })
        incoming.on("error", reject)
        incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }))
      }
    )
    outgoing.on("error", reject)
    if (body !== undefined && outgoing.getHeader("transfer-encoding") === undefined) {
      outgoing.setHeader("content-length", Buffer.byteLength(body))
    }
    outgoing.end(body)
  })

/** What the body says, as JSON. */
export const jsonOf = (answer: Answer): unknown => JSON.parse(answer.text)

export type Detail = (typeof ContactDetail)["Encoded"]
export type Page = (typeof ContactPage)["Encoded"]
export type Report = (typeof ImportReport)["Encoded"]

/** Reads successful answers by a schema of the contract, of which nothing is missing and to which nothing is added. */
export const reader = <A, I>(schema: Schema.Codec<A, I>) => {
  const read = Schema.decodeUnknownSync(Schema.toEncoded(schema), strictly)
  return (answer: Answer, status = 200): I => {
    assert.strictEqual(answer.status, status, answer.text)
    assert.strictEqual(answer.headers["content-type"], "application/json")
    return read(jsonOf(answer))
  }
}

const readId = Schema.decodeUnknownSync(Schema.Struct({ id: Schema.String }))

/** The id of what a successful answer shows. */
export const idOf = (answer: Answer): string => readId(jsonOf(answer)).id

/** The detail view of a successful answer, and nothing besides. */
export const detailOf = (answer: Answer, status = 200): Detail => {
  assert.strictEqual(answer.status, status, answer.text)
  assert.strictEqual(answer.headers["content-type"], "application/json")
  return readDetail(jsonOf(answer))
}

export const pageOf = (answer: Answer): Page => {
  assert.strictEqual(answer.status, 200, answer.text)
  return readPageText(answer.text)
}

export const readPageText = (text: string): Page => readPage(JSON.parse(text))

export const reportOf = (answer: Answer): Report => {
  assert.strictEqual(answer.status, 200, answer.text)
  const report = readReport(jsonOf(answer))
  assert.strictEqual(report.imported + report.updated + report.skipped + report.failed, report.rows)
  return report
}

export type Problem = typeof Problem.Type

/** The problem of an answer that refuses or fails, in the form that all of them have. */
export const problemOf = (answer: Answer, code?: string): Problem => {
  assert.isAtLeast(answer.status, 400, answer.text)
  assert.strictEqual(answer.headers["content-type"], "application/problem+json", answer.text)
  const problem = readProblem(jsonOf(answer))
  assert.strictEqual(problem.status, answer.status)
  assert.strictEqual(statuses.get(problem.code), answer.status, `${problem.code} with ${answer.status}`)
  assert.strictEqual(problem.type, `urn:clientele:problem:${problem.code}`)
  assert.isNotEmpty(problem.title)
  assert.match(String(answer.headers["x-request-id"]), /^[\w.:-]{1,128}$/)
  if (answer.status === 401) assert.strictEqual(answer.headers["www-authenticate"], "Bearer")
  if (answer.status === 405) assert.isNotEmpty(answer.headers["allow"])
  if (answer.status === 429 || answer.status === 503) assert.isNotEmpty(answer.headers["retry-after"])
  if (code !== undefined) assert.strictEqual(problem.code, code, answer.text)
  return problem
}

/** Where input is wrong, of an answer that says so. */
export const pathsOf = (answer: Answer): ReadonlyArray<string> =>
  (problemOf(answer, "validation_error").errors ?? []).map(({ path }) => path)

// internal

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** The codes of the contract, with the one status that each comes with. */
const statuses: ReadonlyMap<string, number> = new Map([
  ["validation_error", 400],
  ["malformed_json", 400],
  ["duplicate_contact", 400],
  ["invalid_csv", 400],
  ["invalid_rules", 400],
  ["invalid_stage", 400],
  ["bulk_failed", 400],
  ["unauthorized", 401],
  ["forbidden", 403],
  ["contact_not_found", 404],
  ["deal_not_found", 404],
  ["product_not_found", 404],
  ["activity_not_found", 404],
  ["task_not_found", 404],
  ["note_not_found", 404],
  ["segment_not_found", 404],
  ["job_not_found", 404],
  ["webhook_not_found", 404],
  ["not_found", 404],
  ["method_not_allowed", 405],
  ["not_acceptable", 406],
  ["merge_conflict", 409],
  ["idempotency_in_progress", 409],
  ["precondition_failed", 412],
  ["payload_too_large", 413],
  ["unsupported_media_type", 415],
  ["refused", 422],
  ["idempotency_mismatch", 422],
  ["rate_limited", 429],
  ["internal_error", 500],
  ["unavailable", 503]
])

const Problem = Schema.Struct({
  type: Schema.String,
  title: Schema.String,
  status: Schema.Int,
  code: Schema.String,
  detail: Schema.optionalKey(Schema.String),
  errors: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        path: Schema.String,
        message: Schema.String,
        index: Schema.optionalKey(Schema.NullOr(Schema.Int)),
        condition: Schema.optionalKey(Schema.NullOr(Schema.Int)),
        reason: Schema.optionalKey(Schema.String)
      })
    )
  ),
  index: Schema.optionalKey(Schema.NullOr(Schema.Int)),
  contact_id: Schema.optionalKey(Schema.String),
  contact_ids: Schema.optionalKey(Schema.Array(Schema.String)),
  merged_into: Schema.optionalKey(Schema.String),
  deal_id: Schema.optionalKey(Schema.String),
  product_id: Schema.optionalKey(Schema.String),
  stage: Schema.optionalKey(Schema.String),
  stages: Schema.optionalKey(Schema.Array(Schema.String)),
  activity_id: Schema.optionalKey(Schema.String),
  task_id: Schema.optionalKey(Schema.String),
  note_id: Schema.optionalKey(Schema.String),
  job_id: Schema.optionalKey(Schema.String),
  webhook_id: Schema.optionalKey(Schema.String),
  delivery_id: Schema.optionalKey(Schema.String),
  key: Schema.optionalKey(Schema.String),
  failed: Schema.optionalKey(
    Schema.Array(Schema.Struct({ id: Schema.String, code: Schema.String, message: Schema.String }))
  ),
  reason: Schema.optionalKey(Schema.String),
  version: Schema.optionalKey(Schema.Int),
  line: Schema.optionalKey(Schema.Int),
  column: Schema.optionalKey(Schema.Int)
})

const strictly = { onExcessProperty: "error" } as const
const readDetail = Schema.decodeUnknownSync(Schema.toEncoded(ContactDetail), strictly)
const readPage = Schema.decodeUnknownSync(Schema.toEncoded(ContactPage), strictly)
const readReport = Schema.decodeUnknownSync(Schema.toEncoded(ImportReport), strictly)
const readProblem = Schema.decodeUnknownSync(Problem, strictly)
