/**
 * The reference of the HTTP API, out of the OpenAPI document that the server itself gives away: a page for each group of
 * operations, one for the schemas that they name, one for problems by their codes.
 */
import { CrmApi } from "@clientele/api"
import { Schema } from "effect"
import { OpenApi } from "effect/http-api"
import { slugOf } from "./markdown.ts"

/** The pages below `http/`. */
export const pages = (): ReadonlyArray<{ readonly path: string; readonly markdown: string }> => {
  const document = readDocument(OpenApi.fromApi(CrmApi.make()))
  const operations = operationsOf(document)
  return [
    { path: "http/index.md", markdown: overview(document, operations) },
    ...document.tags.map(({ name }) => ({
      path: groupPath(name),
      markdown: group(
        name,
        operations.filter(({ tags }) => tags.includes(name)),
        referTo(document)
      )
    })),
    { path: "http/schemas.md", markdown: schemas(document) },
    { path: "http/problems.md", markdown: problems(document) }
  ]
}

// internal

/** A schema of JSON Schema as far as tables show it. */
interface Shape {
  readonly $ref?: string
  readonly type?: string
  readonly description?: string
  readonly enum?: ReadonlyArray<unknown>
  readonly const?: unknown
  readonly properties?: { readonly [name: string]: Shape }
  readonly required?: ReadonlyArray<string>
  readonly additionalProperties?: boolean | Shape
  readonly items?: boolean | Shape
  readonly anyOf?: ReadonlyArray<Shape>
  readonly oneOf?: ReadonlyArray<Shape>
  readonly allOf?: ReadonlyArray<Shape>
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
}

const Inner = Schema.suspend((): Schema.Codec<Shape> => Shape)

const Shape = Schema.Struct({
  $ref: Schema.optionalKey(Schema.String),
  type: Schema.optionalKey(Schema.String),
  description: Schema.optionalKey(Schema.String),
  enum: Schema.optionalKey(Schema.Array(Schema.Unknown)),
  const: Schema.optionalKey(Schema.Unknown),
  properties: Schema.optionalKey(Schema.Record(Schema.String, Inner)),
  required: Schema.optionalKey(Schema.Array(Schema.String)),
  additionalProperties: Schema.optionalKey(Schema.Union([Schema.Boolean, Inner])),
  items: Schema.optionalKey(Schema.Union([Schema.Boolean, Inner])),
  anyOf: Schema.optionalKey(Schema.Array(Inner)),
  oneOf: Schema.optionalKey(Schema.Array(Inner)),
  allOf: Schema.optionalKey(Schema.Array(Inner)),
  minLength: Schema.optionalKey(Schema.Finite),
  maxLength: Schema.optionalKey(Schema.Finite),
  minimum: Schema.optionalKey(Schema.Finite),
  maximum: Schema.optionalKey(Schema.Finite),
  minItems: Schema.optionalKey(Schema.Finite),
  maxItems: Schema.optionalKey(Schema.Finite)
})

const Content = Schema.Record(Schema.String, Schema.Struct({ schema: Schema.optionalKey(Shape) }))

const Operation = Schema.Struct({
  operationId: Schema.String,
  summary: Schema.String,
  description: Schema.optionalKey(Schema.String),
  tags: Schema.Array(Schema.String),
  parameters: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      in: Schema.String,
      required: Schema.Boolean,
      description: Schema.optionalKey(Schema.String),
      schema: Shape
    })
  ),
  requestBody: Schema.optionalKey(Schema.Struct({ content: Content })),
  responses: Schema.Record(
    Schema.String,
    Schema.Struct({ description: Schema.String, content: Schema.optionalKey(Content) })
  )
})

const Document = Schema.Struct({
  tags: Schema.Array(Schema.Struct({ name: Schema.String })),
  paths: Schema.Record(Schema.String, Schema.Record(Schema.String, Operation)),
  components: Schema.Struct({ schemas: Schema.Record(Schema.String, Shape) })
})
type Document = typeof Document.Type

const readDocument = Schema.decodeUnknownSync(Document)

type Placed = typeof Operation.Type & { readonly method: string; readonly path: string }

const operationsOf = ({ paths }: Document): ReadonlyArray<Placed> =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path: path.slice(CrmApi.defaultBasePath.length)
    }))
  )

const groupPath = (tag: string): string => `http/${slugOf(tag)}.md`

const headingOf = ({ method, path }: Placed): string => `${method} ${path}`

const overview = (document: Document, operations: ReadonlyArray<Placed>): string => {
  const sections = document.tags.map(({ name }) => {
    const rows = operations
      .filter(({ tags }) => tags.includes(name))
      .map((operation) => {
        const heading = headingOf(operation)
        return `| [\`${heading}\`](/${groupPath(name)}#${slugOf(heading)}) | ${operation.summary} |`
      })
    return [`## ${name}`, "", "| operation | |", "| --- | --- |", ...rows].join("\n")
  })
  return [
    "# HTTP API",
    `Paths are below \`${CrmApi.defaultBasePath}\`, or where the host mounts them. Every request carries a bearer token; ` +
      "every refusal is a problem document with one of [these codes](/http/problems.md). A server gives the same away as " +
      "`openapi.json`, with a page to try it at `docs`.",
    ...sections,
    ""
  ].join("\n\n")
}

/** How a component is linked to. */
type Refer = (name: string) => string

/** Problems are called by their code, schemas by their name. */
const referTo =
  (document: Document): Refer =>
  (name) => {
    const code = codeOf(document.components.schemas[name])
    const title = titleOf(name, document)
    return code === undefined
      ? `[${title}](/http/schemas.md#${slugOf(title)})`
      : `[\`${code}\`](/http/problems.md#${slugOf(code)})`
  }

/** Of several that come to the same name, those behind the first are numbered. */
const titleOf = (name: string, { components }: Document): string => {
  const plain = (other: string) => other.replace(/Encoded(_\d+)?$/, "")
  const alike = Object.keys(components.schemas).filter((other) => plain(other) === plain(name))
  const place = alike.indexOf(name)
  return place === 0 ? plain(name) : `${plain(name)} ${place + 1}`
}

const group = (name: string, operations: ReadonlyArray<Placed>, refer: Refer): string =>
  [
    `# ${name}`,
    `What can be asked for below \`${CrmApi.defaultBasePath}\`, ${operations.length} in all.`,
    ...operations.map((operation) => operationText(operation, refer)),
    ""
  ].join("\n\n")

const operationText = (operation: Placed, refer: Refer): string => {
  const { description, parameters, requestBody, responses, summary } = operation
  const inputs = parameters.map(
    (parameter) =>
      `| \`${parameter.name}\` | ${parameter.in} | ${typeOf(parameter.schema, refer)} | ${aboutOf(parameter.schema, parameter.description)} |`
  )
  const bodies = Object.entries(requestBody?.content ?? {}).map(
    ([type, { schema }]) => `Body, \`${type}\`: ${schema === undefined ? "any" : typeOf(schema, refer)}`
  )
  const answers = Object.entries(responses).map(([status, response]) => {
    const shapes = Object.entries(response.content ?? {}).flatMap(([type, { schema }]) =>
      schema === undefined || (schema.$ref === undefined && schema.anyOf === undefined)
        ? [`\`${type}\``]
        : [typeOf(schema, refer)]
    )
    return `| ${status} | ${shapes.join(", ")} | ${Number(status) < 400 ? "" : cell(response.description)} |`
  })
  return [
    `## ${headingOf(operation)}`,
    summary,
    ...(description === undefined ? [] : [description]),
    ...(inputs.length === 0
      ? []
      : [["| parameter | in | type | |", "| --- | --- | --- | --- |", ...inputs].join("\n")]),
    ...bodies,
    ["| status | answer | |", "| --- | --- | --- |", ...answers].join("\n")
  ].join("\n\n")
}

/** How a schema is called: by its name where it has one. */
const typeOf = (shape: Shape, refer: Refer): string => {
  const named = (member: Shape) => typeOf(member, refer)
  if (shape.$ref !== undefined) return refer(shape.$ref.split("/").at(-1) ?? "")
  if (shape.const !== undefined) return `\`${JSON.stringify(shape.const)}\``
  if (shape.enum !== undefined) return shape.enum.map((value) => `\`${JSON.stringify(value)}\``).join(", ")
  const either = shape.anyOf ?? shape.oneOf
  if (either !== undefined) return [...new Set(either.map(named))].join(" or ")
  if (shape.allOf !== undefined && shape.type === undefined) return shape.allOf.map(named).join(" and ")
  if (shape.type === "array") return `list of ${typeof shape.items === "object" ? named(shape.items) : "anything"}`
  if (shape.type === "object" && typeof shape.additionalProperties === "object") {
    return `object of ${named(shape.additionalProperties)}`
  }
  const names = Object.keys(shape.properties ?? {})
  if (names.length > 0) return `object with ${names.map((name) => `\`${name}\``).join(", ")}`
  return shape.type ?? "anything"
}

/** What is said of a value, and the limits that it has. */
const aboutOf = (shape: Shape, description = shape.description): string => {
  const limits = [shape, ...(shape.allOf ?? [])].flatMap((part) => [
    ...range("characters", part.minLength, part.maxLength),
    ...range("items", part.minItems, part.maxItems),
    ...range("", part.minimum, part.maximum)
  ])
  return cell([description, ...new Set(limits)].filter((text) => text !== undefined).join("; "))
}

/** What JSON's integers end at anyway is no limit. */
const range = (unit: string, least = 0, most = Number.MAX_SAFE_INTEGER): ReadonlyArray<string> => {
  if (least === 0 && most === Number.MAX_SAFE_INTEGER) return []
  const text =
    most === Number.MAX_SAFE_INTEGER ? `from ${least}` : least === 0 ? `up to ${most}` : `${least} to ${most}`
  return [`${text} ${unit}`.trim()]
}

/** The code of a schema that is a problem. */
const codeOf = (shape: Shape | undefined): string | undefined => {
  const [code] = shape?.properties?.["status"] === undefined ? [] : (shape.properties["code"]?.enum ?? [])
  return typeof code === "string" ? code : undefined
}

const schemas = (document: Document): string =>
  [
    "# Schemas",
    "What requests and answers hold. A member with a star is always there.",
    ...Object.entries(document.components.schemas)
      .filter(([, shape]) => codeOf(shape) === undefined)
      .flatMap(([name, shape]) => [
        `## ${titleOf(name, document)}`,
        shape.description ?? [],
        members(shape, referTo(document))
      ])
      .flat(),
    ""
  ].join("\n\n")

const problems = (document: Document): string =>
  [
    "# Problems",
    "Every refusal is `application/problem+json` (RFC 9457) with a `code` to decide by. A member with a star is always there.",
    ...Object.values(document.components.schemas).flatMap((shape) => {
      const code = codeOf(shape)
      const [status, title] = ["status", "title"].map((member) => shape.properties?.[member]?.enum?.[0])
      return code === undefined
        ? []
        : [`## ${code}\n\n${String(status)}: ${String(title)}.\n\n${members(shape, referTo(document))}`]
    }),
    ""
  ].join("\n\n")

const members = (shape: Shape, refer: Refer): string => {
  const { properties, required = [] } = shape
  if (properties === undefined) return typeOf(shape, refer)
  const rows = Object.entries(properties).map(
    ([name, member]) =>
      `| \`${name}\`${required.includes(name) ? " \\*" : ""} | ${typeOf(member, refer)} | ${aboutOf(member)} |`
  )
  return ["| member | type | |", "| --- | --- | --- |", ...rows].join("\n")
}

const cell = (text = ""): string => text.replaceAll("|", "\\|").replaceAll("\n", " ")
