/** Where test clusters live, and the sweep of those that killed runs left behind. */
import { execFileSync } from "node:child_process"
import { accessSync, constants, readdirSync, readFileSync, statfsSync } from "node:fs"
import { rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"

/** The owner's process id follows: a folder whose owner is gone belongs to nobody. */
export const clusterPrefix = "clientele-test-postgres-"

export const diskFolder = tmpdir()

/**
 * Linux' memory file system, where it is roomy (containers often have 64 MB of it); else the disk. Creating a database
 * copies some eight megabytes: 10 ms in memory, up to 250 ms on a disk even without fsync.
 */
export const memoryFolder = (): string => {
  try {
    accessSync(sharedMemory, constants.W_OK)
    const { bavail, bsize } = statfsSync(sharedMemory)
    return bavail * bsize >= roomy ? sharedMemory : diskFolder
  } catch {
    return diskFolder
  }
}

/** Every folder in which {@link sweepClusters} finds a cluster, with its path. */
export const clusterFolders = (): ReadonlyArray<string> =>
  [diskFolder, sharedMemory].flatMap((folder) => {
    try {
      return readdirSync(folder)
        .filter((name) => name.startsWith(clusterPrefix))
        .map((name) => join(folder, name))
    } catch {
      return []
    }
  })

/** Ends and deletes the clusters whose owner is gone. Those of other live runs on this machine stay untouched. */
export const sweepClusters = async (): Promise<void> => {
  for (const directory of clusterFolders()) {
    const owner = Number.parseInt(basename(directory).slice(clusterPrefix.length), 10)
    if (Number.isNaN(owner) || isAlive(owner)) continue
    const postmaster = postmasterOf(directory)
    // The postmaster notices the missing folder too, but only within a minute.
    if (postmaster !== undefined) process.kill(postmaster, "SIGQUIT")
    // Retried, because a server that is ending still writes. What stays is another user's, or is being swept by a run
    // that started at the same time; neither stands in our way. (rmSync does not retry, and does not tell.)
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }).catch(() => {})
  }
}

/** The server that runs on this folder. A recorded id alone is not enough: ids are reused. */
export const postmasterOf = (directory: string): number | undefined => {
  try {
    const pid = Number.parseInt(readFileSync(join(directory, "postmaster.pid"), "utf8"), 10)
    return commandOf(pid).includes(directory) ? pid : undefined
  } catch {
    return undefined
  }
}

// internal

const sharedMemory = "/dev/shm"

const roomy = 4 * 1024 ** 3

/** A process that has ended but was never waited for still has an id, and no command. */
const isAlive = (pid: number): boolean => {
  try {
    return commandOf(pid) !== ""
  } catch {
    return false
  }
}

const commandOf = (pid: number): string =>
  process.platform === "linux"
    ? readFileSync(`/proc/${pid}/cmdline`, "utf8")
    : execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" })
