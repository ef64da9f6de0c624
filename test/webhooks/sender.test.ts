/** What an endpoint can do to whoever sends to it: nothing but answer. */
import { Sender } from "@clientele/webhooks"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Layer } from "effect"
import { type Answer, answerWith, receiver } from "../support/receiver.ts"

const patience = Duration.millis(150)

const layer = Sender.layer({ allowPrivate: true }).pipe(Layer.provide(Layer.succeed(Sender.Timeout, patience)))

const sendTo = Effect.fnUntraced(function* (url: string, body = "{}") {
  const { send } = yield* Sender.Sender
  return yield* send({ url, headers: { "content-type": "application/json" }, body })
})

const answering = (answer: Answer) =>
  Effect.gen(function* () {
    const endpoint = yield* receiver(answer)
    return yield* sendTo(endpoint.url)
  })

/** Bytes without an end. */
const endless: Answer = (response) => {
  response.writeHead(200)
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(64 * 1024))) continue
    response.once("drain", more)
  }
  more()
}

describe("the sender", () => {
  it.live("answers what an endpoint does", () =>
    Effect.gen(function* () {
      for (const status of [200, 204, 400, 404, 429, 500, 503]) {
        const outcome = yield* answering(answerWith(status))
        assert.deepInclude(outcome, { status, error: null, retryAfter: null })
      }
      assert.deepInclude(yield* answering(answerWith(410)), { status: 410, error: "gone" })
    }).pipe(Effect.provide(layer))
  )

  it.live("reads when to come back, in seconds or as a date", () =>
    Effect.gen(function* () {
      const waits = (value: string) =>
        Effect.map(answering(answerWith(429, { "retry-after": value })), ({ retryAfter }) =>
          retryAfter === null ? null : Duration.toSeconds(retryAfter)
        )
      assert.strictEqual(yield* waits("120"), 120)
      assert.strictEqual(yield* waits("Sat, 01 Jan 2000 00:00:00 GMT"), 0)
      const soon = DateTime.add(yield* DateTime.now, { minutes: 5 })
      assert.approximately((yield* waits(new Date(soon.epochMilliseconds).toUTCString())) ?? 0, 300, 3)
      for (const odd of ["soon", "-1", "1e3", ""]) assert.isNull(yield* waits(odd), odd)
    }).pipe(Effect.provide(layer))
  )

  it.live("gives up on one that does not answer in time, and waits for no more than its status", () =>
    Effect.gen(function* () {
      const outcome = yield* answering(() => {})
      assert.deepInclude(outcome, { status: null, error: "timeout" })
      assert.isAtLeast(outcome.durationMs, Duration.toMillis(patience) - 5)
      const slow = yield* answering((response) => void response.writeHead(200).write("and then"))
      assert.deepInclude(slow, { status: 200, error: null })
    }).pipe(Effect.provide(layer))
  )

  it.live("survives endless answers, cut connections and what is no HTTP", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* answering(endless), { status: 200, error: null })
      const cut = yield* answering((response) => void response.socket?.destroy())
      assert.deepInclude(cut, { status: null, error: "connection" })
      const late = yield* answering((response) => {
        response.writeHead(200, { "content-length": "100" })
        response.write("half", () => response.socket?.destroy())
      })
      assert.deepInclude(late, { status: 200, error: null })
      const noise = yield* answering((response) => void response.socket?.end("no protocol of ours\r\n\r\n"))
      assert.deepInclude(noise, { status: null, error: "connection" })
      const other = yield* answering((response) => {
        response.socket?.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n")
      })
      assert.deepInclude(other, { status: null, error: "connection" })
      const { port } = yield* Effect.scoped(receiver())
      assert.deepInclude(yield* sendTo(`http://127.0.0.1:${port}`), { status: null, error: "connection" })
      const plain = yield* receiver()
      assert.deepInclude(yield* sendTo(`https://127.0.0.1:${plain.port}`), { status: null, error: "connection" })
    }).pipe(Effect.provide(layer))
  )

  it.live("keeps connections, and sends again over a new one when an endpoint has closed a kept one", () =>
    Effect.gen(function* () {
      const endpoint = yield* receiver((response, number) => {
        // The third comes over a connection that has just been closed.
        response.end("ok", () => number === 1 && setImmediate(() => response.socket?.destroy()))
      })
      const statuses: Array<number | null> = []
      for (let count = 0; count < 4; count++) statuses.push((yield* sendTo(endpoint.url, "x".repeat(1_000))).status)
      assert.deepStrictEqual(statuses, [200, 200, 200, 200])
      assert.strictEqual(endpoint.connections(), 2)
      assert.deepStrictEqual(
        endpoint.received.map(({ body }) => body.length),
        [1_000, 1_000, 1_000, 1_000]
      )
    }).pipe(Effect.provide(layer))
  )
})
