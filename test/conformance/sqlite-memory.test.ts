import { layer } from "@clientele/sql-sqlite-node"
import * as Conformance from "@clientele/testing/Conformance"
import { events } from "./events.ts"

Conformance.suite("SQLite in memory", layer({ filename: ":memory:" }), { events, sqlClient: true })
