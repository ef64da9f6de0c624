/**
 * A handler of `Request`s as a listener of `node:http`, for servers that have their own requests and responses: Node's,
 * Express, Fastify. Bodies go through as they come, in both directions; a caller that goes away aborts the request.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"

/** Express cuts the path that it mounts at off `url`, and keeps the whole here. */
interface Incoming extends IncomingMessage {
  readonly originalUrl?: string
}

/**
 * The listener. Its promise is never rejected: a request that cannot be one is answered with 400, a handler that fails
 * with 500, and an answer that breaks off half-way ends the connection.
 *
 * @example
 * ```ts
 * import { toNodeHandler } from "@clientele/http/NodeHandler"
 * import { createServer } from "node:http"
 *
 * createServer(toNodeHandler(async () => new Response("hello")))
 * ```
 */
export const toNodeHandler =
  (handler: (request: Request) => Promise<Response>) =>
  async (incoming: Incoming, outgoing: ServerResponse): Promise<void> => {
    const gone = new AbortController()
    outgoing.once("close", () => {
      if (!outgoing.writableFinished) gone.abort()
    })
    try {
      const request = toRequest(incoming, gone.signal)
      await send(request === undefined ? new Response(null, { status: 400 }) : await handler(request), outgoing)
    } catch {
      if (outgoing.headersSent) outgoing.destroy()
      else outgoing.writeHead(500).end()
    }
  }

// internal

const send = async ({ body, headers, status }: Response, outgoing: ServerResponse): Promise<void> => {
  outgoing.writeHead(status, Object.fromEntries(headers))
  if (body === null) outgoing.end()
  else await pipeline(Readable.fromWeb(body), outgoing)
}

/** None of what `Request` does not take: a method such as TRACE, a path that is none. */
const toRequest = (incoming: Incoming, signal: AbortSignal): Request | undefined => {
  const { headers, method = "GET" } = incoming
  const path = incoming.originalUrl ?? incoming.url ?? ""
  if (!path.startsWith("/")) return undefined
  const hasBody = method !== "GET" && method !== "HEAD"
  try {
    return new Request(`${origin}${path}`, {
      method,
      headers: Object.entries(headers).flatMap(([name, value]): Array<[string, string]> =>
        value === undefined ? [] : [[name, typeof value === "string" ? value : value.join(", ")]]
      ),
      signal,
      ...(hasBody && { body: Readable.toWeb(incoming), duplex: "half" })
    })
  } catch {
    return undefined
  }
}

/** The API goes by paths alone; which host was asked for is in the headers. */
const origin = "http://localhost"
