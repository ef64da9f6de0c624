/**
 * The operations of the API that an assistant may use, each as a tool. Name, description and schema of a tool come from the
 * API's own description, and arguments go to the places that the operation has for them, so a tool takes and refuses what
 * HTTP takes and refuses.
 */
import * as CrmApi from "@clientele/api/CrmApi"
import { ValidationProblem } from "@clientele/api/Problems"
import type { Definition } from "@clientele/core/domain/Definition"
import * as JsonSchema from "effect/JsonSchema"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { McpSchema } from "effect/ai"
import { OpenApi } from "effect/http-api"

/** What a tool is called with: names and values of an operation's path, query and body, side by side. */
export type Arguments = Readonly<Record<string, unknown>>

export interface CrmTool {
  /** By which a policy knows it: group and endpoint, such as `contacts.list`. */
  readonly operation: string
  readonly descriptor: McpSchema.Tool
  /** The request that a call stands for, unless it does not say whom it is about. */
  readonly toRequest: (given: Arguments) => Result.Result<ToolRequest, ValidationProblem>
}

/** A request to the API, by its path. */
export interface ToolRequest {
  readonly method: string
  readonly path: string
  readonly body: string | undefined
}

export interface Options {
  readonly allowWrites: boolean
  /** Undefined: none. */
  readonly definition?: Definition | undefined
}

/** The tools that only read, and with them, if so asked, those that write. */
export const crmTools = ({ allowWrites, definition }: Options): ReadonlyArray<CrmTool> => {
  const document = OpenApi.fromApi(CrmApi.make(CrmApi.defaultBasePath, definition))
  const operations = operationsOf(document)
  const make = (operation: string, readOnly: boolean): CrmTool => {
    const found = operations.get(operation)
    if (found === undefined) throw new Error(`The API has no operation ${operation}`)
    return toTool(document, found, readOnly)
  }
  return [
    ...reading.map((operation) => make(operation, true)),
    ...(allowWrites ? writing.map((operation) => make(operation, false)) : [])
  ]
}

// internal

const reading = [
  "contacts.list",
  "contacts.get",
  "contacts.history",
  "contacts.duplicates",
  "contacts.duplicatesOf",
  "contacts.previewMerge",
  "notes.list",
  "activities.list",
  "activities.get",
  "tasks.list",
  "tasks.get",
  "deals.list",
  "deals.get",
  "deals.notes",
  "deals.pipelines",
  "products.list",
  "reports.pipelineAnalytics",
  "scoring.score",
  "scoring.rules",
  "segments.list",
  "segments.get"
]

/** What can be mended by hand. Deleting, merging, importing, rules and webhooks are left to people. */
const writing = [
  "contacts.create",
  "contacts.update",
  "notes.add",
  "activities.create",
  "tasks.create",
  "tasks.update",
  "tasks.complete",
  "deals.create",
  "deals.update",
  "deals.changeStage",
  "deals.addNote"
]

interface Operation {
  readonly method: OpenApi.OpenAPISpecMethodName
  readonly path: string
  readonly spec: OpenApi.OpenAPISpecOperation
}

const methods = ["get", "put", "post", "delete", "patch"] as const

const operationsOf = ({ paths }: OpenApi.OpenAPISpec): ReadonlyMap<string, Operation> =>
  new Map(
    Object.entries(paths).flatMap(([path, item]) =>
      methods.flatMap((method): Array<[string, Operation]> => {
        const spec = item[method]
        return spec === undefined ? [] : [[spec.operationId, { method, path, spec }]]
      })
    )
  )

const toTool = (document: OpenApi.OpenAPISpec, { method, path, spec }: Operation, readOnly: boolean): CrmTool => {
  const inPath = spec.parameters.filter((parameter) => parameter.in === "path")
  const inQuery = spec.parameters.filter((parameter) => parameter.in === "query")
  const body = spec.requestBody?.content["application/json"]?.schema
  return {
    operation: spec.operationId,
    descriptor: new McpSchema.Tool({
      name: nameOf(spec.operationId),
      description: spec.summary,
      inputSchema: inputSchema(document, [...inPath, ...inQuery], body),
      annotations: {
        readOnlyHint: readOnly,
        destructiveHint: false,
        idempotentHint: method !== "post",
        openWorldHint: false
      }
    }),
    toRequest: toRequest(
      method,
      path,
      inPath.map(({ name }) => name),
      body === undefined ? "all" : inQuery.map(({ name }) => name)
    )
  }
}

/** `contacts_duplicates_of` for `contacts.duplicatesOf`: hosts of assistants take neither dots nor other letters. */
const nameOf = (operation: string): string =>
  operation.replace(".", "_").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** One object of all that an operation takes, with the definitions that it speaks of. */
const inputSchema = (
  { components }: OpenApi.OpenAPISpec,
  parameters: ReadonlyArray<OpenApi.OpenAPISpecParameter>,
  body: JsonSchema.JsonSchema | undefined
): McpSchema.ToolJson => {
  const fromBody = body === undefined ? undefined : decodeObject(resolve(components.schemas, body))
  const own = {
    properties: {
      ...fromBody?.properties,
      ...Object.fromEntries(parameters.map(({ name, schema }) => [name, { ...schema }]))
    },
    required: [...parameters.filter(({ required }) => required).map(({ name }) => name), ...(fromBody?.required ?? [])]
  }
  const definitions = reachable(components.schemas, own)
  const named = { ...own, ...(definitions.length > 0 && { $defs: Object.fromEntries(definitions) }) }
  return { ...JsonSchema.fromSchemaOpenApi3_1(named).schema, type: "object", additionalProperties: false }
}

const decodeObject = Schema.decodeUnknownSync(McpSchema.ToolJson)

const reference = /"\$ref":"#\/components\/schemas\/([^"]+)"/g

const resolve = (schemas: JsonSchema.Definitions, schema: JsonSchema.JsonSchema): JsonSchema.JsonSchema | undefined => {
  const [name] = namesIn(schema)
  return schema["$ref"] === undefined || name === undefined ? schema : schemas[name]
}

const namesIn = (schema: unknown): ReadonlyArray<string> =>
  [...JSON.stringify(schema).matchAll(reference)].map(([, name = ""]) => name)

/** The definitions that a schema names, and those that they name. */
const reachable = (
  schemas: JsonSchema.Definitions,
  schema: unknown
): ReadonlyArray<readonly [string, JsonSchema.JsonSchema]> => {
  const found = new Map<string, JsonSchema.JsonSchema>()
  const visit = (schema: unknown): void => {
    for (const name of namesIn(schema)) {
      const definition = schemas[name]
      if (definition === undefined || found.has(name)) continue
      found.set(name, definition)
      visit(definition)
    }
  }
  visit(schema)
  return [...found]
}

/** What nobody knows goes where the operation would look for it, to be refused there by its name. */
const toRequest =
  (method: string, path: string, inPath: ReadonlyArray<string>, inQuery: ReadonlyArray<string> | "all") =>
  (given: Arguments): Result.Result<ToolRequest, ValidationProblem> => {
    const missing = inPath.filter((name) => !isSegment(given[name]))
    if (missing.length > 0) {
      return Result.fail(
        new ValidationProblem({
          errors: missing.map((name) => ({ path: name, message: "Expected an id" })),
          detail: "Some of the arguments are not valid"
        })
      )
    }
    const rest = Object.entries(given).filter(([name]) => !inPath.includes(name))
    const query = rest.filter(([name]) => inQuery === "all" || inQuery.includes(name))
    const search = new URLSearchParams(query.map(([name, value]): [string, string] => [name, textOf(value)]))
    return Result.succeed({
      method: method.toUpperCase(),
      path: `${fill(path, given)}${query.length > 0 ? `?${search}` : ""}`,
      body:
        inQuery === "all"
          ? undefined
          : JSON.stringify(Object.fromEntries(rest.filter((entry) => !query.includes(entry))))
    })
  }

const fill = (path: string, given: Arguments): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(textOf(given[name])))

/** A URL takes a dot or two for a step within the path, however they are written, and no half of a character. */
const isSegment = (value: unknown): boolean => typeof value === "string" && /^(?!\.{1,2}$)\P{Cs}+$/su.test(value)

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))
