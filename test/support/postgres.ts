/**
 * The run's one Postgres (Vitest's globalSetup). It starts when the first test asks for it, so that a run without
 * database tests does not pay for it, and is deleted at the end of the run. `TEST_DATABASE_URL` names a server to use
 * instead; its role needs the right to create databases.
 */
import { createServer } from "node:http"
import type { TestProject } from "vitest/node"
import type { Cluster } from "./cluster.ts"
import { launchPostgres } from "./launch-postgres.ts"

/** Either the URL of a server, or where to ask for it. Read it through `serverUrl` in database.ts. */
export type PostgresSource = { readonly server: string } | { readonly ask: string }

declare module "vitest" {
  interface ProvidedContext {
    readonly postgres: PostgresSource
  }
}

export default async (project: TestProject): Promise<() => Promise<void>> => {
  const given = process.env["TEST_DATABASE_URL"]
  if (given !== undefined && given !== "") {
    project.provide("postgres", { server: given })
    return async () => {}
  }
  let cluster: Promise<Cluster> | undefined
  const desk = createServer((_, response) => {
    cluster ??= launchPostgres()
    cluster.then(
      ({ url }) => response.end(url),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error))
    )
  })
  await new Promise<void>((resolve, reject) => {
    desk.once("error", reject)
    desk.listen(0, "127.0.0.1", resolve)
  })
  const address = desk.address()
  if (typeof address !== "object" || address === null) throw new Error("the operating system named no free port")
  project.provide("postgres", { ask: `http://127.0.0.1:${address.port}` })
  return async () => {
    desk.close()
    desk.closeAllConnections()
    // A cluster that never started has failed the tests that asked for it already.
    const started = await cluster?.catch(() => undefined)
    await started?.stop()
  }
}
