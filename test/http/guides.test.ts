/** The guides do what they say: their lines for `curl` succeed in the order they stand in, and their programs run. */
import { Imports, Jobs } from "@clientele/core"
import { MxResolver } from "@clientele/enrichment"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { execFile } from "node:child_process"
import { randomUUID } from "node:crypto"
import { readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { beside, numbering } from "../support/jobs.ts"
import { idOf } from "./client.ts"
import { workFolder } from "./process.ts"
import { databases, useServer } from "./server.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const run = promisify(execFile)

const blocks = (guide: string, language: string): ReadonlyArray<string> =>
  [...readFileSync(join(root, "docs/guides", `${guide}.md`), "utf8").matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(
    ([, name, text = ""]) => (name === language ? [text] : [])
  )

const linesOf = (guide: string) => blocks(guide, "sh").flatMap((block) => block.trimEnd().split("\n"))

/** Each on one database: what differs between them is a matter of the conformance suite. */
const guides = [
  "activities",
  "contacts",
  "deals",
  "duplicates",
  "exporting",
  "idempotency",
  "importing",
  "enrichment",
  "jobs",
  "merging",
  "pipeline",
  "privacy",
  "scoring",
  "segments",
  "webhooks"
]

describe.each(databases)("the lines of the guides for curl, on $name", (database) => {
  const server = useServer(
    database,
    {},
    Layer.succeed(MxResolver, { acceptsMail: (domain) => Effect.succeed(domain === "example.com") })
  )

  it.each(guides.filter((_, index) => databases[index % databases.length] === database))("%s.md", async (guide) => {
    const tenant = `tenant_${randomUUID()}`
    const crm = await server.tenant({ tenant_id: tenant })
    const [job, imported] = await beside(
      server.data(),
      tenant
    )(
      Effect.gen(function* () {
        const table = { header: ["name"], rows: Stream.succeed({ cells: ["Imported"] }) }
        const { jobId } = yield* (yield* Imports).contacts(table)
        return [yield* (yield* Jobs).enqueue(numbering, { contacts: 1 }), jobId] as const
      })
    )
    const [jane, jd] = [await crm.create({ email: "jane@example.com" }), await crm.create({ phone: "+1 202 555 0143" })]
    const [task, activity, deal] = [
      await crm.post("/tasks", { title: "Call", contact_id: jane.id }),
      await crm.post("/activities", { type: "call", contact_id: jane.id }),
      await crm.post("/deals", { name: "Deal" })
    ]
    const hook = idOf(await crm.post("/webhooks", { url: "https://hooks.invalid" }))
    const delivery = idOf(await crm.send("POST", `/webhooks/${hook}/test`))
    const env = {
      PATH: process.env["PATH"],
      API: crm.base,
      AUTH: `Authorization: Bearer ${crm.token}`,
      ID: jane.id,
      JANE: jane.id,
      JD: jd.id,
      JOB: job.id,
      IMPORT: imported,
      TASK: idOf(task),
      ACTIVITY: idOf(activity),
      DEAL: idOf(deal),
      HOOK: hook,
      DELIVERY: delivery
    }
    assert.isNotEmpty(linesOf(guide))
    for (const line of linesOf(guide)) {
      const { stdout } = await run("bash", ["-euc", `${line} --silent --show-error --write-out '\\n%{http_code}'`], {
        env
      })
      assert.match(stdout, /\n20[0124]$/, `${line}\n${stdout}`)
    }
  })
})

describe("the programs of the guides", () => {
  it.each([
    ["activities", "1 completed [ 'Discovery', 'Send proposal' ]"],
    ["contacts", "1 in all"],
    ["custom-fields", "gold 2027\n[ 12 ]\n[ 'customFields.seats' ]"],
    ["deals", "customer 12500.5"],
    ["duplicates", "[ 'certain', 3 ]"],
    ["embedding", "taken true\nAnn Lee lead\nJane Doe customer"],
    ["host-transactions", "1 crm.deal_stage_changed crm.deal_won"],
    ["importing", "2 1 2"],
    ["exporting", "true true true"],
    ["enrichment", "completed email_domain+handbook Acme Corp https://acme.com"],
    ["jobs", "completed 250 { invited: 250 }"],
    ["merging", "jd@example.com [ 'jane@example.com' ]"],
    ["mounting", "401 unauthorized"],
    ["pipeline", "480.2 7.5"],
    ["segments", "[ 'Ann Lee' ]"],
    ["webhooks", "crm.contact_created"],
    ["scoring", blocks("scoring", "text").join("").trim()]
  ])("%s.md", async (guide, output) => {
    const folder = workFolder()
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction")
    for (const program of blocks(guide, "ts")) {
      writeFileSync(join(folder, "program.mts"), program)
      const { stderr, stdout } = await run(process.execPath, ["--no-warnings", "program.mts"], { cwd: folder })
      assert.deepStrictEqual([stdout.trim(), stderr], [output, ""])
    }
  })
})
