/** `import` and `export` against a real database. */
import { JobId } from "@clientele/core"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { draw } from "clientele/cli/Import"
import { line } from "clientele/cli/Progress"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { run } from "./run.ts"

const bin = fileURLToPath(new URL("../../packages/clientele/src/bin.ts", import.meta.url))

const people = ["Vorname;Nachname;E-Mail;Firma", "Ada;Lovelace;ada@example.com;=SUM(1)", "Bo;Müller;bo@example.com;"]

/** A database that is there, and a folder for files. */
const prepare = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped()
  const env = { CLIENTELE_DATABASE_URL: `sqlite:${folder}/crm.db` }
  yield* run(["migrate"], env)
  return {
    path: (name: string) => `${folder}/${name}`,
    write: (name: string, lines: ReadonlyArray<string>) =>
      files.writeFileString(`${folder}/${name}`, lines.join("\r\n")),
    read: (name: string) => files.readFileString(`${folder}/${name}`),
    command: (...args: ReadonlyArray<string>) => run(args, env)
  }
}).pipe(Effect.provide(NodeServices.layer))

describe("import and export", () => {
  it.live("what one tenant exports, another imports", () =>
    Effect.gen(function* () {
      const { command, path, read, write } = yield* prepare
      yield* write("people.csv", people)
      const first = yield* command("import", path("people.csv"), "--options", '{"tags": ["new"]}')
      assert.isTrue(first.succeeded, first.errors)
      assert.deepInclude(JSON.parse(first.output), {
        status: "completed",
        imported: 2,
        mapping: { first_name: "Vorname", last_name: "Nachname", email: "E-Mail", company: "Firma" }
      })
      assert.include(first.errors, '{"done":2,"total":2}')

      yield* write("deals.csv", ["Deal Name,Amount,Deal Stage,Contact Email", "Big,12500.5,Qualified,ada@example.com"])
      const deals = yield* command("import", path("deals.csv"), "--kind", "deals")
      assert.isTrue(deals.succeeded, deals.errors)

      for (const kind of ["contacts", "deals"]) {
        const exported = yield* command("export", "--kind", kind, "-o", path(`${kind}.csv`))
        assert.deepStrictEqual([exported.succeeded, exported.output], [true, ""], exported.errors)
        const imported = yield* command("import", path(`${kind}.csv`), "--kind", kind, "--tenant", "other")
        assert.isTrue(imported.succeeded, imported.errors)
        yield* command("export", "--kind", kind, "-o", path("again.csv"), "--tenant", "other")
        // What an export adds of its own differs: ids, and the times of the import.
        const told = (text: string) =>
          text
            .replace(/\b(contact|deal)_\w{26}/g, "")
            .replace(/[^,]*(?=\r\n)/g, "")
            .split("\r\n")
            .sort()
        assert.deepStrictEqual(told(yield* read("again.csv")), told(yield* read(`${kind}.csv`)))
      }
      assert.include(yield* read("contacts.csv"), ",'=SUM(1),")
    })
  )

  it.live("an export has what its filters let through, in the format that is asked for", () =>
    Effect.gen(function* () {
      const { command, path, read, write } = yield* prepare
      yield* write("people.csv", people)
      yield* command("import", path("people.csv"))
      const exported = yield* command(
        "export",
        "--filter",
        "search=ada",
        "--format",
        "ndjson",
        "-o",
        path("ada.ndjson")
      )
      assert.isTrue(exported.succeeded, exported.errors)
      const lines = (yield* read("ada.ndjson")).trimEnd().split("\n")
      assert.deepStrictEqual(
        lines.map((text) => JSON.parse(text).email),
        ["ada@example.com"]
      )
    })
  )

  it.live("standard output is the export, for as long as somebody reads it", () =>
    Effect.gen(function* () {
      const { command, path, write } = yield* prepare
      yield* write("people.csv", people)
      yield* command("import", path("people.csv"))
      const piped = `set -o pipefail; "${process.execPath}" "${bin}" export --filter search=ada | tail -n 1 | cut -d, -f3,6
        "${process.execPath}" "${bin}" export | head -c 2`
      const env = { PATH: process.env["PATH"], CLIENTELE_DATABASE_URL: `sqlite:${path("crm.db")}` }
      const { stdout } = yield* Effect.promise(() => promisify(execFile)("bash", ["-c", piped], { env }))
      assert.strictEqual(stdout, "Ada Lovelace,ada@example.com\nid")
    })
  )

  it.live("what is wrong is told in one line", () =>
    Effect.gen(function* () {
      const { command, path, write } = yield* prepare
      yield* write("open.csv", ["name", '"Ada'])
      yield* write("people.csv", [...people, "Cy;X;nobody;"])
      const mapped = ["--mapping", '{"name": "Nachname", "email": "E-Mail"}']
      const wrong: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
        [["import", path("nothing.csv")], /nothing\.csv: no such file or folder$/],
        [["import", path("open.csv")], /Invalid CSV at line 2, column 1: /],
        [["import", path("people.csv"), "--mapping", '{"name": "Name"}'], /no column with the header "Name"$/],
        [["import", path("people.csv"), "--options", '{"skip": true}'], /skip: /],
        [["import", path("people.csv"), ...mapped], /1 of 3 rows failed$/],
        [["export", "--filter", "stats=active"], /stats: /],
        [["export", "--kind", "deals", "--filter", "stage=nowhere"], /nowhere/],
        [["export", "-o", path("no/folder.csv")], /folder\.csv: no such file or folder$/]
      ]
      for (const [args, complaint] of wrong) {
        const { errors, succeeded } = yield* command(...args)
        assert.isFalse(succeeded, args.join(" "))
        assert.match(errors.trim(), complaint)
      }
    })
  )
})

it("a terminal shows how far it is, and what came of it", () => {
  assert.strictEqual(line(45, 4_500, 10_000), `${"█".repeat(18)}${"░".repeat(22)}  45 % 4,500/10,000`)
  const figures = { jobId: JobId.make("job_1"), rows: 1_200, imported: 1_198, updated: 0, skipped: 1, failed: 1 }
  const errors = [
    { row: 7, column: "E-Mail", value: "x", code: "validation_error", message: "Expected an e-mail address" },
    { row: 9, column: null, value: null, code: "ragged_row", message: "Expected 2 cells, found 3" }
  ] as const
  const report = {
    ...figures,
    status: "completed",
    mapping: {},
    unmapped: [],
    warnings: ["A warning"],
    errors
  } as const
  assert.strictEqual(
    draw(report),
    [
      "1,200 rows: 1,198 imported, 0 updated, 1 skipped, 1 failed",
      "A warning",
      "Row 7, E-Mail: Expected an e-mail address",
      "Row 9: Expected 2 cells, found 3"
    ].join("\n")
  )
})
