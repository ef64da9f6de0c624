/**
 * How long a statement that asks for a segment may run. A segment can ask for anything, so that no index need have it,
 * and one that few contacts have walks all of them.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"

/**
 * How long a page or a total of a segment may take before it is given up with a `StorageError` that is
 * `StorageUnavailable`; 5 seconds by default. A stricter limit of the database's own stays in force. On SQLite it needs
 * the library's client.
 *
 * @example
 * ```ts
 * import { SegmentTimeout } from "@clientele/sql"
 * import { layer } from "@clientele/sql-sqlite-node"
 * import { Duration, Layer } from "effect"
 *
 * const Storage = layer({ filename: "crm.db" }).pipe(
 *   Layer.provide(Layer.succeed(SegmentTimeout, Duration.seconds(20)))
 * )
 * ```
 */
export const SegmentTimeout = Context.Reference<Duration.Duration>("@clientele/sql/SegmentTimeout", {
  defaultValue: () => Duration.seconds(5)
})
