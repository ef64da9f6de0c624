import { EventEmitter, once } from "node:events"
import { createServer, type RequestListener } from "node:http"
import { connect } from "node:net"
import { assert, describe, it, onTestFinished } from "vitest"
import { toNodeHandler } from "../src/NodeHandler.ts"

const listen = async (listener: RequestListener): Promise<number> => {
  const server = createServer(listener).listen(0, "127.0.0.1")
  onTestFinished(() => void server.close())
  await once(server, "listening")
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

const serving = (handler: (request: Request) => Promise<Response>) => listen(toNodeHandler(handler))

/** What comes back to bytes that no client library would send. */
const raw = async (port: number, text: string): Promise<string> => {
  const socket = connect(port, "127.0.0.1")
  socket.setEncoding("utf8").write(text)
  let answer = ""
  for await (const chunk of socket) answer += String(chunk)
  return answer
}

describe("toNodeHandler", () => {
  it("passes method, path, headers and body on, and status, headers and body back", async () => {
    const port = await serving(async (request) => {
      const said = [request.method, new URL(request.url).pathname, request.headers.get("x-a"), await request.text()]
      return new Response(JSON.stringify(said), { status: 201, headers: { "x-b": "2" } })
    })
    const answer = await fetch(`http://127.0.0.1:${port}/a%20b?c`, {
      method: "PUT",
      headers: { "x-a": "1" },
      body: "é"
    })
    assert.deepStrictEqual([answer.status, answer.headers.get("x-b")], [201, "2"])
    assert.deepStrictEqual(await answer.json(), ["PUT", "/a%20b", "1", "é"])
  })

  it("streams a body through in both directions", async () => {
    const port = await serving(async ({ body }) => new Response(body))
    const size = 3_000_000
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: new Uint8Array(size).fill(7) })
    const bytes = new Uint8Array(await answer.arrayBuffer())
    assert.strictEqual(bytes.length, size)
    assert.isTrue(bytes.every((byte) => byte === 7))
  })

  it("takes the whole path where the framework has cut it", async () => {
    const handler = toNodeHandler(async ({ url }) => new Response(new URL(url).pathname))
    const port = await listen((request, response) => {
      void handler(Object.assign(request, { originalUrl: "/mounted/here", url: "/here" }), response)
    })
    assert.strictEqual(await (await fetch(`http://127.0.0.1:${port}/here`)).text(), "/mounted/here")
  })

  it.for([
    ["TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400],
    ["GET http://evil.example/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400],
    ["GET //evil.example/x HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n", 200]
  ] as const)("answers %j with %i, and goes on", async ([text, status]) => {
    const port = await serving(async () => new Response("fine"))
    assert.match(await raw(port, text), new RegExp(`^HTTP/1.1 ${status} `))
    assert.strictEqual((await fetch(`http://127.0.0.1:${port}/`)).status, 200)
  })

  it("answers 500 when the handler fails", async () => {
    const port = await serving(() => Promise.reject(new Error("no")))
    assert.strictEqual((await fetch(`http://127.0.0.1:${port}/`)).status, 500)
  })

  it("aborts the request of a caller that goes away", async () => {
    const events = new EventEmitter()
    const port = await serving(({ signal }) => {
      signal.addEventListener("abort", () => events.emit("aborted"))
      events.emit("arrived")
      return new Promise(() => {})
    })
    const [arrived, aborted] = [once(events, "arrived"), once(events, "aborted")]
    const caller = new AbortController()
    const call = fetch(`http://127.0.0.1:${port}/`, { signal: caller.signal }).catch(() => "gone")
    await arrived
    caller.abort()
    assert.strictEqual(await call, "gone")
    await aborted
  })
})
