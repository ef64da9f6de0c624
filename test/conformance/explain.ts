/** Statements as they are sent, and how databases would run them. */
import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import * as Tracer from "effect/Tracer"

/** The statements of a kind that an effect runs, as they are sent. */
export const sentBy = Effect.fnUntraced(function* <A, E, R>(kind: RegExp, self: Effect.Effect<A, E, R>) {
  const spans: Array<Tracer.Span> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  yield* Effect.withTracer(self, tracer)
  return spans.flatMap(({ attributes }) => {
    const text = attributes.get("db.query.text")
    return typeof text === "string" && kind.test(text) ? [text] : []
  })
})

/** How the database would run a statement, whatever its parameters; Postgres by an index wherever it has one for it. */
export const planOf = Effect.fnUntraced(function* (statement: string) {
  const sql = yield* SqlClient
  const explained = sql.onDialectOrElse({
    pg: () => {
      const parameters = Math.max(0, ...Array.from(statement.matchAll(/\$(\d+)/g), ([, number]) => Number(number)))
      const values = Array.from({ length: parameters }, () => "NULL").join(", ")
      return Effect.gen(function* () {
        yield* sql`SET LOCAL enable_seqscan = off`
        yield* sql`SET LOCAL plan_cache_mode = force_generic_plan`
        // A driver says that these parameters are lists; PREPARE guesses.
        yield* sql.unsafe(`PREPARE explained AS ${statement.replaceAll(/unnest\((\$\d+)\)/g, "unnest($1::text[])")}`)
        const rows = yield* sql.unsafe(`EXPLAIN (COSTS OFF) EXECUTE explained${values === "" ? "" : `(${values})`}`)
          .values
        yield* sql`DEALLOCATE explained`
        return rows.map(([line]) => line)
      }).pipe(sql.withTransaction)
    },
    orElse: () =>
      Effect.map(sql.unsafe(`EXPLAIN QUERY PLAN ${statement}`).values, (rows) => rows.map(([, , , detail]) => detail))
  })
  return (yield* explained).join("\n")
})

export const namesIn = (plan: string, pattern: RegExp): ReadonlyArray<string> =>
  Array.from(plan.matchAll(pattern), ([, name = ""]) => name)
