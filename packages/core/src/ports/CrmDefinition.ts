/**
 * What the host says about its CRM. Services ask it about all that they write; without it custom fields hold whatever
 * custom fields can hold.
 *
 * @example
 * ```ts
 * import { Crm, CrmDefinition, defineCrm } from "@clientele/core"
 * import { Layer, Schema } from "effect"
 *
 * const definition = defineCrm({ contact: { tier: Schema.Literals(["gold", "silver"]) } })
 * const crm = Crm.layer.pipe(Layer.provide(Layer.succeed(CrmDefinition, definition)))
 * ```
 */
import * as Context from "effect/Context"
import { type Definition, open } from "../domain/Definition.ts"

export const CrmDefinition = Context.Reference<Definition>("@clientele/core/ports/CrmDefinition", {
  defaultValue: () => open
})
