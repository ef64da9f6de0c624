/**
 * The tables spread over the servers of a Citus cluster by tenant: every key begins with it, so all rows of a tenant are
 * on one server and every command stays there.
 */
import { tables } from "@clientele/sql"

/**
 * The statements that distribute the tables of a database that is migrated, in their order: a table comes after those
 * that its foreign keys name.
 *
 * @example
 * ```ts
 * import { Distribution } from "@clientele/sql-pg"
 *
 * console.log(Distribution.script().join("\n"))
 * // SELECT create_distributed_table('crm_contacts', 'tenant_id');
 * // SELECT create_distributed_table('crm_deals', 'tenant_id', colocate_with => 'crm_contacts');
 * // …
 * ```
 */
export const script = (prefix = "crm_"): ReadonlyArray<string> => {
  const { migrations, ...all } = tables(prefix)
  const named = Object.values(all).flatMap((table) => (typeof table === "string" ? [] : [table.name]))
  const [first, second] = [all.contacts.name, all.deals.name]
  const others = named.filter((name) => name !== first && name !== second)
  return [
    `SELECT create_reference_table('${migrations}');`,
    `SELECT create_distributed_table('${first}', 'tenant_id');`,
    ...[second, ...others].map(
      (name) => `SELECT create_distributed_table('${name}', 'tenant_id', colocate_with => '${first}');`
    )
  ]
}
