/**
 * Puts the rows of a table aside in chunks, before anything is done with them. A chunk is what one transaction does later:
 * few enough rows to let others write in between, and no more of them than fit into memory easily, however wide they are.
 * Several chunks are written together, and others write between those.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Chunk } from "../ports/ImportStore.ts"

/** How many rows and chunks there are, and the first rows. */
export interface Spooled {
  readonly rows: number
  readonly chunks: number
  readonly sample: ReadonlyArray<ReadonlyArray<string>>
}

export const spool = Effect.fnUntraced(function* <E, R, E2, R2>(
  rows: Stream.Stream<{ readonly cells: ReadonlyArray<string> }, E, R>,
  write: (chunks: ReadonlyArray<Chunk>) => Effect.Effect<void, E2, R2>
) {
  let spooled = { rows: 0, chunks: 0 }
  const sample: Array<ReadonlyArray<string>> = []
  let size = 0
  let current: Array<ReadonlyArray<string>> = []
  let currentSize = 0
  let full: Array<Chunk> = []
  let fullSize = 0

  const close = () => {
    if (current.length === 0) return
    full.push({ number: spooled.chunks, firstRow: spooled.rows + 1, rows: current })
    fullSize += currentSize
    spooled = { rows: spooled.rows + current.length, chunks: spooled.chunks + 1 }
    current = []
    currentSize = 0
  }
  const flush = Effect.suspend(() => {
    const chunks = full
    full = []
    fullSize = 0
    return chunks.length === 0 ? Effect.void : write(chunks)
  })

  yield* Stream.runForEachArray(
    rows,
    Effect.fnUntraced(function* (some) {
      for (const { cells } of some) {
        const length = cells.reduce((sum, cell) => sum + cell.length, cells.length)
        if (sample.length < rowsOfSample && size < sizeOfSample) sample.push(cells)
        size += length
        current.push(cells)
        currentSize += length
        if (current.length === rowsOfChunk || currentSize >= sizeOfChunk) close()
        if (fullSize >= sizeOfWrite) yield* flush
      }
    })
  )
  close()
  yield* flush
  return { ...spooled, sample } satisfies Spooled
})

// internal

const rowsOfChunk = 500

const rowsOfSample = 1_000

/** In characters. */
const sizeOfChunk = 500_000
const sizeOfWrite = 1_000_000
const sizeOfSample = 4_000_000
