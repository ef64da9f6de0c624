/** An endpoint on a local socket, which keeps what it was sent and answers as a test wants. */
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, createServer } from "node:http"
import { Effect, Schema } from "effect"
import { vi } from "vitest"

export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What to do about a delivery, by its number from 0. */
export type Answer = (response: ServerResponse, number: number, received: Received) => void

export const answerWith =
  (status: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end()

/** An endpoint that is closed with the scope. */
export const receiver = (answer: Answer = answerWith(200)) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const received: Array<Received> = []
      let connections = 0
      const server = createServer((request, response) => {
        bodyOf(request).then(
          (body) => {
            const delivery = { headers: request.headers, body }
            received.push(delivery)
            answer(response, received.length - 1, delivery)
          },
          () => response.destroy()
        )
      })
      server.on("connection", () => connections++)
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      /** The deliveries, once there are as many. */
      const deliveries = (count: number) =>
        vi.waitFor(
          () => {
            if (received.length < count) throw new Error(`${received.length} of ${count} deliveries came`)
            return received
          },
          { timeout: 10_000, interval: 5 }
        )
      return {
        server,
        received,
        deliveries,
        port,
        url: `http://127.0.0.1:${port}/hook`,
        connections: () => connections
      }
    }),
    ({ server }) =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      })
  )

/** What every delivery of an event is. */
const Body = Schema.fromJsonString(
  Schema.Struct({
    id: Schema.String,
    type: Schema.String,
    timestamp: Schema.String,
    cause: Schema.String,
    actor: Schema.Struct({ id: Schema.String, name: Schema.NullOr(Schema.String) }),
    data: Schema.Json,
    previous: Schema.optionalKey(Schema.Json)
  })
)

export const bodyOfDelivery = Schema.decodeUnknownSync(Body, { onExcessProperty: "error" })

/** Headers as those who read one value of each want them. */
export const headersOf = ({ headers }: Received): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : []))
  )

// internal

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Uint8Array> = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}
