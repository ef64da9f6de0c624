/** Whether anybody takes mail for a domain, asked of a real name server that has an answer of every kind. */
import * as MxResolver from "@clientele/enrichment/MxResolver"
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { createSocket } from "node:dgram"

class Resolver extends Context.Service<Resolver, MxResolver.MxResolver>()("Resolver") {}

const [a, mx, aaaa] = [1, 15, 28]
const [noError, serverFailure, noSuchName] = [0, 2, 3]

/** The labels of a name, each behind its length, and the root's. */
const nameOf = (name: string) =>
  Buffer.concat([
    ...name
      .split(".")
      .filter((label) => label !== "")
      .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0])
  ])

const exchange = (name: string) => Buffer.concat([Buffer.from([0, 10]), nameOf(name)])

/** What is known of a domain, by type; a number is how the question fails. */
const zones: { readonly [domain: string]: { readonly [type: number]: Buffer } | number } = {
  "acme.example": { [mx]: exchange("mail.acme.example") },
  "null.example": { [mx]: exchange(""), [a]: Buffer.from([192, 0, 2, 1]) },
  "address.example": { [a]: Buffer.from([192, 0, 2, 1]) },
  "six.example": { [aaaa]: Buffer.alloc(16, 1) },
  "web.example": {},
  "broken.example": serverFailure
}

/** The answer to one question, which stands at the beginning of it again. */
const answerTo = (question: Buffer): Buffer => {
  let end = 12
  const labels: Array<string> = []
  for (let length = question[end] ?? 0; length > 0; length = question[end] ?? 0) {
    labels.push(question.toString("latin1", end + 1, end + 1 + length))
    end += 1 + length
  }
  const type = question.readUInt16BE(end + 1)
  const zone = zones[labels.join(".").toLowerCase()] ?? noSuchName
  const data = typeof zone === "number" ? undefined : zone[type]
  const header = Buffer.from(question.subarray(0, 12))
  header.writeUInt16BE(0x8180 | (typeof zone === "number" ? zone : noError), 2)
  header.writeUInt16BE(data === undefined ? 0 : 1, 6)
  header.writeUInt32BE(0, 8)
  const asked = question.subarray(12, end + 5)
  if (data === undefined) return Buffer.concat([header, asked])
  const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length])
  return Buffer.concat([header, asked, record, data])
}

const resolver = Effect.gen(function* () {
  const socket = createSocket("udp4")
  socket.on("message", (question, { address, port }) => socket.send(answerTo(question), port, address))
  yield* Effect.acquireRelease(
    Effect.promise(() => new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve))),
    () => Effect.sync(() => socket.close())
  )
  return MxResolver.dns([`127.0.0.1:${socket.address().port}`])
})

layer(Layer.effect(Resolver, resolver), { excludeTestServices: true })("mail for a domain", (it) => {
  it.effect.each<readonly [string, boolean]>([
    ["acme.example", true],
    ["null.example", false],
    ["address.example", true],
    ["six.example", true],
    ["web.example", false],
    ["nowhere.example", false]
  ])("of %s is taken: %s", ([domain, taken]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* (yield* Resolver).acceptsMail(domain), taken)
    })
  )

  it.effect("is unknown while a name server fails, or has not answered", () =>
    Effect.gen(function* () {
      const { acceptsMail } = yield* Resolver
      assert.deepInclude(yield* Effect.flip(acceptsMail("broken.example")), { reason: "unavailable" })
      const nobody = MxResolver.dns(["127.0.0.1:9"])
      const answer = yield* Effect.timeoutOption(Effect.exit(nobody.acceptsMail("acme.example")), "50 millis")
      assert.isTrue(answer._tag === "None" || answer.value._tag === "Failure")
    })
  )
})
