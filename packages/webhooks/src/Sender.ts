/**
 * One request to an endpoint: what it answers, or why it does not. Nothing that an endpoint does can fail the sender: it
 * is given 10 seconds, is not followed elsewhere, and what it says beyond its status is not kept.
 *
 * Every new connection goes to an address that was looked up for it and checked (see `AddressGuard`).
 */
import type { AttemptError, Outcome } from "@clientele/core/domain/Webhook"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { lookup as systemLookup, type LookupAddress } from "node:dns"
import * as Http from "node:http"
import * as Https from "node:https"
import { isIP, type LookupFunction } from "node:net"
import { isPublic } from "./AddressGuard.ts"

export interface Request {
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

export class Sender extends Context.Service<
  Sender,
  {
    readonly send: (request: Request) => Effect.Effect<Outcome>
  }
>()("@clientele/webhooks/Sender") {}

export interface Options {
  /** Whether endpoints may be in private networks: for those whose users are trusted with them. */
  readonly allowPrivate?: boolean | undefined
}

/** All addresses of a name. */
export type Resolve = (name: string) => Promise<ReadonlyArray<LookupAddress>>

/** How names are looked up; by the operating system unless a host says otherwise. */
export const Resolve = Context.Reference<Resolve>("@clientele/webhooks/Sender/Resolve", {
  defaultValue: () => (name) =>
    new Promise((resolve, reject) =>
      systemLookup(name, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)))
    )
})

/** How long an endpoint is given to answer: 10 seconds. */
export const Timeout = Context.Reference<Duration.Duration>("@clientele/webhooks/Sender/Timeout", {
  defaultValue: () => Duration.seconds(10)
})

/** Sends by `node:http`, over connections that are kept open between deliveries. */
export const layer = ({ allowPrivate = false }: Options = {}): Layer.Layer<Sender> =>
  Layer.effect(
    Sender,
    Effect.gen(function* () {
      const isAllowed = (address: string) => allowPrivate || isPublic(address)
      const timeout = yield* Timeout
      const lookup = checkedLookup(yield* Resolve, isAllowed)
      const agents = yield* Effect.acquireRelease(
        Effect.sync(() => ({ http: new Http.Agent(pool), https: new Https.Agent(pool) })),
        ({ http, https }) => Effect.sync(() => [http, https].forEach((agent) => agent.destroy()))
      )

      const exchange = ({ body, headers, url }: Request) =>
        Effect.callback<Answer>((resume) => {
          const target = new URL(url)
          const host = target.hostname.replace(/^\[(.*)\]$/, "$1")
          // Node does not look up what is an address already.
          if (isIP(host) !== 0 && !isAllowed(host)) return resume(Effect.succeed(failed("address")))
          const isSecure = target.protocol === "https:"
          const outgoing = (isSecure ? Https : Http).request(target, {
            method: "POST",
            agent: isSecure ? agents.https : agents.http,
            lookup,
            headers: { ...headers, "content-length": Buffer.byteLength(body) }
          })
          // The time of the network, whatever clock the caller has: a delivery that has begun is not interrupted.
          const patience = setTimeout(() => outgoing.destroy(tooSlow), Duration.toMillis(timeout))
          outgoing.on("close", () => {
            clearTimeout(patience)
            resume(Effect.succeed(failed("connection")))
          })
          outgoing.on("response", (incoming) => {
            clearTimeout(patience)
            discard(incoming)
            resume(Effect.succeed(answered(incoming)))
          })
          outgoing.on("error", (error) =>
            resume(Effect.succeed({ ...failed(errorOf(error)), isStale: outgoing.reusedSocket && error !== tooSlow }))
          )
          outgoing.end(body)
          return Effect.sync(() => void outgoing.destroy())
        })

      const send = Effect.fn("Sender.send")(function* (request: Request) {
        const at = yield* DateTime.now
        const answer = yield* exchange(request).pipe(
          // An endpoint may close a connection that is kept open at the moment it is used again.
          Effect.flatMap((answer) => (answer.isStale === true ? exchange(request) : Effect.succeed(answer)))
        )
        const ended = yield* DateTime.now
        return {
          at,
          status: answer.status,
          error: answer.error,
          durationMs: ended.epochMilliseconds - at.epochMilliseconds,
          retryAfter: waitOf(answer.retryAfter, ended)
        }
      })

      return Sender.of({ send })
    })
  )

// internal

const pool = { keepAlive: true, keepAliveMsecs: 5_000, maxFreeSockets: 64, timeout: 15_000 }

interface Answer {
  readonly status: number | null
  readonly error: AttemptError | null
  readonly retryAfter?: string | undefined
  readonly isStale?: boolean
}

const failed = (error: AttemptError): Answer => ({ status: null, error })

const answered = ({ headers, statusCode = 0 }: Http.IncomingMessage): Answer => ({
  status: statusCode,
  error: statusCode >= 300 && statusCode < 400 ? "redirect" : statusCode === 410 ? "gone" : null,
  retryAfter: headers["retry-after"]
})

/** Reasons of ours among the errors that a request may fail with. */
const tooSlow = Object.assign(new Error("No answer in time"), { code: "TOO_SLOW" })
const refused = Object.assign(new Error("An address of a private network"), { code: "ADDRESS_REFUSED" })

/** Looks a name up, and refuses it when any of its addresses is not allowed. */
const checkedLookup =
  (resolve: Resolve, isAllowed: (address: string) => boolean): LookupFunction =>
  (name, { all }, answer) => {
    const noAddress = (error: unknown) => answer(Object.assign(new Error(String(error)), { code: "ENOTFOUND" }), [])
    resolve(name).then((addresses) => {
      const [first] = addresses
      if (first === undefined) return noAddress("No address")
      if (!addresses.every(({ address }) => isAllowed(address))) return answer(refused, [])
      return all === true ? answer(null, [...addresses]) : answer(null, first.address, first.family)
    }, noAddress)
  }

const errorOf = (error: Error & { readonly code?: string }): AttemptError => {
  if (error.code === refused.code) return "address"
  if (error.code === tooSlow.code) return "timeout"
  return error.code === "ENOTFOUND" || error.code === "EAI_AGAIN" ? "name" : "connection"
}

/** Reads on, so that the connection can be used again; hangs up when there is no end of it. */
const discard = (incoming: Http.IncomingMessage): void => {
  let bytes = 0
  const patience = setTimeout(() => incoming.destroy(), 1_000).unref()
  incoming.on("data", (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > longestAnswer) incoming.destroy()
  })
  // Whatever happens to the rest of an answer, its status has come.
  incoming.on("error", () => {})
  incoming.on("close", () => clearTimeout(patience))
}

const longestAnswer = 64 * 1024

/** In seconds, or until a date. */
const waitOf = (header: string | undefined, now: DateTime.Utc): Duration.Duration | null => {
  if (header === undefined) return null
  if (/^\d{1,9}$/.test(header)) return Duration.seconds(Number(header))
  const until = header.endsWith(" GMT") ? Date.parse(header) : Number.NaN
  return Number.isNaN(until) ? null : Duration.millis(Math.max(0, until - now.epochMilliseconds))
}
