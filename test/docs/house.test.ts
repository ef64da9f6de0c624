/** The picture of the packages shows the import rules, and nothing else. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"
import { coreLayers, packages } from "../../scripts/check-imports.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

type Arrows = ReadonlyMap<string, ReadonlySet<string>>

const arrows = (pairs: Iterable<readonly [string, string]>): Arrows => {
  const found = new Map<string, Set<string>>()
  for (const [from, to] of pairs) found.set(from, (found.get(from) ?? new Set()).add(to))
  return found
}

/** All that can be reached, over however many arrows. */
const reach = (of: Arrows, from: string, seen = new Set<string>()): ReadonlySet<string> => {
  for (const to of of.get(from) ?? []) if (!seen.has(to)) reach(of, to, seen.add(to))
  return seen
}

describe("docs/house.svg", () => {
  const svg = readFileSync(join(root, "docs/house.svg"), "utf8")
  const drawn = arrows(
    [...svg.matchAll(/data-from="([^"]+)" data-to="([^"]+)"/g)].map(([, from = "", to = ""]) => [from, to] as const)
  )
  const allowed = arrows([
    ...Object.entries(packages).flatMap(([from, rule]) =>
      rule === "everything"
        ? Object.keys(packages).flatMap((to) => (to === from ? [] : [[from, to] as const]))
        : rule.workspace.map((name) => [from, name.replace("@clientele/", "").replace(/\/.*/, "")] as const)
    ),
    ...Object.entries(coreLayers).flatMap(([from, layers]) =>
      layers.flatMap((to) => (to === from ? [] : [[from, to] as const]))
    )
  ])

  it.each([...Object.keys(packages), ...Object.keys(coreLayers)])("lets %s know what the rules do", (name) => {
    const known = [...reach(drawn, name)]
    // Whoever may import everything is drawn with what it does import.
    if (packages[name] === "everything") assert.isEmpty(known.filter((other) => !reach(allowed, name).has(other)))
    else assert.sameMembers(known, [...reach(allowed, name)])
  })

  it("shows every package", () => {
    const named = [...svg.matchAll(/<text x="\d+" y="\d+">([^<]+)</g)].map(([, name]) => name)
    assert.sameMembers(named, [...Object.keys(packages), ...Object.keys(coreLayers)])
  })
})
