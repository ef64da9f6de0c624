import { Crm, TimeOrderedIds } from "@clientele/core"
import { PhoneNumbers } from "@clientele/enrichment"
import * as Postgres from "@clientele/sql-pg"
import { Layer, Redacted } from "effect"

const url = Redacted.make("postgres://user:password@localhost:5432/crm")

export const crm = Crm.layer.pipe(Layer.provide([Postgres.layer({ url }), TimeOrderedIds.layer, PhoneNumbers.layer()]))
