/** Databases for the promise face, each with the scope of its test. */
import { NodeServices } from "@effect/platform-node"
import { createCrm, type Clientele, type Options } from "clientele"
import { Effect, FileSystem, type Scope } from "effect"
import { freshDatabase } from "../support/database.ts"

export const sqliteFile = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  return `${yield* files.makeTempDirectoryScoped()}/crm.db`
}).pipe(Effect.provide(NodeServices.layer))

export const databases = [
  { name: "SQLite", url: Effect.map(sqliteFile, (file) => `sqlite:${file}`) },
  { name: "Postgres", url: freshDatabase("embedding") }
] as const

/** A CRM on such a database, closed with the test. */
export const opened = (options: Options): Effect.Effect<Clientele, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() => createCrm(options)),
    (crm) => Effect.promise(() => crm.close())
  )

export const actor = { tenant: "acme", user: "user_1", name: "Mike", roles: ["sales"] }

/** What a promise was rejected with. */
export const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error("it was not rejected")
    },
    (error: unknown) => error
  )
