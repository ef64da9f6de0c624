import { assert, describe, it } from "@effect/vitest"
import { CsvWriter } from "@clientele/csv"
import { Effect, Stream } from "effect"

const written = (rows: ReadonlyArray<ReadonlyArray<string>>, options?: CsvWriter.Options) =>
  Stream.fromIterable(rows).pipe(CsvWriter.writeText(options), Stream.mkString)

describe("CsvWriter", () => {
  it.effect("quotes only what needs it, and ends every record with CRLF", () =>
    Effect.gen(function* () {
      const text = yield* written([["plain", " spaced ", "a,b", 'say "hi"'], ["", "x\ny", "x\ry", "a;b"], [""]])
      assert.strictEqual(text, 'plain, spaced ,"a,b","say ""hi"""\r\n,"x\ny","x\ry",a;b\r\n""\r\n')
    })
  )

  it.effect("writes the header, also without rows, and another delimiter", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* written([], { header: ["a", "b;c"], delimiter: ";" }), 'a;"b;c"\r\n')
      assert.strictEqual(yield* written([["1", "2,3"]], { delimiter: "\t" }), "1\t2,3\r\n")
    })
  )

  it.effect("guards formulas on request, in the header as well", () =>
    Effect.gen(function* () {
      const rows = [["=1,2", "+442079460018"]]
      assert.strictEqual(yield* written(rows), '"=1,2",+442079460018\r\n')
      assert.strictEqual(
        yield* written(rows, { header: ["@a", "b"], guardFormulas: true }),
        "'@a,b\r\n\"'=1,2\",+442079460018\r\n"
      )
    })
  )

  it.effect("writes the same as bytes, one block for each array of rows", () =>
    Effect.gen(function* () {
      const blocks = yield* Stream.fromArrays([["é"], ["b"]], [["c"]]).pipe(
        CsvWriter.write({ header: ["h"], bom: true }),
        Stream.runCollect
      )
      assert.strictEqual(blocks.length, 4)
      const bytes = new Uint8Array(blocks.flatMap((block) => [...block]))
      assert.deepStrictEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf])
      assert.strictEqual(new TextDecoder().decode(bytes), "h\r\né\r\nb\r\nc\r\n")
      assert.strictEqual(yield* written([["x"]], { bom: true }), "\uFEFFx\r\n")
    })
  )
})
