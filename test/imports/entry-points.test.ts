import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"

const entries: Readonly<Record<string, () => Promise<unknown>>> = {
  "@clientele/api": () => import("@clientele/api"),
  "@clientele/core": () => import("@clientele/core"),
  "@clientele/csv": () => import("@clientele/csv"),
  "@clientele/enrichment": () => import("@clientele/enrichment"),
  "@clientele/http": () => import("@clientele/http"),
  "@clientele/sql": () => import("@clientele/sql"),
  "@clientele/sql-pg": () => import("@clientele/sql-pg"),
  "@clientele/sql-sqlite-node": () => import("@clientele/sql-sqlite-node"),
  "@clientele/testing": () => import("@clientele/testing"),
  "@clientele/webhooks": () => import("@clientele/webhooks"),
  clientele: () => import("clientele")
}

describe("the entry points", () => {
  it.for(Object.entries(entries))("%s loads by its name", async ([, load]) => {
    assert.isDefined(await load())
  })

  it("are those of every package", () => {
    const folder = fileURLToPath(new URL("../../packages", import.meta.url))
    const names = readdirSync(folder).map((name): unknown => {
      const manifest: unknown = JSON.parse(readFileSync(`${folder}/${name}/package.json`, "utf8"))
      return typeof manifest === "object" && manifest !== null && "name" in manifest ? manifest.name : undefined
    })
    assert.sameMembers(names, Object.keys(entries))
  })
})
