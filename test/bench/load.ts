/**
 * Load on one HTTP endpoint from a process of its own: so many connections, each with one request under way at a time.
 * Spelled in bytes over plain sockets, so that it takes less of the machine than what it measures.
 */
import { connect } from "node:net"

interface Load {
  readonly port: number
  readonly connections: number
  readonly warmUpSeconds: number
  readonly seconds: number
  readonly method: string
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  /** `{n}` is another number in every request. */
  readonly body: string
  readonly expectedStatus: number
}

const load: Load = JSON.parse(process.argv[2] ?? "")

const headers = { host: `127.0.0.1:${load.port}`, ...load.headers }
const head = [
  `${load.method} ${load.path} HTTP/1.1`,
  ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
].join("\r\n")

let sent = 0
// Sent from here on nothing repeats what an earlier process sent.
const salt = process.hrtime.bigint().toString(36)
const request = (): string => {
  if (load.body === "") return `${head}\r\n\r\n`
  const body = load.body.replaceAll("{n}", `${salt}.${++sent}`)
  return `${head}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

let measuring = false
let stopping = false
let answered = 0
const took: Array<number> = []

/** One connection until the end; `pending` holds what has come of the answer that is under way. */
const converse = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(load.port, "127.0.0.1")
    let pending = Buffer.alloc(0)
    let begun = 0
    const ask = () => {
      begun = performance.now()
      socket.write(request())
    }
    socket.setNoDelay(true)
    socket.once("connect", ask)
    socket.once("error", reject)
    socket.on("data", (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      const bodyAt = pending.indexOf("\r\n\r\n") + 4
      if (bodyAt < 4) return
      const top = pending.toString("latin1", 0, bodyAt)
      const length = /content-length: (\d+)/i.exec(top)?.[1]
      if (length === undefined || Number(top.slice(9, 12)) !== load.expectedStatus) {
        return reject(new Error(`an unexpected answer:\n${pending.toString()}`))
      }
      if (pending.length < bodyAt + Number(length)) return
      pending = Buffer.alloc(0)
      answered++
      if (measuring) took.push(performance.now() - begun)
      if (!stopping) return ask()
      socket.destroy()
      resolve()
    })
  })

const pause = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000))

const conversations = Promise.all(Array.from({ length: load.connections }, converse))
const timed = pause(load.warmUpSeconds).then(async () => {
  measuring = true
  const started = performance.now()
  await pause(load.seconds)
  measuring = false
  stopping = true
  return (performance.now() - started) / 1000
})
const [seconds] = await Promise.all([timed, conversations])
took.sort((a, b) => a - b)
const percentile = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0
console.log(JSON.stringify({ answered, rate: took.length / seconds, p50: percentile(0.5), p99: percentile(0.99) }))
