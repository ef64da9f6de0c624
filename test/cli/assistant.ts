/** An assistant's end of the protocol, to the command line in a process of its own or to a server in this one. */
import { Database, ServerConfig, Services } from "clientele"
import * as Mcp from "clientele/Mcp"
import { ConfigProvider, Effect, Layer, Queue, Schema, Sink, Stdio, Stream } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const Answer = Schema.Struct({
  id: Schema.Int,
  result: Schema.optionalKey(Schema.Unknown),
  error: Schema.optionalKey(Schema.Struct({ code: Schema.Int, message: Schema.String }))
})
type Answer = typeof Answer.Type

const Called = Schema.Struct({
  content: Schema.Tuple([Schema.Struct({ type: Schema.Literal("text"), text: Schema.String })]),
  structuredContent: Schema.Record(Schema.String, Schema.Unknown),
  isError: Schema.Boolean
})

const Listed = Schema.Struct({
  tools: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      description: Schema.String,
      inputSchema: Schema.Record(Schema.String, Schema.Unknown),
      annotations: Schema.Struct({ readOnlyHint: Schema.Boolean, destructiveHint: Schema.Boolean })
    })
  )
})

/** Makes requests of what is asked, and gives back what is answered, whatever order it comes in. */
const makeAssistant = (send: (line: string) => void) => {
  const waiting = new Map<number, (answer: Answer) => void>()
  const ask = (method: string, params: object = {}) =>
    Effect.promise(
      () =>
        new Promise<Answer>((resolve) => {
          const id = waiting.size + 1
          waiting.set(id, resolve)
          send(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`)
        })
    )
  const initialize = ask("initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "test", version: "1" }
  }).pipe(
    Effect.tap(() =>
      Effect.sync(() => send(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`))
    )
  )
  return {
    ask,
    initialize,
    tools: Effect.flatMap(ask("tools/list"), ({ result }) => Schema.decodeUnknownEffect(Listed)(result)),
    /** What a tool gave: the text is the same as the structure. */
    call: Effect.fnUntraced(function* (name: string, given: object = {}) {
      const { result } = yield* ask("tools/call", { name, arguments: given })
      const { content, isError, structuredContent } = yield* Schema.decodeUnknownEffect(Called)(result)
      return { isError, value: structuredContent, text: content[0].text }
    }),
    /** Every line is a message of the protocol: others fail the test. */
    hear: (line: string) => {
      const message: unknown = JSON.parse(line)
      if (Schema.is(Answer)(message)) waiting.get(message.id)?.(message)
    }
  }
}

const program = fileURLToPath(new URL("../../packages/clientele/src/bin.ts", import.meta.url))

/** The command line with these arguments. `end` closes its input, and says how it ended. */
export const start = Effect.fnUntraced(function* (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => spawn(process.execPath, [program, ...args], { env: { PATH: process.env["PATH"], ...env } })),
    (child) => Effect.sync(() => void child.kill("SIGKILL"))
  )
  let errors = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text))
  const assistant = makeAssistant((line) => void child.stdin.write(line))
  createInterface({ input: child.stdout }).on("line", assistant.hear)
  const end = Effect.promise(async () => {
    const exited = once(child, "close")
    child.stdin.end()
    await exited
    return { code: child.exitCode, errors }
  })
  return { ...assistant, end }
})

/** The same in this process, as a host would have it. */
export const connect = Effect.fnUntraced(function* (url: string, options: Mcp.Options) {
  const input = yield* Queue.unbounded<Uint8Array>()
  const encoder = new TextEncoder()
  const assistant = makeAssistant((line) => void Queue.offerUnsafe(input, encoder.encode(line)))
  const stdio = Stdio.layerTest({
    stdin: Stream.fromQueue(input),
    stdout: () => Sink.forEach((text) => Effect.sync(() => assistant.hear(String(text))))
  })
  const config = yield* ServerConfig.read.pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: {} }))
  )
  const services = Services.layer(config, Database.layerStorage(Database.fromUrl(url)))
  yield* Effect.forkScoped(Layer.launch(Mcp.layer(options).pipe(Layer.provide([stdio, services]))))
  yield* assistant.initialize
  return assistant
})
