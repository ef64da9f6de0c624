/** The references have everything that can be imported, and every operation of the API. */
import * as api from "@clientele/api"
import * as core from "@clientele/core"
import * as http from "@clientele/http"
import * as sqlPg from "@clientele/sql-pg"
import * as webhooks from "@clientele/webhooks"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"
import { anchors, fences, slugOf } from "../../scripts/site/markdown.ts"
import { pages } from "../../scripts/site/pages.ts"
import { operations } from "../http/operations.ts"

const all = pages(fileURLToPath(new URL("../..", import.meta.url)))
const isNamespace = (value: unknown): value is object =>
  typeof value === "object" && value !== null && Object.prototype.toString.call(value) === "[object Module]"

describe("the library's reference", () => {
  it.each(Object.entries({ api, core, http, "sql-pg": sqlPg, webhooks }))("has all exports of %s", (name, module) => {
    const own = all.filter(({ path }) => path.startsWith(`reference/${name}/`))
    const headings = new Set(own.flatMap(({ markdown }) => [...anchors(markdown)]))
    const missing = Object.entries(module).flatMap(([member, value]) => {
      if (!isNamespace(value)) return headings.has(slugOf(member)) ? [] : [member]
      const page = own.find(({ path }) => path.endsWith(`/${member}.md`))
      const shown = anchors(page?.markdown ?? "")
      return Object.keys(value).flatMap((key) => (shown.has(slugOf(key)) ? [] : [`${member}.${key}`]))
    })
    assert.deepStrictEqual(missing, [])
  })

  it("shows declarations without their bodies", () => {
    const money = all.find(({ path }) => path === "reference/core/domain/Money.md")?.markdown ?? ""
    const codes = fences(money).map(({ code }) => code)
    assert.include(codes, "const exponent = (currency: Currency): number\n")
    assert.include(codes, "interface Money {\n  readonly currency: Currency\n  readonly minor: bigint\n}\n")
  })
})

describe("the API's reference", () => {
  it("has every operation", () => {
    const own = all.filter(({ path }) => path.startsWith("http/"))
    const headings = new Set(own.flatMap(({ markdown }) => [...anchors(markdown)]))
    const missing = operations
      .map(({ method, path }) => `${method.toUpperCase()} ${path}`)
      .filter((operation) => !headings.has(slugOf(operation)))
    assert.deepStrictEqual(missing, [])
  })

  it("names every schema once, and tells what it may be", () => {
    const schemas = all.find(({ path }) => path === "http/schemas.md")?.markdown ?? ""
    const names = [...schemas.matchAll(/^## (.+)$/gm)].map(([, name]) => name)
    assert.isNotEmpty(names)
    assert.strictEqual(new Set(names).size, names.length)
    assert.match(schemas, /^\| `kind` \\\* \| string \|/m)
  })
})
