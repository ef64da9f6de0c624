/** What generators and linters want to read in the OpenAPI document beside what the schemas say by themselves. */

/**
 * Completes every schema of a document: whole numbers whose bounds let them say how wide they are, and lists of anything
 * that they are of anything.
 */
export const completeSchemas = (document: { readonly [member: string]: unknown }) =>
  Object.fromEntries(Object.entries(document).map(([name, member]) => [name, complete(member)]))

// internal

const complete = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(complete)
  if (typeof node !== "object" || node === null) return node
  const members = Object.fromEntries(Object.entries(node).map(([name, member]) => [name, complete(member)]))
  if (members["type"] === "integer" && isNarrow(members)) return { ...members, format: "int32" }
  if (members["type"] === "array" && !("items" in members || "prefixItems" in members)) return { ...members, items: {} }
  return members
}

const isNarrow = ({ maximum, minimum }: { readonly [name: string]: unknown }): boolean =>
  typeof minimum === "number" && typeof maximum === "number" && minimum >= -(2 ** 31) && maximum < 2 ** 31
