/** What makes two requests the same: route and body. Of an upload it is the parts, whose boundaries differ each time. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import * as Digest from "effect/crypto/Digest"
import type { HttpServerRequest, Multipart } from "effect/http"

export const isUpload = ({ headers }: HttpServerRequest.HttpServerRequest): boolean =>
  /^multipart\//i.test(headers["content-type"] ?? "")

/** Reads the whole body, which whoever handles the request finds read. */
export const fingerprintOf = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
  // A body that cannot be read fails as it does without a key.
  const body = yield* isUpload(request)
    ? Effect.flatMap(Effect.orDie(request.multipart), uploadOf)
    : Effect.orDie(request.text)
  return yield* hashOf(JSON.stringify([request.method, request.url, body]))
}, Effect.provide(Digest.layerWebCrypto))

// internal

const encoder = new TextEncoder()

const hashOf = (text: string) =>
  Effect.flatMap(Digest.Digest, (digest) => digest.digestHex(Digest.sha256, encoder.encode(text)))

const uploadOf = (parts: Multipart.Persisted) =>
  Effect.forEach(
    Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1)),
    Effect.fnUntraced(function* ([name, values]) {
      const known: Array<unknown> = []
      for (const value of typeof values === "string" ? [values] : values) {
        known.push(typeof value === "string" ? value : yield* fileOf(value))
      }
      return [name, known]
    })
  )

/** By pieces, each hashed together with those before it: a file need not fit into memory. */
const fileOf = Effect.fnUntraced(function* ({ name, path }: Multipart.PersistedFile) {
  const digest = yield* Digest.Digest
  const files = yield* FileSystem.FileSystem
  const hash = yield* files.stream(path, { chunkSize }).pipe(
    Stream.runFoldEffect(
      () => "",
      (before, piece) => Effect.flatMap(digest.digestHex(Digest.sha256, piece), (of) => hashOf(before + of))
    ),
    // Our own spooled file: failing to read it is no fault of the request.
    Effect.orDie
  )
  return { file: name, hash }
})

const chunkSize = 1_048_576
