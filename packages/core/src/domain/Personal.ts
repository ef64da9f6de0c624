/**
 * Which data is personal: whatever may tell who a contact is, or what they said or did, in words that are not the
 * library's own. Every field of a schema that holds data of contacts is one or the other, told at the smallest schema
 * that serves it; literals need no telling. Users of the host are not the persons meant here.
 *
 * An erased value keeps its place, so that whoever reads the shape goes on reading it: null where null may stand, else
 * nothing of its kind (an empty list or record), else `[erased]`.
 */
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"

/** What stands where text was that had to be there. */
export const erasedText = "[erased]"

const key = "~clientele/personal"

/** Marks a schema, and all below it, as personal. */
export const personal = <S extends Schema.Top>(schema: S): S["Rebuild"] => schema.annotate({ [key]: true })

/** Marks a schema, and all below it, as not personal. */
export const notPersonal = <S extends Schema.Top>(schema: S): S["Rebuild"] => schema.annotate({ [key]: false })

/** What was told of a node of a schema; undefined when nothing was, which leaves it to the nodes below. */
export const isPersonal = (ast: SchemaAST.AST): boolean | undefined => {
  // Checks carry annotations of their own, and one that is added later hides those before it.
  const told = [ast.annotations, ...(ast.checks ?? []).map(({ annotations }) => annotations)]
    .map((annotations) => annotations?.[key])
    .findLast((value) => typeof value === "boolean")
  return typeof told === "boolean" ? told : undefined
}

/**
 * Values of a schema without what is personal. The result is to be encoded by the same schema, which makes sure that it
 * is still one of its values.
 *
 * @example
 * ```ts
 * import { Contact, Personal } from "@clientele/core"
 *
 * declare const contact: Contact.Contact
 * Personal.eraser(Contact.Owner)({ id: "user_1", name: "Mike" }) // as it is: users are not meant
 * Personal.eraser(Contact.Contact)(contact) // name "[erased]", email null, tags [], its id and score as they were
 * ```
 */
export const eraser = (schema: Schema.Constraint): ((value: unknown) => unknown) => {
  const ast = SchemaAST.toType(schema.ast)
  return (value) => erase(ast, value)
}

// internal

const erase = (ast: SchemaAST.AST, value: unknown): unknown => {
  const told = isPersonal(ast)
  if (told === true) return blank(ast, value)
  if (told === false) return value
  switch (ast._tag) {
    case "Suspend":
      return erase(ast.thunk(), value)
    case "Union": {
      const member = memberOf(ast, value)
      if (member === undefined) return value
      return isPersonal(member) === true && isNullable(ast) ? null : erase(member, value)
    }
    case "Objects":
      return mapMembers(ast, value, erase)
    case "Arrays":
      return Array.isArray(value)
        ? value.map((item: unknown, index) => {
            const itemAst = ast.elements[index] ?? ast.rest[0]
            return itemAst === undefined ? item : erase(itemAst, item)
          })
        : value
    default:
      return value
  }
}

const blank = (ast: SchemaAST.AST, value: unknown): unknown => {
  if (value === null || value === undefined) return value
  if (ast._tag === "Union") {
    if (isNullable(ast)) return null
    const member = memberOf(ast, value)
    return member === undefined ? null : blank(member, value)
  }
  if (typeof value === "string") return erasedText
  if (Array.isArray(value)) return []
  if (ast._tag === "Objects") return ast.propertySignatures.length === 0 ? {} : mapMembers(ast, value, blank)
  return null
}

const mapMembers = (
  ast: SchemaAST.Objects,
  value: unknown,
  f: (ast: SchemaAST.AST, value: unknown) => unknown
): unknown => {
  if (typeof value !== "object" || value === null) return value
  const known = new Map(ast.propertySignatures.map(({ name, type }) => [name, type]))
  const others = ast.indexSignatures[0]?.type
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => {
      const memberAst = known.get(name) ?? others
      return [name, memberAst === undefined ? member : f(memberAst, member)]
    })
  )
}

const memberOf = (ast: SchemaAST.Union, value: unknown): SchemaAST.AST | undefined =>
  ast.types.find((member) => Schema.is(Schema.make<Schema.Schema<unknown>>(member))(value))

const isNullable = (ast: SchemaAST.Union): boolean => ast.types.some(({ _tag }) => _tag === "Null")
