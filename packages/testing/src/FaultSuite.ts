/**
 * The laws of faults as tests of `@effect/vitest`, for one adapter: commands of every kind whose storage fails, dies, is
 * interrupted or made to give way, at each of their points. What they leave is compared row by row.
 *
 * @example
 * ```ts
 * import { layerMigrations, layerStorage, SqliteClient } from "@clientele/sql-sqlite-node"
 * import { Faults } from "@clientele/testing"
 * import * as FaultSuite from "@clientele/testing/FaultSuite"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as SqlClient from "effect/sql/SqlClient"
 *
 * FaultSuite.suite(
 *   "SQLite in memory",
 *   Layer.merge(layerStorage, layerMigrations).pipe(
 *     Layer.provideMerge(Faults.layerSqlClient),
 *     Layer.provide(SqliteClient.layer({ filename: ":memory:" }))
 *   ),
 *   {
 *     contents: Effect.fnUntraced(function* (tenantId) {
 *       const sql = yield* SqlClient.SqlClient
 *       const rows = yield* sql`SELECT * FROM crm_contacts WHERE tenant_id = ${tenantId}`.values
 *       return rows.map((row) => JSON.stringify(row))
 *     })
 *   }
 * )
 * ```
 */
import type { Crm } from "@clientele/core"
import { layer as withLayer } from "@effect/vitest"
import * as Layer from "effect/Layer"
import * as fc from "fast-check"
import { commands } from "./conformance/Commands.ts"
import {
  deliversOnce,
  finishesJobs,
  givesWay,
  lastsOnceKept,
  leavesNothing,
  type Options,
  services,
  tellsWhy,
  undoneAlone
} from "./conformance/FaultLaws.ts"
import { calls, lastOf, scenarios } from "./conformance/FaultScenarios.ts"
import { forAll } from "./conformance/Harness.ts"

export type { Options }

/**
 * Registers the laws for one adapter.
 *
 * @param layer provides the storage ports over a layer of faults, migrated and ready.
 */
export const suite = <R, E>(name: string, layer: Layer.Layer<Crm.Storage | R, E>, options: Options<NoInfer<R>>): void =>
  withLayer(services(layer, options), { timeout: "60 seconds", excludeTestServices: true })(
    `Faults of storage: ${name}`,
    (it) => {
      for (const [title, scenario] of Object.entries(scenarios)) {
        it.effect(
          `${title} whole or not at all, whatever fails before it is committed`,
          () => leavesNothing(scenario),
          timeout
        )
        it.effect(
          `${title} or is undone alone inside of a transaction that goes on`,
          () => undoneAlone(scenario),
          timeout
        )
        it.effect(`${title} for good once it is committed`, () => lastsOnceKept(scenario), timeout)
        it.effect(`${title} when it has to give way to others`, () => givesWay(scenario), timeout)
      }
      for (const [title, call] of Object.entries(calls)) {
        it.effect(`says why there is not ${title}, whatever fails`, () => tellsWhy(call), timeout)
      }
      it.effect(
        "makes one delivery of each event, whatever fails",
        () => forAll(fc.integer(), 5, deliversOnce),
        timeout
      )
      it.effect("finishes jobs, whatever fails", () => forAll(fc.integer(), 5, finishesJobs), timeout)
      it.effect(
        "does any command whole or not at all",
        () => forAll(commands({ maxLength: 8 }), 8, (all) => leavesNothing(lastOf(all))),
        timeout
      )
    }
  )

// internal

const timeout = 60_000
