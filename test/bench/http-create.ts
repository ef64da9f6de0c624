/** `http-create`: one contact per request on SQLite, each in a transaction of its own that waits for the disk. */
import { Effect } from "effect"
import { compareRates, connections } from "./http.ts"
import type { Benchmark } from "./measuring.ts"
import { clientele, referenceServer, temporaryFolder } from "./processes.ts"

const body = {
  name: "Jane Doe",
  email: "person.{n}@mail.example.com",
  phone: "+1 202 555 0143",
  company: "Blue Heron Foods",
  title: "Director of Operations",
  source: "referral",
  tags: ["enterprise"]
}

export const httpCreate: Benchmark = {
  about:
    `Contacts created one by one on SQLite, over ${connections} kept-alive connections. The reference is bare node:http ` +
    "with hand-written node:sqlite statements that write the same rows (contact, e-mail, search text, event) in one " +
    "transaction with the same durability. It leaves out: the token, every check of a value, E.164, the look-up of " +
    "duplicates, and the rest of the detail view.",
  run: Effect.gen(function* () {
    const full = yield* compare("full", "every commit waits for the disk")
    const normal = yield* compare("normal", "commits do not wait (CLIENTELE_SQLITE_SYNCHRONOUS=normal)")
    return [full, normal]
  })
}

// internal

const compare = Effect.fnUntraced(function* (synchronous: "full" | "normal", what: string) {
  const folder = yield* temporaryFolder
  const ours = yield* clientele(`sqlite:${folder}/ours.db`, { CLIENTELE_SQLITE_SYNCHRONOUS: synchronous })
  const reference = yield* referenceServer(
    new URL("./reference/http.ts", import.meta.url),
    `${folder}/reference.db`,
    synchronous,
    "--migrate"
  )
  const request = { method: "POST", path: "/contacts", body: JSON.stringify(body), expectedStatus: 201 } as const
  return yield* compareRates(what, request, ours, reference)
}, Effect.scoped)
