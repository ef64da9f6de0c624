/**
 * A service on this machine that knows people by their e-mail address, over HTTP, and does to some of those who ask what
 * services on the network do: what is before the @ says which.
 */
import { Effect } from "effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** What it knows of everybody it has no other answer for: the contract's example. */
export const known = {
  company: { employees: 850, revenue: "$50M-$100M", industry: "Technology", founded: 2010 },
  social: { linkedin: "https://linkedin.com/in/johnsmith", linkedin_connections: 500 },
  contact: { title: "VP Operations" }
}

export interface Directory {
  readonly url: string
  /** The requests that it has had, oldest first. */
  readonly requests: ReadonlyArray<{ readonly url: string; readonly headers: IncomingMessage["headers"] }>
}

/** The service, gone with the scope. */
export const directory = Effect.gen(function* () {
  const requests: Array<Directory["requests"][number]> = []
  const server = createServer((request, response) => {
    const { headers, url = "" } = request
    requests.push({ url, headers })
    const email = new URL(url, "http://localhost").searchParams.get("email") ?? ""
    const send = answers.get(email.split("@")[0] ?? "") ?? status(200)
    send(response, requests.length)
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
    () => Effect.promise(() => new Promise((resolve) => server.close(resolve).closeAllConnections()))
  )
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, requests } satisfies Directory
})

// internal

const answer = (response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}) =>
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(body)

const text = (body: string) => (response: ServerResponse) => answer(response, 200, body)

const status = (code: number) => (response: ServerResponse) => answer(response, code, JSON.stringify(known))

const answers: ReadonlyMap<string, (response: ServerResponse, count: number) => unknown> = new Map<
  string,
  (response: ServerResponse, count: number) => unknown
>([
  ["silent", () => true],
  ["stalled", (response) => response.writeHead(200).write('{"company": ')],
  ["down", status(500)],
  ["busy", status(429)],
  ["flaky", (response, count) => status(count % 2 === 1 ? 503 : 200)(response)],
  ["stranger", status(401)],
  ["nobody", status(404)],
  ["pending", (response) => response.writeHead(202).end()],
  ["moved", (response) => answer(response, 302, "", { location: "/?email=jane@example.com" })],
  [
    "cut",
    (response) => response.writeHead(200, { "content-length": "500" }).write('{"company": {', () => response.destroy())
  ],
  ["gone", (response) => response.destroy()],
  ["junk", text("<html>Welcome</html>")],
  ["bytes", (response) => response.writeHead(200).end(Buffer.from([0x22, 0xff, 0xfe, 0x22]))],
  ["huge", text(JSON.stringify({ company: { name: "x".repeat(300 * 1024) } }))],
  ["endless", (response) => endless(response)],
  ["list", text("[1, 2, 3]")],
  ["types", text('{"company": {"employees": {"min": 1}}}')],
  ["names", text('{"company": {"Employees!": 5}}')],
  ["nul", text('{"company": {"name": "a\\u0000b"}}')],
  ["deep", text(`{"company": {"name": ${"[".repeat(20_000)}${"]".repeat(20_000)}}}`)],
  ["proto", text('{"company": {"__proto__": {"polluted": true}}}')],
  ["empty", text("{}")],
  ["nothing", text('{"company": {"name": null, "industry": "  "}}')]
])

const endless = (response: ServerResponse): void => {
  response.writeHead(200)
  const more = () => {
    if (!response.destroyed) response.write(" ".repeat(64 * 1024), more)
  }
  more()
}
