/** The fields that segments ask of: what kind of value each holds, and which conditions can be put to it. */
import {
  type Condition,
  isRelative,
  type Operand,
  type OperandIssue,
  operandIssues,
  type Operator,
  readInstant,
  type Test
} from "./Condition.ts"
import { ContactStatus, ContactType } from "./Contact.ts"
import { isKey } from "./CustomFields.ts"

/**
 * What a field holds, and so which tests can hold of it; every kind knows `present`.
 * - `word`: one of a few lower-case words. Text tests, `equals` only.
 * - `id`: an opaque id. Text tests, `equals` only, by the operand as given.
 * - `text`: text that is never blank, or null. Text tests.
 * - `list`: the tags. Text tests, of each item.
 * - `number`: a number; never text. Number tests. Decimals are compared as the nearest JSON numbers.
 * - `instant`: an instant in milliseconds, or null; never a date without a time. Instant tests.
 * - `custom`: any value of a custom field. All tests: text may be read as a number or as a time, a list is asked item by
 *   item.
 */
export type FieldKind = "custom" | "id" | "instant" | "list" | "number" | "text" | "word"

/** The wire name of a field that every contact has. */
export type SegmentField = keyof typeof kinds

/** The kind of a field by its wire name; undefined for what is no field. */
export const fieldKind = (field: string): FieldKind | undefined => {
  const custom = field.startsWith(customPrefix) && isKey(field.slice(customPrefix.length))
  return custom ? "custom" : kindOf.get(field)
}

/** Whether a test can hold of a field's values. A test that cannot is left out of the question, wherever it is asked. */
export const applies = (kind: FieldKind, test: Test): boolean => {
  if (test.kind === "present" || kind === "custom") return true
  if (kind === "number" || kind === "instant") return test.kind === kind
  return test.kind === "text"
}

/** Why a condition cannot be put to a field: an unknown field, an operator or an operand of another kind. */
export const fittingIssues = (
  field: string,
  condition: Condition,
  kind = fieldKind(field)
): ReadonlyArray<OperandIssue> => {
  if (kind === undefined) return [{ path: ["field"], issue: "Expected a field of a contact" }]
  const operators = operatorsOf[kind]
  if (!operators.includes(condition.operator)) {
    return [{ path: ["operator"], issue: `Expected one of ${operators.join(", ")}, which ${field} can be asked` }]
  }
  const issues = operandIssues(condition)
  return issues.length > 0 ? issues : kindIssues(field, kind, condition.value)
}

// internal

const customPrefix = "custom_fields."

const kinds = {
  type: "word",
  status: "word",
  source: "text",
  owner_id: "id",
  external_id: "id",
  name: "text",
  email: "text",
  phone: "text",
  company: "text",
  title: "text",
  tag: "list",
  tags: "list",
  score: "number",
  created_at: "instant",
  updated_at: "instant",
  last_interaction: "instant",
  total_interactions: "number",
  lifetime_value: "number",
  open_deals: "number",
  "address.city": "text",
  "address.state": "text",
  "address.zip": "text",
  "address.country": "text"
} as const satisfies { readonly [field: string]: FieldKind }

const kindOf: ReadonlyMap<string, FieldKind> = new Map(Object.entries(kinds))

const equality: ReadonlyArray<Operator> = ["eq", "neq", "in", "not_in", "exists", "not_exists"]
const ordering: ReadonlyArray<Operator> = ["gt", "gte", "lt", "lte", "between"]
const parts: ReadonlyArray<Operator> = ["contains", "not_contains", "starts_with", "ends_with"]

const operatorsOf: { readonly [K in FieldKind]: ReadonlyArray<Operator> } = {
  custom: [...equality, ...ordering, ...parts],
  id: equality,
  instant: [...equality, ...ordering],
  list: [...equality, ...parts],
  number: [...equality, ...ordering],
  text: [...equality, ...parts],
  word: equality
}

interface Operands {
  readonly fits: (operand: unknown) => boolean
  readonly expected: string
}

const operandsOf = (field: string, kind: FieldKind): Operands => {
  switch (kind) {
    case "custom":
      return { fits: () => true, expected: "" }
    case "number":
      return { fits: (operand) => typeof operand === "number", expected: "Expected a number" }
    case "instant":
      return { fits: isTime, expected: "Expected a time in ISO 8601 or a distance from now, such as now-30d" }
    case "word": {
      const words: ReadonlyArray<unknown> = field === "type" ? ContactType.literals : ContactStatus.literals
      return { fits: (operand) => words.includes(operand), expected: `Expected ${words.join(" or ")}` }
    }
    case "id":
    case "list":
    case "text":
      return { fits: (operand) => typeof operand === "string", expected: "Expected text" }
  }
}

const kindIssues = (field: string, kind: FieldKind, operand: Operand | undefined): ReadonlyArray<OperandIssue> => {
  const { expected: issue, fits } = operandsOf(field, kind)
  if (operand === undefined) return []
  if (!Array.isArray(operand)) return fits(operand) ? [] : [{ path: ["value"], issue }]
  return operand.flatMap((item, index) => (fits(item) ? [] : [{ path: ["value", index], issue }]))
}

const isTime = (operand: unknown): boolean =>
  isRelative(operand) || (typeof operand === "string" && readInstant(operand) !== undefined)
