import { defineCrm } from "@clientele/core"
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { crmTools } from "../src/internal/mcpTools.ts"

const tools = crmTools({ allowWrites: true })

const toolOf = (operation: string) => {
  const tool = tools.find((tool) => tool.operation === operation)
  assert.isDefined(tool)
  return tool
}

describe("tools", () => {
  it("have schemas that a validator takes, and names that any host of assistants does", () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true })
    for (const { descriptor } of tools) {
      assert.match(descriptor.name, /^[a-z_]{1,64}$/)
      assert.doesNotThrow(() => ajv.compile(descriptor.inputSchema), descriptor.name)
    }
    assert.strictEqual(new Set(tools.map(({ descriptor }) => descriptor.name)).size, tools.length)
  })

  it("show the custom fields of a definition", () => {
    const definition = defineCrm({ contact: { tier: Schema.Literals(["gold", "silver"]) } })
    const [create] = crmTools({ allowWrites: true, definition }).filter(
      ({ operation }) => operation === "contacts.create"
    )
    assert.include(JSON.stringify(create?.descriptor.inputSchema), '"gold"')
    assert.notInclude(JSON.stringify(toolOf("contacts.create").descriptor.inputSchema), '"gold"')
  })

  const toRename = toolOf("contacts.update").toRequest

  it.prop(
    "ask for what their arguments say, whatever these are",
    [Schema.NonEmptyString, Schema.String],
    ([id, title]) => {
      const whole = `id_${id.replaceAll(/\p{Cs}/gu, "")}`
      const { body = "", method, path } = Result.getOrThrow(toRename({ contact_id: whole, title }))
      const { hash, pathname, search } = new URL(path, "http://localhost")
      assert.deepStrictEqual([method, search, hash, JSON.parse(body)], ["PUT", "", "", { title }])
      assert.strictEqual(decodeURIComponent(pathname), `/api/v1/crm/contacts/${whole}`)
    }
  )

  it("refuse ids that are none, or a step within the path", () => {
    for (const contact_id of [undefined, null, 1, {}, "", ".", "..", "\ud800"]) {
      assert.isTrue(Result.isFailure(toRename({ contact_id })), String(contact_id))
    }
    for (const contact_id of ["../deals", "%2e%2e", "?a=b", "..."]) {
      assert.isTrue(Result.isSuccess(toRename({ contact_id })), contact_id)
    }
  })
})
