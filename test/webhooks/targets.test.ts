/** Nothing is sent to a private network, however its address is spelled, looked up or pointed to. */
import { AddressGuard, Sender } from "@clientele/webhooks"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { type AddressInfo, createServer } from "node:net"
import { answerWith, receiver } from "../support/receiver.ts"

/** Counts whoever connects to this machine at a port of its own, over either version of the protocol. */
const canary = Effect.acquireRelease(
  Effect.promise(async () => {
    let connections = 0
    const server = createServer((socket) => {
      connections++
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen({ port: 0, host: "::", ipv6Only: false }, resolve))
    const { port } = server.address() as AddressInfo
    return { server, port, connections: () => connections }
  }),
  ({ server }) => Effect.sync(() => void server.close())
)

const send = (url: string) =>
  Effect.flatMap(Sender.Sender, (sender) => sender.send({ url, headers: { "content-type": "text/plain" }, body: "{}" }))

/** Names are answered by what a test says. */
const resolving = (answers: (name: string) => ReadonlyArray<string>, allowPrivate = false) =>
  Sender.layer({ allowPrivate }).pipe(
    Layer.provide(
      Layer.succeed(Sender.Resolve, async (name) =>
        answers(name).map((address) => ({ address, family: address.includes(":") ? 6 : 4 }))
      )
    )
  )

const hosts = [
  "127.0.0.1",
  "127.1",
  "127.0.1",
  "127.255.255.254",
  "2130706433",
  "0x7f000001",
  "0x7f.0.0.1",
  "0x7F.0x0.0x0.0x1",
  "017700000001",
  "0177.0.0.1",
  "0177.0.0.0x1",
  "127.0.0.1.",
  "127.0.0.%31",
  "①②⑦.⓪.⓪.①",
  "127。0。0。1",
  "0.0.0.0",
  "0",
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "192.0.0.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "[::1]",
  "[::]",
  "[0:0:0:0:0:0:0:1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::127.0.0.1]",
  "[::ffff:0:127.0.0.1]",
  "[64:ff9b::127.0.0.1]",
  "[64:ff9b:1::7f00:1]",
  "[2002:7f00:1::]",
  "[2001:0:7f00:1::]",
  "[fe80::1]",
  "[fc00::1]",
  "[fd12:3456:789a::1]",
  "[ff02::1]",
  "[100::1]",
  "[2001:db8::1]"
]

describe("the sender", () => {
  it.effect("connects to no address of a private network, however it is spelled", () =>
    Effect.gen(function* () {
      const { connections, port } = yield* canary
      for (const host of hosts) {
        const { error, status } = yield* send(`http://${host}:${port}/`)
        assert.deepStrictEqual([host, status, error], [host, null, "address"])
      }
      assert.strictEqual(connections(), 0)
    }).pipe(Effect.provide(resolving((name) => [name])))
  )

  it.effect("asks for the address that it connects to, each time: a name may have another one", () =>
    Effect.gen(function* () {
      const { connections, port } = yield* canary
      for (let count = 0; count < 3; count++) {
        assert.strictEqual((yield* send(`http://rebinding.example:${port}/`)).error, "address")
      }
      assert.strictEqual((yield* send(`http://localhost:${port}/`)).error, "address")
      assert.strictEqual((yield* send(`https://localhost.:${port}/`)).error, "address")
      assert.strictEqual(connections(), 0)
    }).pipe(
      Effect.provide(
        resolving((name) => {
          if (name.startsWith("localhost")) return ["127.0.0.1", "::1"]
          lookups++
          // The first is answered with one that could be sent to, beside one that must not be.
          return lookups === 1 ? ["93.184.215.14", "127.0.0.1"] : ["127.0.0.1"]
        })
      )
    )
  )

  it.effect("connects to the address that was checked, and looks nothing up again", () => {
    let asked = 0
    return Effect.gen(function* () {
      const endpoint = yield* receiver()
      const { status } = yield* send(`http://anything.invalid:${endpoint.port}/hook`)
      assert.strictEqual(status, 200)
      assert.strictEqual(asked, 1)
      assert.strictEqual(endpoint.received[0]?.headers.host, `anything.invalid:${endpoint.port}`)
    }).pipe(
      Effect.provide(
        resolving(() => {
          asked++
          return ["127.0.0.1"]
        }, true)
      )
    )
  })

  it.effect("does not go where an endpoint points to", () =>
    Effect.gen(function* () {
      const { connections, port } = yield* canary
      for (const status of [301, 302, 303, 307, 308]) {
        const endpoint = yield* receiver(answerWith(status, { location: `http://127.0.0.1:${port}/` }))
        const outcome = yield* send(endpoint.url)
        assert.deepStrictEqual([outcome.status, outcome.error], [status, "redirect"])
      }
      assert.strictEqual(connections(), 0)
    }).pipe(Effect.provide(Sender.layer({ allowPrivate: true })))
  )

  it.effect("says when a name has no address", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* send("http://nowhere.invalid/")).error, "name")
    }).pipe(Effect.provide(resolving(() => [])))
  )
})

let lookups = 0

describe("an address of the public internet", () => {
  it.each([
    "1.1.1.1",
    "93.184.215.14",
    "172.15.255.255",
    "172.32.0.0",
    "100.128.0.0",
    "2606:4700:4700::1111",
    "2a00::1"
  ])("is %s", (address) => assert.isTrue(AddressGuard.isPublic(address)))
  it.each([
    "",
    "localhost",
    "1.1.1",
    "1.1.1.1%eth0",
    "2606:4700::1%eth0",
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
    "4000::1"
  ])("is not %j", (address) => assert.isFalse(AddressGuard.isPublic(address)))
})
