/** The custom fields of a definition in the OpenAPI document: what may be written, and what is read. */
import type { Definition } from "@clientele/core/domain/Definition"
import { isRecord } from "@clientele/core/domain/Plain"
import * as JsonSchema from "effect/JsonSchema"
import { map, mapEntries } from "effect/Record"
import * as Schema from "effect/Schema"

/**
 * Describes custom fields where contacts are written and read. Of a request whatever else is given has to be null, which
 * clears what was there before the definition; of a response whatever else is kept is shown.
 */
export const documentFields = ({ contact }: Definition, document: { readonly [member: string]: unknown }) => {
  const keys = Object.keys(contact.schemas)
  if (keys.length === 0 && contact.open === true) return document
  const { definitions, schemas } = jsonSchemasOf(Object.values(contact.schemas))
  const properties = Object.fromEntries(keys.map((key, index) => [key, schemas[index]]))
  const { components, ...rest } = readDocument(document)
  const written = (fields: object) => ({
    ...fields,
    properties: map(properties, (schema) => ({ anyOf: [schema, cleared] })),
    ...(contact.open !== true && { additionalProperties: cleared })
  })
  const shown = (fields: object) => ({ ...fields, properties, description: "What was kept before is shown as it is" })
  const describe = (schema: unknown, name: string) =>
    inRequests.has(name)
      ? describeFields(schema, written)
      : inResponses.has(name)
        ? describeFields(schema, shown)
        : schema
  return {
    ...rest,
    components: { ...components, schemas: { ...definitions, ...map(components.schemas, describe) } }
  }
}

// internal

const inRequests = new Set(["BulkUpdateRequestEncoded", "ContactCreateEncoded", "ContactUpdateEncoded"])
const inResponses = new Set(["ContactDetailEncoded", "ContactEncoded"])

const cleared = { type: "null" }

/** Schemas of the wire, with the definitions that they name. */
const jsonSchemasOf = (schemas: ReadonlyArray<Schema.Constraint>) => {
  const documents = schemas.map((schema) => Schema.toJsonSchemaDocument(schema))
  const [first, ...others] = documents.map(({ schema }) => schema)
  return first === undefined
    ? { definitions: {}, schemas: [] }
    : JsonSchema.toMultiDocumentOpenApi3_1({
        dialect: "draft-2020-12",
        schemas: [first, ...others],
        definitions: Object.assign({}, ...documents.map(({ definitions }) => definitions))
      })
}

/** Changes the schemas of custom fields, wherever in a schema they are. */
const describeFields = (node: unknown, change: (fields: object) => object): unknown => {
  if (Array.isArray(node)) return node.map((item) => describeFields(item, change))
  if (!isRecord(node)) return node
  return mapEntries(node, (member, name) => [
    name,
    name === "custom_fields" ? objectOf(member, change) : describeFields(member, change)
  ])
}

/** Where null clears all of them, it stands beside the object. */
const objectOf = (member: unknown, change: (fields: object) => object): unknown => {
  if (!isRecord(member)) return member
  const { anyOf } = member
  if (Array.isArray(anyOf)) return { ...member, anyOf: anyOf.map((one: unknown) => objectOf(one, change)) }
  return member["type"] === "object" ? change(member) : member
}

const Members = Schema.Record(Schema.String, Schema.Unknown)

const readDocument = Schema.decodeUnknownSync(
  Schema.StructWithRest(
    Schema.Struct({ components: Schema.StructWithRest(Schema.Struct({ schemas: Members }), [Members]) }),
    [Members]
  )
)
