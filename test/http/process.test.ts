import { Jobs } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { request } from "node:http"
import { connect } from "node:net"
import { join } from "node:path"
import { promisify } from "node:util"
import { vi } from "vitest"
import { freshDatabase } from "../support/database.ts"
import { beside, numbering } from "../support/jobs.ts"
import { type Client, detailOf, exchange, pageOf, readPageText, reportOf } from "./client.ts"
import { serve, workFolder } from "./process.ts"
import { phrase, tokenFor } from "./server.ts"

const withKey = { CLIENTELE_JWT_SECRET: phrase }
const token = () => tokenFor({ tenant_id: "tenant_1" })
const run = promisify(execFile)

const refused = (origin: string) =>
  new Promise<boolean>((resolve) => {
    const { hostname, port } = new URL(origin)
    const socket = connect(Number(port), hostname)
    socket.once("connect", () => resolve(false)).once("error", () => resolve(true))
    socket.once("connect", () => socket.destroy())
  })

describe("clientele serve", { timeout: 30_000 }, () => {
  it("without a key prints a token and a line for curl that work as they stand", async () => {
    const folder = workFolder()
    const server = serve(folder)
    await server.origin()
    const lines = await vi.waitFor(
      () => {
        const found = /^export TOKEN=\S+\ncurl .+$/m.exec(server.output())?.[0]
        if (found === undefined) throw new Error(server.output())
        return found
      },
      { timeout: 5_000, interval: 10 }
    )
    const { stdout } = await run("sh", ["-c", lines], { cwd: folder })
    assert.deepStrictEqual(readPageText(stdout), {
      data: [],
      pagination: { page: 1, limit: 20, total: 0, next_cursor: null }
    })
    assert.isTrue(existsSync(join(folder, "clientele.db")))
    const crm = await server.client(/TOKEN=(\S+)/.exec(lines)?.[1] ?? "")
    assert.strictEqual((await crm.create({ notes: "x" })).notes[0]?.created_by, "user_demo")
  })

  it("a variable that cannot be used stops the start with one line that names it, and no more", async () => {
    const all: ReadonlyArray<readonly [string, Readonly<Record<string, string>>]> = [
      ["CLIENTELE_JWT_SECRET", { CLIENTELE_HOST: "0.0.0.0" }],
      ["CLIENTELE_DATABASE_URL", { CLIENTELE_DATABASE_URL: "postgres://u:p4ss@127.0.0.1:1/crm" }]
    ]
    const folder = workFolder()
    const servers = all.map(([variable, env]) => ({ variable, server: serve(folder, env) }))
    for (const { server, variable } of servers) {
      assert.deepStrictEqual(await server.exited, { code: 1, signal: null }, variable)
      const lines = server
        .errors()
        .split("\n")
        .filter((line) => line.trim() !== "" && line.trim() !== "ERROR")
      assert.lengthOf(lines, 1, server.errors())
      assert.match(lines[0] ?? "", new RegExp(`^\\s*${variable}[,:].*\\S`))
      assert.notMatch(server.errors(), /p4ss|\bat \S+ \(|\.ts:\d/)
      assert.strictEqual(server.output(), "")
    }
  })

  it.effect("serves what a Postgres URL names", () =>
    Effect.gen(function* () {
      const url = yield* freshDatabase("process")
      yield* Effect.promise(async () => {
        const server = serve(workFolder(), { ...withKey, CLIENTELE_DATABASE_URL: url })
        const { id } = await (await server.client(await token())).create({ email: "pg@example.com" })
        assert.match(server.output(), /data in Postgres/)
        assert.notInclude(server.output(), url)
        server.child.kill("SIGTERM")
        assert.deepStrictEqual(await server.exited, { code: 0, signal: null })
        const again = serve(workFolder(), { ...withKey, CLIENTELE_DATABASE_URL: url })
        assert.strictEqual(
          detailOf(await (await again.client(await token())).get(`/contacts/${id}`)).email,
          "pg@example.com"
        )
      })
    })
  )

  it("on SIGTERM takes no new connection, finishes what is under way and exits with 0", async () => {
    const server = serve(workFolder(), withKey)
    const origin = await server.origin()
    const body = `--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nname\n${"Ann\n".repeat(2_000)}\r\n--b--\r\n`
    const outgoing = request(`${origin}/api/v1/crm/contacts/import`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await token()}`,
        "content-type": "multipart/form-data; boundary=b",
        "content-length": body.length,
        connection: "close",
        expect: "100-continue"
      }
    })
    outgoing.flushHeaders()
    await once(outgoing, "continue")
    outgoing.write(body.slice(0, 1_000))
    server.child.kill("SIGTERM")
    await vi.waitFor(async () => assert.isTrue(await refused(origin)), { timeout: 5_000, interval: 10 })
    assert.strictEqual(server.child.exitCode, null)
    const answer = once(outgoing, "response")
    outgoing.end(body.slice(1_000))
    const [incoming] = await answer
    let text = ""
    for await (const chunk of incoming) text += String(chunk)
    const report = reportOf({ status: incoming.statusCode, headers: incoming.headers, text })
    assert.strictEqual(report.imported, 2_000)
    assert.deepStrictEqual(await server.exited, { code: 0, signal: null })
    assert.strictEqual(server.errors(), "")
  })

  it("on SIGTERM ends the answers that follow a job at once", async () => {
    const folder = workFolder()
    const server = serve(folder, withKey)
    const crm = await server.client(await token())
    const data = join(folder, "clientele.db")
    const { id } = await beside(
      data,
      "tenant_1"
    )(Effect.flatMap(Jobs, (jobs) => jobs.enqueue({ ...numbering, kind: "unknown" }, { contacts: 1 })))
    const outgoing = request(`${crm.base}/jobs/${id}/events`, {
      headers: { authorization: `Bearer ${crm.token}` }
    }).end()
    const [incoming] = await once(outgoing, "response")
    incoming.setEncoding("utf8")
    const [shown] = await once(incoming, "data")
    assert.include(shown, `"id":"${id}","kind":"unknown","status":"queued"`)
    const stopped = Date.now()
    server.child.kill("SIGTERM")
    incoming.resume()
    await once(incoming, "end")
    assert.deepStrictEqual(await server.exited, { code: 0, signal: null })
    assert.isBelow(Date.now() - stopped, 10_000)
    assert.strictEqual(server.errors(), "")
  })

  it("keeps its data over a restart, in the folder it was started in", async () => {
    const folder = workFolder()
    const first = serve(folder, withKey)
    const before = await (await first.client(await token())).create({ email: "kept@example.com", notes: "Kept" })
    assert.strictEqual((await exchange("GET", `${await first.origin()}/readyz`)).status, 200)
    assert.notMatch(first.output(), /TOKEN|tests/)
    first.child.kill("SIGTERM")
    assert.deepStrictEqual(await first.exited, { code: 0, signal: null })
    const crm = await serve(folder, withKey).client(await token())
    assert.deepStrictEqual(detailOf(await crm.get(`/contacts/${before.id}`)), before)
  })

  it("loses no creation that it acknowledged when it is killed", async () => {
    const folder = workFolder()
    const acknowledged = new Set<string>()
    const bearer = await token()
    for (let round = 0; round < 2; round++) {
      const server = serve(folder, withKey)
      const crm = await server.client(bearer)
      const enough = acknowledged.size + 20 + round * 15
      const keepCreating = async () => {
        while (server.child.exitCode === null && server.child.signalCode === null) {
          const created = await crm.create({ name: `Round ${round}`, notes: "x" }).catch(() => undefined)
          if (created === undefined) return
          acknowledged.add(created.id)
          if (acknowledged.size >= enough) server.child.kill("SIGKILL")
        }
      }
      await Promise.all(Array.from({ length: 8 }, keepCreating))
      assert.strictEqual((await server.exited).signal, "SIGKILL")
    }
    const stored = await allIds(await serve(folder, withKey).client(bearer))
    assert.isAtLeast(acknowledged.size, 2 * 20)
    assert.deepStrictEqual(
      [...acknowledged].filter((id) => !stored.has(id)),
      []
    )
    // Beyond those, at most what was under way in each round.
    assert.isAtMost(stored.size, acknowledged.size + 2 * 8)
  })
})

const allIds = async (crm: Client): Promise<ReadonlySet<string>> => {
  const ids = new Set<string>()
  for (let page = 1; ; page++) {
    const { data } = pageOf(await crm.get(`/contacts?limit=100&page=${page}`))
    if (data.length === 0) return ids
    for (const { id } of data) ids.add(id)
  }
}
