import { Crm, TimeOrderedIds } from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import * as Sqlite from "@clientele/sql-sqlite-node"
import { Layer } from "effect"

export const crm = Crm.layer.pipe(
  Layer.provide([Sqlite.layer({ filename: "crm.db" }), TimeOrderedIds.layer, PhoneNumbers.layer()])
)
