import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, describe, it } from "vitest"
import { checkImports, formatViolation } from "../../scripts/check-imports.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const temporary: Array<string> = []

afterAll(() => {
  for (const directory of temporary) rmSync(directory, { recursive: true, force: true })
})

/** Lays out a workspace of the given files and returns what the check prints about it. */
const check = (files: Readonly<Record<string, string>>): ReadonlyArray<string> => {
  const directory = mkdtempSync(join(tmpdir(), "clientele-imports-"))
  temporary.push(directory)
  for (const [file, source] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), source)
  }
  return checkImports({ root: directory, effect: join(root, "node_modules/effect") }).map(formatViolation)
}

const deal = "packages/core/src/domain/Deal.ts"

const refused: ReadonlyArray<readonly [name: string, file: string, source: string, message: string]> = [
  [
    "core imports an adapter",
    deal,
    `import { Stores } from "@clientele/sql"`,
    `packages/core must not import "@clientele/sql"`
  ],
  ["core imports itself by name", deal, `import "@clientele/core/domain/Ids"`, `is this package itself`],
  ["core imports effect/sql", deal, `import { SqlClient } from "effect/sql"`, `"effect/sql" is not a stable module`],
  ["core imports a module of effect/sql", deal, `import * as C from "effect/sql/SqlClient"`, `is not a stable module`],
  ["core imports effect/http", deal, `import { HttpRouter } from "effect/http"`, `is not a stable module`],
  ["core imports effect/http-api", deal, `import { HttpApi } from "effect/http-api"`, `is not a stable module`],
  ["core imports effect/persistence", deal, `import "effect/persistence"`, `is not a stable module`],
  ["core imports effect/crypto", deal, `import { Digest } from "effect/crypto"`, `is not a stable module`],
  ["core imports effect/encoding", deal, `import { Base64 } from "effect/encoding"`, `is not a stable module`],
  ["core imports effect/schema", deal, `import { Model } from "effect/schema"`, `is not a stable module`],
  ["core imports effect/Arbitrary", deal, `import * as A from "effect/Arbitrary"`, `is not a stable module`],
  [
    "core takes an unstable name from the barrel",
    deal,
    `import { Arbitrary, Effect } from "effect"`,
    `Arbitrary of "effect" is tagged unstable`
  ],
  [
    "core renames an unstable name",
    deal,
    `import { Graph as G } from "effect"`,
    `Graph of "effect" is tagged unstable`
  ],
  [
    "core takes an unstable name as a type",
    deal,
    `import type { FileSystem } from "effect"`,
    `FileSystem of "effect" is tagged unstable`
  ],
  [
    "core re-exports an unstable name",
    deal,
    `export { SemVer } from "effect"`,
    `SemVer of "effect" is tagged unstable`
  ],
  ["core takes the whole barrel", deal, `import * as E from "effect"`, `the whole of "effect"`],
  ["core re-exports the whole barrel", deal, `export * from "effect"`, `the whole of "effect"`],
  ["core imports Node", deal, `import { readFileSync } from "node:fs"`, `packages/core must not import "node:fs"`],
  ["core imports Node by its old name", deal, `import fs from "fs"`, `packages/core must not import "fs"`],
  ["core imports a library", deal, `import { parse } from "tldts"`, `packages/core must not import "tldts"`],
  ["core imports dynamically", deal, `export const later = () => import("node:fs")`, `must not import "node:fs"`],
  ["core imports a computed name", deal, `export const later = (name: string) => import(name)`, `computed name`],
  ["core imports in a type", deal, `export type Stats = import("node:fs").Stats`, `must not import "node:fs"`],
  ["core imports in the old way", deal, `import fs = require("node:fs")`, `must not import "node:fs"`],
  ["core references Node's globals", deal, `/// <reference types="node" />\nexport {}`, `<reference>`],
  ["core reads the clock", deal, `export const now = () => Date.now()`, `Date.now in core`],
  ["core reads the clock by a key", deal, `export const now = () => globalThis.Date["now"]()`, `Date.now in core`],
  ["core makes a Date", deal, `export const now = () => new Date()`, `Date in core`],
  ["core makes a Date of a value", deal, `export const at = (ms: number) => new Date(ms)`, `Date in core`],
  ["core throws dice", deal, `export const chance = () => Math.random()`, `Math.random in core`],
  ["core prints", deal, `export const say = () => console.log("")`, `console.log in core`],
  ["core makes ids", deal, `export const id = () => crypto.randomUUID()`, `crypto.randomUUID in core`],
  [
    "domain imports a port",
    deal,
    `import type { DealStore } from "../ports/DealStore.ts"`,
    `core/domain must not import "../ports/DealStore.ts"`
  ],
  [
    "domain imports the barrel",
    deal,
    `import { Money } from "../index.ts"`,
    `core/domain must not import "../index.ts"`
  ],
  [
    "a port imports a service",
    "packages/core/src/ports/DealStore.ts",
    `export * from "../services/Deals.ts"`,
    `core/ports must not import`
  ],
  [
    "a service imports an adapter by path",
    "packages/core/src/services/Deals.ts",
    `import "../../../sql/src/DealStore.ts"`,
    `leaves packages/core: import packages by name`
  ],
  [
    "a service imports an adapter by name",
    "packages/core/src/services/Deals.ts",
    `import { DealStore } from "@clientele/sql/DealStore"`,
    `packages/core must not import "@clientele/sql/DealStore"`
  ],
  [
    "a source imports its own tests",
    "packages/core/src/services/Deals.ts",
    `import "../../test/fixtures.ts"`,
    `leaves packages/core/src`
  ],
  [
    "sql imports a driver",
    "packages/sql/src/Deals.ts",
    `import { PgClient } from "@effect/sql-pg"`,
    `packages/sql must not import "@effect/sql-pg"`
  ],
  [
    "sql imports Node",
    "packages/sql/src/Deals.ts",
    `import "node:sqlite"`,
    `packages/sql must not import "node:sqlite"`
  ],
  [
    "an adapter imports the other",
    "packages/sql-pg/src/index.ts",
    `import "@clientele/sql-sqlite-node"`,
    `packages/sql-pg must not import`
  ],
  [
    "the contract imports a service",
    "packages/api/src/index.ts",
    `import "@clientele/core/services/Deals"`,
    `packages/api must not import`
  ],
  ["http imports a store", "packages/http/src/index.ts", `import "@clientele/sql"`, `packages/http must not import`],
  ["csv imports the domain", "packages/csv/src/index.ts", `import "@clientele/core"`, `packages/csv must not import`],
  [
    "webhooks import phone numbers",
    "packages/webhooks/src/index.ts",
    `import "libphonenumber-js"`,
    `packages/webhooks must not import`
  ],
  [
    "testing imports a store",
    "packages/testing/src/index.ts",
    `import "@clientele/sql"`,
    `packages/testing must not import`
  ],
  [
    "a new package has no rule",
    "packages/surprise/src/index.ts",
    `import "effect"`,
    `packages/surprise has no import rule yet`
  ],
  [
    "internals of another package",
    "packages/clientele/src/index.ts",
    `import "@clientele/core/internal/fold"`,
    `is internal to @clientele/core`
  ],
  [
    "nested internals of another package",
    "test/http/a.test.ts",
    `import "@clientele/core/domain/internal/fold"`,
    `is internal to @clientele/core`
  ],
  [
    "a source imports an example",
    "packages/clientele/src/index.ts",
    `import "../../../examples/hono/src/index.ts"`,
    `leaves packages/clientele`
  ],
  [
    "a source imports a test",
    "packages/clientele/src/index.ts",
    `import "../../../test/support/database.ts"`,
    `leaves packages/clientele`
  ],
  [
    "a package's test imports another's sources",
    "packages/http/test/a.test.ts",
    `import "../../core/src/index.ts"`,
    `leaves packages/http`
  ],
  [
    "a test imports a package's sources",
    "test/http/a.test.ts",
    `import "../../packages/http/src/index.ts"`,
    `leaves test: use a package's public entry point`
  ],
  [
    "an example imports a package's sources",
    "examples/hono/src/index.ts",
    `import "../../../packages/http/src/index.ts"`,
    `leaves examples/hono`
  ],
  [
    "an example imports another",
    "examples/hono/src/index.ts",
    `import "../../next/src/index.ts"`,
    `leaves examples/hono`
  ],
  [
    "a snippet imports a package's sources",
    "docs/snippets/start.ts",
    `import "../../packages/http/src/index.ts"`,
    `leaves docs`
  ],
  ["an absolute path", "test/http/a.test.ts", `import "/srv/secret.ts"`, `is an absolute path`],
  ["a private alias", "packages/http/src/index.ts", `import "#core"`, `is a private alias`],
  ["a file that cannot be parsed", deal, `import {`, `cannot be parsed`]
]

describe("the import rules", () => {
  it.for(refused)("refuse: %s", ([, file, source, message]) => {
    const output = check({ [file]: `// a first line\n${source}\n` })
    assert.strictEqual(output.length, 1, output.join("\n"))
    assert.match(output[0] ?? "", new RegExp(`^${file.replaceAll(".", "\\.")}:[12]: `))
    assert.include(output[0], message)
  })

  it("name the line", () => {
    assert.deepStrictEqual(
      check({ [deal]: `import { Effect } from "effect"\n\nimport "node:fs"\nexport { Effect }\n` }),
      [`${deal}:3: packages/core must not import "node:fs"`]
    )
  })

  it("report every violation, by file and line", () => {
    const output = check({
      [deal]: `import "node:fs"\nimport "node:os"\n`,
      "packages/csv/src/index.ts": `import "node:fs"\n`,
      "packages/api/src/index.ts": `import "node:fs"\n`
    })
    assert.deepStrictEqual(
      output.map((line) => line.split(": ")[0]),
      ["packages/api/src/index.ts:1", `${deal}:1`, `${deal}:2`, "packages/csv/src/index.ts:1"]
    )
  })

  it("let the layers of core see what they may", () => {
    assert.deepStrictEqual(
      check({
        [deal]: `import { Effect, pipe, Schema } from "effect"\nimport * as Option from "effect/Option"\nimport { Money } from "./Money.ts"\n`,
        "packages/core/src/ports/DealStore.ts": `import type { Deal } from "../domain/Deal.ts"\nimport type { UnitOfWork } from "./UnitOfWork.ts"\n`,
        "packages/core/src/services/Deals.ts": `import { Deal } from "../domain/Deal.ts"\nimport { DealStore } from "../ports/DealStore.ts"\nimport { Tasks } from "./Tasks.ts"\n`,
        "packages/core/src/index.ts": `export * from "./domain/Deal.ts"\nexport * from "./services/Deals.ts"\n`
      }),
      []
    )
  })

  it("do not look into comments, strings, types and members of the same name", () => {
    assert.deepStrictEqual(
      check({
        [deal]: [
          `// Date.now() and import "node:fs"`,
          `/* console.log(new Date()) */`,
          `import { DateTime } from "effect"`,
          'export const text = `import("node:fs") ${"Math.random()"}`',
          `export const isDate = (value: unknown): value is Date => value instanceof Date`,
          `export const console_ = (self: { readonly console: { readonly log: string } }) => self.console.log`,
          `export const now = DateTime.now`
        ].join("\n")
      }),
      []
    )
  })

  it("let the other packages see what they may", () => {
    assert.deepStrictEqual(
      check({
        "packages/sql/src/index.ts": `import "@clientele/core/ports/DealStore"\nimport "effect/sql"\nimport "effect/sql/SqlClient"\n`,
        "packages/sql-pg/src/index.ts": `import "@clientele/sql"\nimport "@clientele/core"\nimport "@effect/sql-pg/PgClient"\nimport "node:url"\n`,
        "packages/sql-sqlite-node/src/index.ts": `import "@clientele/sql"\nimport "node:sqlite"\n`,
        "packages/api/src/index.ts": `import "@clientele/core"\nimport "@clientele/core/domain/Deal"\nimport "effect/http-api"\n`,
        "packages/http/src/index.ts": `import "@clientele/api"\nimport "@clientele/csv"\nimport "jose"\nimport "@effect/platform-node"\nimport "node:http"\n`,
        "packages/webhooks/src/index.ts": `import "@clientele/core"\nimport "effect/crypto"\n`,
        "packages/enrichment/src/index.ts": `import "@clientele/core"\nimport "libphonenumber-js/max"\nimport "tldts"\n`,
        "packages/csv/src/index.ts": `import "effect/encoding"\nimport "./internal/table.ts"\n`,
        "packages/testing/src/index.ts": `import "fast-check"\nimport "vitest"\nimport "@effect/vitest"\nimport "effect/Arbitrary"\n`,
        "packages/clientele/src/index.ts": `import "@clientele/http"\nimport "node:fs"\nexport const load = (name: string) => import(name)\n`,
        "packages/csv/test/a.test.ts": `import "../src/internal/table.ts"\nimport "./fixtures.ts"\nimport "@clientele/testing"\n`,
        "test/http/a.test.ts": `import "@clientele/http"\nimport "../support/database.ts"\nimport "../../scripts/check-imports.ts"\n`,
        "examples/hono/src/index.ts": `import "clientele"\nimport "./app.ts"\n`,
        "docs/snippets/start.ts": `import "clientele"\nimport "./shared.ts"\n`
      }),
      []
    )
  })

  it("hold in this repository", () => {
    assert.deepStrictEqual(checkImports({ root }).map(formatViolation), [])
  })
})
