/**
 * Why a rule gave points, for people: its template with the value filled in, else a phrase made of field and value. What
 * is in a field comes from outside and is shortened, never trusted to be of a certain form.
 */
import type * as Schema from "effect/Schema"
import type { EventRule, FieldRule, ScoredCondition } from "./ScoringRules.ts"

/**
 * The reason for a value of the rule's field of which the condition holds: what makes it of the value, or the reason
 * itself where it is the same for all.
 */
export const fieldReason = (
  rule: FieldRule,
  condition: ScoredCondition
): string | ((value: Schema.Json | undefined) => string) => {
  const name = inWords(rule.field.slice(rule.field.lastIndexOf(".") + 1))
  const template = condition.reason ?? rule.reason
  if (template === undefined && condition.operator === "exists") return `${name} known`
  if (template === undefined && condition.operator === "not_exists") return `No ${lowerFirst(name)}`
  const fill = template === undefined ? phrase(rule.field, name) : filler(template, name)
  return template === undefined || template.includes("{value}") ? (value) => fill(show(value), "") : fill("", "")
}

/** Makes the reason for so many events that count; the same number has the same reason, made once. */
export const eventReason = (rule: EventRule): ((count: number) => string) => {
  const make = makeEventReason(rule)
  const made: Array<string | undefined> = []
  return (count) => (count > maxMade ? make(count) : (made[count] ??= make(count)))
}

// internal

const maxMade = 100

const makeEventReason = (rule: EventRule): ((count: number) => string) => {
  const name = inWords(rule.event.slice(rule.event.indexOf(":") + 1))
  if (rule.reason !== undefined) {
    const fill = filler(rule.reason, name)
    return (count) => fill("", String(count))
  }
  const span = rule.withinDays === undefined ? "" : ` in ${rule.withinDays} days`
  return (count) => (count === 1 ? name : `${name}, ${count} times${span}`)
}

type Fill = (value: string, count: string) => string

/** What a value of well-known fields says by itself. */
const nouns: ReadonlyMap<string, string> = new Map([
  ["company_size", "employees"],
  ["employees", "employees"],
  ["industry", "sector"]
])

const phrase = (field: string, name: string): Fill => {
  const noun = nouns.get(field.slice(field.lastIndexOf(".") + 1))
  return (value) => {
    if (value === "") return `No ${lowerFirst(name)}`
    if (noun === undefined) return `${name}: ${value}`
    return value.toLowerCase().endsWith(noun) ? value : `${value} ${noun}`
  }
}

const filler = (template: string, name: string): Fill => {
  const named = template.replaceAll("{name}", name)
  return (value, count) => named.replace(/\{(value|count)\}/g, (_, part: string) => (part === "value" ? value : count))
}

const maxShown = 80

/** A value as text; nothing for what is no value. */
const show = (value: Schema.Json | undefined): string => {
  const items: ReadonlyArray<unknown> = Array.isArray(value) ? value.slice(0, 3) : [value]
  return items
    .map(showItem)
    .filter((text) => text !== "")
    .join(", ")
}

const showItem = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return shorten(value.trim())
    case "number":
      return String(value)
    case "boolean":
      return value ? "yes" : "no"
    default:
      return ""
  }
}

const shorten = (text: string): string =>
  text.length <= maxShown ? text : `${text.slice(0, maxShown - 1).replace(/[\uD800-\uDBFF]$/, "")}…`

const inWords = (name: string): string => {
  const words = name.replaceAll("_", " ")
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
