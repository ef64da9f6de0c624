/** `clientele mcp`: what an assistant sees, may do and is told. */
import { TenantId, UserId } from "@clientele/core"
import { Policy } from "@clientele/http/Policy"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"
import { readFileSync } from "node:fs"
import { connect, start } from "./assistant.ts"
import { run } from "./run.ts"

const guide = readFileSync(new URL("../../docs/guides/mcp.md", import.meta.url), "utf8")
const [, configuration = ""] = /^```json\n(.*?)^```$/ms.exec(guide) ?? []

/** A migrated database. */
const database = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const url = `sqlite:${yield* files.makeTempDirectoryScoped()}/crm.db`
  yield* run(["migrate"], { CLIENTELE_DATABASE_URL: url })
  return url
}).pipe(Effect.provide(NodeServices.layer))

const decodeHost = Schema.decodeEffect(
  Schema.fromJsonString(
    Schema.Struct({
      mcpServers: Schema.Struct({
        crm: Schema.Struct({
          command: Schema.Literal("clientele"),
          args: Schema.Array(Schema.String),
          env: Schema.Struct({ CLIENTELE_DATABASE_URL: Schema.String })
        })
      })
    })
  )
)

const actorOf = (tenant: string, roles: ReadonlyArray<string> = ["sales"]) => ({
  tenantId: TenantId.make(tenant),
  userId: UserId.make("user_1"),
  userName: "Mike",
  roles
})

describe("the command", () => {
  it.live(
    "speaks the protocol alone on standard output, reads by default, and ends with its input",
    () =>
      Effect.gen(function* () {
        const url = yield* database
        const writer = yield* connect(url, { actor: actorOf("acme"), allowWrites: true })
        yield* writer.call("contacts_create", { name: "Nora Lindqvist" })

        const { mcpServers } = yield* decodeHost(configuration)
        const assistant = yield* start(mcpServers.crm.args, { CLIENTELE_DATABASE_URL: url })
        const { result } = yield* assistant.initialize
        assert.deepInclude(result, { protocolVersion: "2025-06-18" })
        const { tools } = yield* assistant.tools
        assert.isTrue(tools.length > 0)
        assert.isTrue(tools.every(({ annotations }) => annotations.readOnlyHint && !annotations.destructiveHint))
        const { error } = yield* assistant.ask("tools/call", { name: "contacts_create", arguments: { name: "Jane" } })
        assert.strictEqual(error?.code, -32602)
        const { isError, value } = yield* assistant.call("contacts_list", { search: "lindqvist", limit: 5 })
        assert.isFalse(isError)
        assert.deepInclude(value["pagination"], { page: 1, limit: 5, total: 1 })
        assert.deepStrictEqual(yield* assistant.end, { code: 0, errors: "" })
      }),
    60_000
  )

  it.live("says in one line what keeps it from starting", () =>
    Effect.gen(function* () {
      const { errors, succeeded } = yield* run(["mcp", "--role", "sales"], {
        CLIENTELE_DATABASE_URL: "sqlite::memory:"
      })
      assert.isFalse(succeeded)
      assert.match(errors, /run clientele migrate/)
    })
  )
})

describe("docs/guides/mcp.md", () => {
  it.live("names the tools that there are", () =>
    Effect.gen(function* () {
      const named = [...guide.matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)].flatMap(([, name = ""]) => name)
      const writer = yield* connect(yield* database, { actor: actorOf("acme"), allowWrites: true })
      const { tools } = yield* writer.tools
      assert.sameMembers(
        named,
        tools.map(({ name }) => name)
      )
    })
  )
})

describe("tools", () => {
  it.live("that write work only where they were asked for, and answer with what there is afterwards", () =>
    Effect.gen(function* () {
      const assistant = yield* connect(yield* database, { actor: actorOf("acme"), allowWrites: true })
      const made = yield* assistant.call("contacts_create", { name: "Jane Doe", email: "jane@example.com" })
      const contact_id = made.value["id"]
      yield* assistant.call("contacts_update", { contact_id, title: "Buyer" })
      yield* assistant.call("notes_add", { contact_id, content: "Met at the fair" })
      yield* assistant.call("activities_create", { contact_id, type: "call" })
      const task = yield* assistant.call("tasks_create", {
        contact_id,
        title: "Send the offer",
        due_date: "2099-01-31"
      })
      yield* assistant.call("tasks_complete", { task_id: task.value["id"] })
      const deal = yield* assistant.call("deals_create", { contact_id, name: "Offer", value: 1200.5 })
      yield* assistant.call("deals_change_stage", { deal_id: deal.value["id"], stage: "closed_won" })

      const { value } = yield* assistant.call("contacts_get", { contact_id })
      assert.deepInclude(value, { title: "Buyer", type: "customer" })
      assert.include(JSON.stringify(value["deals"]), '"stage":"closed_won"')
      const report = yield* assistant.call("reports_pipeline_analytics")
      assert.strictEqual(report.value["win_rate"], 1)
      const read = yield* assistant.ask("resources/read", { uri: `crm://contacts/${String(contact_id)}` })
      assert.include(JSON.stringify(read.result), "Send the offer")
    })
  )

  it.live("fail with a code and the paths of what is wrong", () =>
    Effect.gen(function* () {
      const assistant = yield* connect(yield* database, { actor: actorOf("acme"), allowWrites: true })
      const made = yield* assistant.call("contacts_create", { name: "Jane Doe", email: "jane@example.com" })
      const wrong = [
        ["contacts_create", { name: "", emial: "x" }, "validation_error", ["emial", "name"]],
        ["contacts_create", { name: "Jane", email: "jane@example.com" }, "duplicate_contact", []],
        ["contacts_list", { limit: 0, colour: "red" }, "validation_error", ["colour", "limit"]],
        ["contacts_get", {}, "validation_error", ["contact_id"]],
        ["contacts_get", { contact_id: ".." }, "validation_error", ["contact_id"]],
        ["contacts_get", { contact_id: made.value["id"], also: 1 }, "validation_error", ["also"]],
        ["deals_create", { name: "Offer", stage: "someday" }, "invalid_stage", []],
        ["tasks_complete", { task_id: "task_1" }, "task_not_found", []]
      ] as const
      for (const [tool, given, code, paths] of wrong) {
        const { isError, value } = yield* assistant.call(tool, given)
        assert.isTrue(isError, tool)
        assert.strictEqual(value["code"], code)
        for (const path of paths) assert.include(JSON.stringify(value["errors"]), `"path":"${path}"`)
        assert.notInclude(JSON.stringify(value), ".ts:")
      }
    })
  )

  it.live("answer for another tenant's ids as for those that name nothing", () =>
    Effect.gen(function* () {
      const url = yield* database
      const acme = yield* connect(url, { actor: actorOf("acme"), allowWrites: true })
      const other = yield* connect(url, { actor: actorOf("other"), allowWrites: true })
      const contact = String((yield* acme.call("contacts_create", { name: "Jane" })).value["id"])
      const deal = String((yield* acme.call("deals_create", { name: "Offer", contact_id: contact })).value["id"])
      const task = String((yield* acme.call("tasks_create", { title: "Call", contact_id: contact })).value["id"])
      const before = yield* acme.call("contacts_get", { contact_id: contact })

      const asked = [
        ["contacts_get", contact, (contact_id: string) => ({ contact_id })],
        ["contacts_update", contact, (contact_id: string) => ({ contact_id, name: "Mine" })],
        ["contacts_history", contact, (contact_id: string) => ({ contact_id })],
        ["contacts_duplicates_of", contact, (contact_id: string) => ({ contact_id })],
        ["notes_add", contact, (contact_id: string) => ({ contact_id, content: "x" })],
        ["scoring_score", contact, (contact_id: string) => ({ contact_id })],
        ["deals_create", contact, (contact_id: string) => ({ contact_id, name: "Mine" })],
        ["deals_get", deal, (deal_id: string) => ({ deal_id })],
        ["deals_change_stage", deal, (deal_id: string) => ({ deal_id, stage: "closed_lost" })],
        ["activities_create", deal, (deal_id: string) => ({ deal_id, type: "call" })],
        ["tasks_complete", task, (task_id: string) => ({ task_id })]
      ] as const
      for (const [tool, id, given] of asked) {
        const foreign = yield* other.call(tool, given(id))
        const nobody = yield* other.call(tool, given("nothing_1"))
        assert.isTrue(foreign.isError, tool)
        assert.strictEqual(foreign.text.replaceAll(id, "nothing_1"), nobody.text)
      }
      const uri = (id: string) => other.ask("resources/read", { uri: `crm://contacts/${id}` })
      assert.deepStrictEqual(
        JSON.stringify((yield* uri(contact)).error).replaceAll(contact, "nothing_1"),
        JSON.stringify((yield* uri("nothing_1")).error)
      )
      assert.deepInclude((yield* other.call("contacts_list")).value["pagination"], { total: 0 })
      assert.strictEqual((yield* acme.call("contacts_get", { contact_id: contact })).text, before.text)
    })
  )

  it.live("are there as far as the policy lets the actor have them, and refuse who has no role", () =>
    Effect.gen(function* () {
      const url = yield* database
      const readersList: Policy = ({ roles }, operation) =>
        Effect.succeed(roles.includes("manager") || operation === "contacts.list")
      const reader = yield* connect(url, { actor: actorOf("acme", ["sales"]), allowWrites: true }).pipe(
        Effect.provideService(Policy, readersList)
      )
      const { tools } = yield* reader.tools
      assert.deepStrictEqual(
        tools.map(({ name }) => name),
        ["contacts_list"]
      )
      assert.isFalse((yield* reader.call("contacts_list")).isError)
      assert.isDefined((yield* reader.ask("tools/call", { name: "deals_list", arguments: {} })).error)
      assert.isDefined((yield* reader.ask("resources/read", { uri: "crm://contacts/contact_1" })).error)

      let closed = false
      const closes = yield* connect(url, { actor: actorOf("acme") }).pipe(
        Effect.provideService(Policy, () => Effect.sync(() => !closed))
      )
      closed = true
      assert.strictEqual((yield* closes.call("contacts_list")).value["code"], "forbidden")
      const nobody = yield* connect(url, { actor: actorOf("acme", ["visitor"]) })
      assert.strictEqual((yield* nobody.call("contacts_list")).value["code"], "forbidden")
    })
  )
})
