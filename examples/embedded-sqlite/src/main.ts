/** A CRM inside this process: contacts in a SQLite file, no server anywhere. */
import { Contacts, Crm, CurrentActor, Imports, TenantId, TimeOrderedIds, UserId } from "@clientele/core"
import { CsvReader } from "@clientele/csv"
import { PhoneNumbers } from "@clientele/enrichment"
import * as Sqlite from "@clientele/sql-sqlite-node"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, FileSystem, Layer } from "effect"
import { fileURLToPath } from "node:url"

const storage = Sqlite.layer({ filename: "crm.db" })
const crm = Crm.layer.pipe(Layer.provide([storage, TimeOrderedIds.layer, PhoneNumbers.layer()]))
const actor = { tenantId: TenantId.make("acme"), userId: UserId.make("user_1"), userName: "Mike", roles: ["sales"] }
const sheet = fileURLToPath(new URL("../../data/contacts.csv", import.meta.url))

const program = Effect.gen(function* () {
  const contacts = yield* Contacts
  const imports = yield* Imports
  const files = yield* FileSystem.FileSystem

  const jane = yield* contacts
    .create({ name: "Jane Doe", email: "jane@example.com", source: "referral" })
    .pipe(Effect.catchTag("DuplicateContact", ({ contactId }) => contacts.get(contactId)))
  yield* Console.log(`${jane.name} is ${jane.id}`)

  const table = yield* CsvReader.open(files.stream(sheet))
  const mapping = { name: "Full Name", email: "Email Address", status: "Status", source: "Source" }
  const report = yield* imports.contacts({ ...table, mapping, options: { skipDuplicates: true } })
  yield* Console.log(`${report.rows} rows: ${report.imported} imported, ${report.skipped} skipped`)

  const { data, pagination } = yield* contacts.list({ status: "active", source: "referral", limit: 3 })
  const latest = data.map(({ name }) => name).join(", ")
  yield* Console.log(`${pagination.total} active contacts came by referral, the latest: ${latest}`)
}).pipe(Effect.scoped, Effect.provideService(CurrentActor, actor))

program.pipe(Effect.provide([crm, NodeServices.layer]), NodeRuntime.runMain)
