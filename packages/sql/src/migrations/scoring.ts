/** What migration 1 needs for scoring: the rules that tenants set. Scores are columns of contacts. */
import type { Tables } from "../Table.ts"

/** The table in SQL that both databases take; `types` are those of columns by what they hold. */
export const scoringTables = (
  { scoringRules }: Tables,
  types: { readonly key: string; readonly json: string; readonly timestamp: string }
): ReadonlyArray<string> => [
  `CREATE TABLE ${scoringRules.name} (
    tenant_id ${types.key} NOT NULL,
    version integer NOT NULL,
    rule_set ${types.json} NOT NULL,
    notify ${types.key} NOT NULL,
    updated_at ${types.timestamp} NOT NULL,
    updated_by ${types.key} NOT NULL,
    job_id ${types.key},
    CONSTRAINT ${scoringRules.name}_tenant PRIMARY KEY (tenant_id)
  )`
]
