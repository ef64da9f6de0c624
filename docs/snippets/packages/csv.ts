import { CsvReader } from "@clientele/csv"
import { Effect, Stream } from "effect"

const bytes = Stream.succeed(new TextEncoder().encode("name;city\r\nAda;London\r\n"))

export const program = Effect.scoped(
  Effect.gen(function* () {
    const { delimiter, header, rows } = yield* CsvReader.open(bytes)
    return { delimiter, header, rows: yield* Stream.runCollect(rows) }
    // ";", ["name", "city"], one row with the cells ["Ada", "London"]
  })
)
