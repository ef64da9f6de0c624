/** Endpoints whose answers may be a little old: lists, reports and exports, which servers with a replica read from it. */
import * as Context from "effect/Context"

/**
 * Whether what an endpoint answers may be a little older than what was written last. A request says that it may not by
 * `Cache-Control: no-cache`.
 */
export const FromReplica = Context.Reference<boolean>("@clientele/api/FromReplica", { defaultValue: () => false })
