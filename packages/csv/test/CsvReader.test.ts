import { assert, describe, it } from "@effect/vitest"
import { CsvReader, CsvWriter } from "@clientele/csv"
import { Arbitrary, Effect, Schema, Stream } from "effect"
import { Csv } from "effect/encoding"

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const utf16 = (text: string, littleEndian: boolean): Uint8Array => {
  const bytes = new Uint8Array(text.length * 2)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), littleEndian)
  return bytes
}

/** The text with nothing in it that Windows-1252 has not, nor what there would read as UTF-8 as well. */
const latin = (text: string): string => text.replace(/[^\t-~à-ÿ]/g, "é")

const encoded = (text: string, encoding: CsvReader.Encoding): Uint8Array => {
  if (encoding === "utf-8") return utf8(text)
  return encoding === "windows-1252"
    ? Uint8Array.from(text, (character) => character.charCodeAt(0))
    : utf16(text, encoding === "utf-16le")
}

/** Cuts bytes at the given places, each taken modulo the length. */
const cut = (bytes: Uint8Array, places: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end))
}

const inBlocks = (blocks: ReadonlyArray<Uint8Array>) => Stream.fromArrays(...blocks.map((block) => [block]))

/** Everything a read gives: the header, the rows, and the mistake that ended it. */
interface Outcome extends Partial<CsvReader.Dialect> {
  readonly rows: ReadonlyArray<CsvReader.Row>
  readonly error?: CsvReader.InvalidCsvFields
}

const readAll = (blocks: ReadonlyArray<Uint8Array>, options?: CsvReader.Options): Effect.Effect<Outcome> =>
  Effect.scoped(
    Effect.gen(function* () {
      const rows: Array<CsvReader.Row> = []
      const { rows: stream, ...dialect } = yield* CsvReader.open(inBlocks(blocks), options)
      return yield* stream.pipe(
        Stream.runForEach((row) => Effect.sync(() => rows.push(row))),
        Effect.match({
          onFailure: (error): Outcome => ({ ...dialect, rows, error: fieldsOf(error) }),
          onSuccess: (): Outcome => ({ ...dialect, rows })
        })
      )
    })
  ).pipe(Effect.catchTag("InvalidCsv", (error) => Effect.succeed({ rows: [], error: fieldsOf(error) })))

const fieldsOf = ({ column, header, line, reason }: CsvReader.InvalidCsv): CsvReader.InvalidCsvFields =>
  header === undefined ? { line, column, reason } : { line, column, reason, header }

const read = (text: string | Uint8Array, options?: CsvReader.Options) =>
  CsvReader.rows(Stream.succeed(typeof text === "string" ? utf8(text) : text), options).pipe(Stream.runCollect)

const cells = (text: string | Uint8Array, options?: CsvReader.Options) =>
  Effect.map(read(text, options), (rows) => rows.map((row) => row.cells))

const failure = (text: string | Uint8Array, options?: CsvReader.Options) =>
  Effect.map(
    Effect.flip(CsvReader.scan(Stream.succeed(typeof text === "string" ? utf8(text) : text), options)),
    fieldsOf
  )

// Unpaired surrogates have no bytes in UTF-8.
const wellFormed = (text: string): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(utf8(text))

// Text made of what matters to a CSV reader, and cells made of that and of any other text.
const piece = Schema.Literals([...('"""",,,;\t|\r\n\n a\'=-1é€漢😀\uFEFF'.match(/./gsu) ?? []), "\r\n", '""', "name"])
const text = Arbitrary.map(Arbitrary.array(Arbitrary.schema(piece), { maxLength: 40 }), (pieces) => pieces.join(""))
const anyCell = Arbitrary.map(
  Arbitrary.all([text, Arbitrary.schema(Schema.String), Arbitrary.schema(Schema.Boolean)]),
  ([pieces, any, which]) => wellFormed((which ? pieces : any).replaceAll("\0", ""))
)
const places = Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 500 }))), {
  maxLength: 8
})
const delimiter = Arbitrary.schema(CsvReader.Delimiter)

describe("reading", () => {
  it.effect("gives rows with their line, number and shape", () =>
    Effect.gen(function* () {
      const rows = yield* read('\r\nname,note\r\nAda,"one\r\ntwo"\r\n\r\n\nBo,\nCy\nDi,x,y')
      assert.deepStrictEqual(rows, [
        { line: 3, row: 1, cells: ["Ada", "one\r\ntwo"], ragged: false },
        { line: 7, row: 2, cells: ["Bo", ""], ragged: false },
        { line: 8, row: 3, cells: ["Cy"], ragged: true },
        { line: 9, row: 4, cells: ["Di", "x", "y"], ragged: true }
      ])
    })
  )

  it.effect("takes CRLF, LF and CR, also inside quotes", () =>
    Effect.gen(function* () {
      const rows = yield* read('a,b\r1,"x\ry"\n2,"x\n\r\ny"\r\n3,z\r')
      assert.deepStrictEqual(
        rows.map(({ cells, line }) => [line, ...cells]),
        [
          [2, "1", "x\ry"],
          [4, "2", "x\n\r\ny"],
          [7, "3", "z"]
        ]
      )
    })
  )

  it.effect("takes a byte order mark off, and only the first", () =>
    Effect.gen(function* () {
      const found = yield* readAll([utf8('\uFEFF"na""me",b\r\n\uFEFFx,y')])
      assert.deepStrictEqual(found.header, ['na"me', "b"])
      assert.deepStrictEqual(
        found.rows.map((row) => row.cells),
        [["\uFEFFx", "y"]]
      )
    })
  )

  it.effect("keeps spaces, and a quoted empty line of a file of one column", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* cells('a\n""\n\n x \n'), [[""], [" x "]])
    })
  )

  it.effect("reads a header without rows", () =>
    Effect.gen(function* () {
      const found = yield* CsvReader.scan(Stream.succeed(utf8("a,b")))
      assert.deepStrictEqual(found, {
        header: ["a", "b"],
        headerLine: 1,
        delimiter: ",",
        encoding: "utf-8",
        rows: 0,
        ragged: 0,
        bytes: 3
      })
    })
  )

  it.effect("scans a file to its counts", () =>
    Effect.gen(function* () {
      const found = yield* CsvReader.scan(Stream.succeed(utf8("\n\na;b\n1;2\n3\n4;5;6\n")))
      assert.deepStrictEqual(found, {
        header: ["a", "b"],
        headerLine: 3,
        delimiter: ";",
        encoding: "utf-8",
        rows: 3,
        ragged: 2,
        bytes: 18
      })
    })
  )

  it.effect("reads the bytes anew on every run, and passes their errors on", () =>
    Effect.gen(function* () {
      const rows = CsvReader.rows(Stream.succeed(utf8("a,b\n1,2\n")))
      assert.strictEqual((yield* Stream.runCollect(rows)).length, 1)
      assert.strictEqual((yield* Stream.runCollect(rows)).length, 1)
      const broken = Stream.concat(Stream.succeed(utf8("a,b\n1,2\n")), Stream.fail("lost"))
      assert.strictEqual(yield* Effect.flip(CsvReader.scan(broken)), "lost")
    })
  )

  it.effect("reads a large block in steps", () =>
    Effect.gen(function* () {
      const batches = yield* CsvReader.rows(Stream.succeed(utf8(`a,b\n${"Ada,Lovelace\n".repeat(50_000)}`))).pipe(
        Stream.chunks,
        Stream.map((batch) => batch.length),
        Stream.runCollect
      )
      assert.strictEqual(
        batches.reduce((a, b) => a + b),
        50_000
      )
      assert.isAbove(batches.length, 5)
    })
  )
})

describe("delimiter", () => {
  const detected = (text: string) =>
    Effect.map(CsvReader.scan(Stream.succeed(utf8(text))), (found) => [found.delimiter, found.header.length])

  it.effect.each<[string, string, number]>([
    ["a,b,c\n1,2,3\n", ",", 3],
    ["a;b;c\n1;2;3\n", ";", 3],
    ["a\tb\tc\n1\t2\t3\n", "\t", 3],
    ["a|b|c\n1|2|3\n", "|", 3],
    ["one column\n1;5\n", ",", 1],
    ['"a,b,c,d";"e"\n1;2\n', ";", 2],
    ["name;price, EUR;note\nx;1,5;y\nz;2,5;w\nshort;1,5\n", ";", 3],
    ["name,tags\nAda,a;b;c\nBo,d;e;f\n", ",", 2],
    ['a|b;c\n"x|1"|2;3\n', "|", 2],
    ["price;x, y, z, w\n1;2\n3;4\n5;6\n", ";", 2],
    ["a;b;a\n", ";", 0]
  ])("%j", ([text, expected, width]) =>
    Effect.gen(function* () {
      if (width > 0) assert.deepStrictEqual(yield* detected(text), [expected, width])
      else assert.strictEqual((yield* failure(text)).reason, "duplicate_header")
    })
  )

  it.effect("is not looked for when given", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* cells("a;b\n1;2\n", { delimiter: "," }), [["1;2"]])
    })
  )

  it.effect("is that of the first 65,536 characters, however they arrive", () =>
    Effect.gen(function* () {
      const bytes = utf8(`a,b;c\n${"1;2\n".repeat(16_383)}${",\n".repeat(60_000)}`)
      for (const blocks of [[bytes], cut(bytes, [65_535]), cut(bytes, [10, 65_530, 65_539])]) {
        assert.strictEqual((yield* CsvReader.scan(inBlocks(blocks))).delimiter, ";")
      }
    })
  )

  it.effect("is found where the header alone is longer than the sample", () =>
    Effect.gen(function* () {
      const header = Array.from({ length: 20_000 }, (_, i) => `h${i}`)
      const found = yield* CsvReader.scan(Stream.succeed(utf8(`${header.join("\t")}\n${header.join("\t")}\n`)))
      assert.deepStrictEqual([found.delimiter, found.header.length, found.rows, found.ragged], ["\t", 20_000, 1, 0])
    })
  )
})

describe("encoding", () => {
  it.effect("reads UTF-16 with a byte order mark", () =>
    Effect.gen(function* () {
      for (const littleEndian of [true, false]) {
        const found = yield* readAll([utf16("\uFEFFname,city\r\n😀,Łódź\r\n", littleEndian)])
        assert.strictEqual(found.encoding, littleEndian ? "utf-16le" : "utf-16be")
        assert.deepStrictEqual(
          found.rows.map((row) => row.cells),
          [["😀", "Łódź"]]
        )
      }
    })
  )

  it.effect("reads UTF-16 without one, by its zero bytes", () =>
    Effect.gen(function* () {
      for (const littleEndian of [true, false]) {
        const found = yield* readAll([utf16("name,город\r\nЛев,Москва 1\r\n", littleEndian)])
        assert.strictEqual(found.encoding, littleEndian ? "utf-16le" : "utf-16be")
        assert.deepStrictEqual(found.header, ["name", "город"])
      }
    })
  )

  it.effect("reads Windows-1252 where the first character beyond ASCII is not UTF-8", () =>
    Effect.gen(function* () {
      const bytes = new Uint8Array([
        ...utf8("name,price\r\n"),
        0x4a,
        0xf6,
        0x67,
        ...utf8(",5 "),
        0x80,
        0x0a,
        0x99,
        0x2c
      ])
      const found = yield* readAll([bytes])
      assert.strictEqual(found.encoding, "windows-1252")
      assert.deepStrictEqual(
        found.rows.map((row) => row.cells),
        [
          ["Jög", "5 €"],
          ["™", ""]
        ]
      )
      assert.deepStrictEqual(yield* failure(bytes, { encoding: "utf-8" }), { line: 2, column: 1, reason: "encoding" })
    })
  )

  it.effect("is not looked for when given", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* cells("a\nJosé\n", { encoding: "windows-1252" }), [["JosÃ©"]])
      assert.deepStrictEqual(yield* cells(utf16("\uFEFFa\né\n", false), { encoding: "utf-16be" }), [["é"]])
    })
  )

  const bad = (before: string, bytes: ReadonlyArray<number>, after = "") =>
    new Uint8Array([...utf8(before), ...bytes, ...utf8(after)])

  it.effect.each<[string, Uint8Array, number, number]>([
    ["Latin-1 within UTF-8", bad("ä,b\r\nx,Jos", [0xe9], ",y\r\n"), 2, 2],
    ["in the header", bad("nä", [0xff], "me\r\n"), 1, 1],
    ["cut short at the end", bad('ä\r\nb\r\n"c\r\nd', [0xe2, 0x82]), 4, 1],
    ["overlong", bad("ä,b\n1,2\n", [0xc0, 0x80]), 3, 1],
    ["a surrogate", bad("ä,b\n1,", [0xed, 0xa0, 0x80]), 2, 2],
    ["far in", bad(`ä,b\n${"1,2\n".repeat(40_000)}`, [0x80]), 40_002, 1],
    ["after the mark of UTF-8", bad("\uFEFFa,b\n1,", [0xe9]), 2, 2],
    ["nothing in Windows-1252", bad("a,b\n1,", [0xe9, 0x2c, 0x81]), 2, 3],
    ["half a UTF-16 unit", utf16("\uFEFFa,b\n1,2", true).subarray(0, 15), 2, 2],
    ["an unpaired surrogate", utf16("\uFEFFa,b\n\uD800x,2", false), 2, 1]
  ])("refuses bytes that are not text: %s", ([, bytes, line, column]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* failure(bytes), { line, column, reason: "encoding" })
    })
  )
})

describe("InvalidCsv", () => {
  it.effect.each<[string, CsvReader.InvalidCsvFields]>([
    ["", { line: 1, column: 1, reason: "empty" }],
    ["\uFEFF\r\n\n\r", { line: 1, column: 1, reason: "empty" }],
    ['a,b\n1,"x\ny', { line: 2, column: 2, reason: "unclosed_quote" }],
    ['a,b\n"1\n","x\ny\n', { line: 3, column: 2, reason: "unclosed_quote" }],
    ['"a,b\n', { line: 1, column: 1, reason: "unclosed_quote" }],
    ['a,b\n1,5" disk\n', { line: 2, column: 2, reason: "stray_quote" }],
    ['a,b\n"x\ny"z,2\n', { line: 3, column: 1, reason: "stray_quote" }],
    ['a,b\n1, "2"\n', { line: 2, column: 2, reason: "stray_quote" }],
    ["a,b\n1,2\nx\0,2\n", { line: 3, column: 1, reason: "nul" }],
    ['a,b\n1,"2\n\n\0"', { line: 4, column: 2, reason: "nul" }],
    ["\0", { line: 1, column: 1, reason: "nul" }],
    ["\na,b, a \n", { line: 2, column: 3, reason: "duplicate_header", header: "a" }]
  ])("%j", ([text, expected]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* failure(text), expected)
    })
  )

  it.effect("refuses a record beyond the limit at the cell that goes beyond it", () =>
    Effect.gen(function* () {
      const options = { maxRecordLength: 10 }
      assert.deepStrictEqual(yield* cells("a,b\n12345,6789\n", options), [["12345", "6789"]])
      assert.deepStrictEqual(yield* failure("a,b\n12345,67890\n", options), {
        line: 2,
        column: 2,
        reason: "record_too_large"
      })
      assert.deepStrictEqual(yield* failure('a,b\n12345678901"\n', options), {
        line: 2,
        column: 1,
        reason: "record_too_large"
      })
      assert.deepStrictEqual(yield* failure('a,b\n1,2\n"\nnever closed\n', options), {
        line: 3,
        column: 1,
        reason: "record_too_large"
      })
    })
  )

  it.effect("takes a cell of ten million characters where that is allowed, and says so where it is not", () =>
    Effect.gen(function* () {
      const large = `a,b\n1,"${"x".repeat(10_000_000)}"\n2,y\n`
      assert.deepStrictEqual(yield* failure(large), { line: 2, column: 2, reason: "record_too_large" })
      const rows = yield* cells(large, { maxRecordLength: 10_000_010 })
      assert.deepStrictEqual(
        rows.map((row) => row[1]?.length),
        [10_000_000, 1]
      )
    })
  )

  it.effect("gives the rows before the mistake first", () =>
    Effect.gen(function* () {
      const found = yield* readAll([utf8('a,b\n1,2\n3,4\n5,"')])
      assert.deepStrictEqual(
        found.rows.map((row) => row.row),
        [1, 2]
      )
      assert.deepStrictEqual(found.error, { line: 4, column: 2, reason: "unclosed_quote" })
    })
  )

  it.effect("lets nameless columns through", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* cells("a,, ,\n1,2,3,4\n"), [["1", "2", "3", "4"]])
    })
  )

  it("says where and why, and travels as data", () => {
    const error = new CsvReader.InvalidCsv({ line: 1, column: 3, reason: "duplicate_header", header: "E-mail" })
    assert.strictEqual(error.message, 'Invalid CSV at line 1, column 3: a second column with the header "E-mail"')
    const encoded = Schema.encodeSync(CsvReader.InvalidCsv)(error)
    assert.deepStrictEqual(encoded, {
      _tag: "InvalidCsv",
      line: 1,
      column: 3,
      reason: "duplicate_header",
      header: "E-mail"
    })
    for (const reason of CsvReader.InvalidCsvReason.literals) {
      const { message } = new CsvReader.InvalidCsv({ line: 2, column: 1, reason })
      assert.match(message, /^Invalid CSV at line 2, column 1: /)
    }
  })
})

describe("our own exports", () => {
  it.effect("have the guard against formulas taken off, other files do not", () =>
    Effect.gen(function* () {
      const text = "name\n'=1+1\n''@x\n'x\n"
      const isGuarded = (header: ReadonlyArray<string>) => header[0] === "name"
      assert.deepStrictEqual(yield* cells(text, { isGuarded }), [["=1+1"], ["'@x"], ["'x"]])
      assert.deepStrictEqual(yield* cells(`x${text}`, { isGuarded }), [["'=1+1"], ["''@x"], ["'x"]])
    })
  )
})

describe("properties", () => {
  // Unquoted cells without other delimiters, for one file alone cannot tell which of two it is cut by.
  const words = Arbitrary.map(text, (pieces) => pieces.replace(/[,;\t|\r\n"\uFEFF]/gu, "x"))
  const quotable = Arbitrary.map(Arbitrary.all([anyCell, words]), ([any, word]) => [any, word] as const)

  it.effect.prop(
    "a table is read back, whatever its delimiter, quoting, line ends and encoding",
    {
      rows: Arbitrary.array(Arbitrary.array(quotable, { minLength: 3, maxLength: 3 }), { maxLength: 6 }),
      delimiter,
      quoted: Arbitrary.schema(Schema.Boolean),
      lineEnd: Arbitrary.schema(Schema.Literals(["\r\n", "\n", "\r"])),
      last: Arbitrary.schema(Schema.Boolean),
      encoding: Arbitrary.schema(CsvReader.Encoding),
      mark: Arbitrary.schema(Schema.Boolean),
      places
    },
    ({ delimiter, encoding, last, lineEnd, mark, places, quoted, rows }) =>
      Effect.gen(function* () {
        const header = ["first name", "surname", "postal address"]
        const table = rows.map((row) =>
          row.map(([any, word]) => (encoding === "windows-1252" ? latin : (text: string) => text)(quoted ? any : word))
        )
        const quote = (cell: string) => (quoted ? `"${cell.replaceAll('"', '""')}"` : cell)
        const lines = [header, ...table].map((row) => row.map(quote).join(delimiter)).join(lineEnd)
        const bytes = encoded(
          `${mark && encoding !== "windows-1252" ? "\uFEFF" : ""}${lines}${last ? lineEnd : ""}`,
          encoding
        )
        const found = yield* readAll(cut(bytes, places))
        assert.isUndefined(found.error)
        assert.deepStrictEqual([found.header, ...found.rows.map((row) => row.cells)], [header, ...table])
        const ascii = bytes.every((byte) => byte < 0x80)
        assert.strictEqual(found.encoding, ascii && encoding === "windows-1252" ? "utf-8" : encoding)
      }),
    { arbitrary: { runs: 300 } }
  )

  it.effect.prop(
    "what is written reads back as it was",
    {
      header: Arbitrary.map(Arbitrary.array(anyCell, { minLength: 1, maxLength: 4 }), (names) =>
        names.filter((name, i) => names.findIndex((other) => other.trim() === name.trim()) === i)
      ),
      rows: Arbitrary.array(Arbitrary.array(anyCell, { minLength: 1, maxLength: 5 }), { maxLength: 6 }),
      delimiter,
      places
    },
    ({ delimiter, header, places, rows }) =>
      Effect.gen(function* () {
        const blocks = yield* Stream.fromIterable(rows).pipe(CsvWriter.write({ header, delimiter }), Stream.runCollect)
        const found = yield* readAll(cut(new Uint8Array(blocks.flatMap((block) => [...block])), places), { delimiter })
        assert.isUndefined(found.error)
        assert.deepStrictEqual(found.header, header)
        assert.deepStrictEqual(
          found.rows.map((row) => row.cells),
          rows
        )
        assert.deepStrictEqual(
          found.rows.map((row) => row.ragged),
          rows.map((row) => row.length !== header.length)
        )
      }),
    { arbitrary: { runs: 300 } }
  )

  it.effect.prop(
    "where the bytes are cut changes nothing, mistakes included",
    {
      text: Arbitrary.map(
        Arbitrary.all([text, text, Arbitrary.schema(Schema.Literals(["", "", "", "\0"]))]),
        (parts) => `${parts[0]}${parts[2]}${parts[1]}`
      ),
      encoding: Arbitrary.schema(Schema.Literals(["utf-8", "utf-16le", "utf-16be", "broken"])),
      options: Arbitrary.schema(Schema.Literals([0, 1, 2])),
      places
    },
    ({ encoding, options, places, text }) =>
      Effect.gen(function* () {
        const bytes =
          encoding === "utf-8"
            ? utf8(text)
            : encoding === "broken"
              ? utf8(text).filter((_, i) => i !== (places[0] ?? 0) + 3)
              : utf16(`\uFEFF${text}`, encoding === "utf-16le")
        const given: CsvReader.Options =
          options === 0 ? {} : options === 1 ? { delimiter: "," } : { delimiter: ";", maxRecordLength: 12 }
        const whole = yield* readAll([bytes], given)
        assert.deepStrictEqual(yield* readAll(cut(bytes, places), given), whole)
        assert.deepStrictEqual(
          yield* readAll(
            Array.from(bytes, (byte) => new Uint8Array([byte])),
            given
          ),
          whole
        )
        const scanned = yield* CsvReader.scan(Stream.succeed(bytes), given).pipe(
          Effect.match({ onFailure: fieldsOf, onSuccess: (found) => found.rows })
        )
        assert.deepStrictEqual(scanned, whole.error ?? whole.rows.length)
      }),
    { arbitrary: { runs: 500 } }
  )

  it.effect.prop(
    "the rows and the refusals are those of effect/encoding Csv",
    { text, delimiter },
    ({ delimiter, text }) =>
      Effect.gen(function* () {
        const ours = yield* readAll([utf8(text)], { delimiter })
        const theirs = yield* Stream.succeed(text).pipe(
          Stream.pipeThroughChannel(Csv.decodeString({ delimiter, ignoreEmptyLines: true })),
          Stream.runCollect,
          Effect.match({ onFailure: () => undefined, onSuccess: (records) => records })
        )
        if (ours.error?.reason === "duplicate_header") return
        if (ours.error?.reason === "empty") assert.deepStrictEqual(theirs, [])
        else if (ours.error !== undefined) assert.isUndefined(theirs)
        else assert.deepStrictEqual([ours.header, ...ours.rows.map((row) => row.cells)], theirs)
      }),
    { arbitrary: { runs: 500 } }
  )
})
