/** What the OpenAPI document says of custom fields that are defined, and what is accepted. */
import * as CrmApi from "@clientele/api/CrmApi"
import { type CustomFields, type Definition, defineCrm } from "@clientele/core"
import { Generators } from "@clientele/testing"
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Result, Schema } from "effect"
import { OpenApi } from "effect/http-api"
import * as fc from "fast-check"

const contact = {
  tier: Schema.Literals(["gold", "silver"]).annotate({ identifier: "Tier" }),
  seats: Schema.Int,
  roles: Schema.Array(Schema.String),
  renews_on: Schema.DateTimeUtcFromString
}

const documentOf = (definition?: Definition.Definition) => OpenApi.fromApi(CrmApi.make("/crm", definition))

const validatorsOf = (definition: Definition.Definition) => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(documentOf(definition), "api")
  const of = (name: string) => ajv.compile({ $ref: `api#/components/schemas/${name}` })
  return {
    create: of("ContactCreateEncoded"),
    update: of("ContactUpdateEncoded"),
    bulk: of("BulkUpdateRequestEncoded")
  }
}

const customFields: fc.Arbitrary<CustomFields.CustomFieldsPatch> = fc.oneof(
  Generators.customFieldsPatch,
  fc.record(
    {
      tier: fc.constantFrom("gold", "bronze", null),
      seats: fc.constantFrom(5, 1.5, "5", null),
      roles: fc.constantFrom(["a"], [], "a", null),
      renews_on: fc.constantFrom("2027-01-01", 5, null),
      other: fc.constantFrom("x", null)
    },
    { requiredKeys: [] }
  )
)

describe("the document of an API with a definition", () => {
  it.each([false, true])("describes what is accepted, and nothing else (open: %s)", (open) => {
    const definition = defineCrm({ contact, open })
    const { bulk, create, update } = validatorsOf(definition)
    fc.assert(
      fc.property(customFields, (custom_fields) => {
        const isAccepted = Result.isSuccess(definition.contact.normalise(custom_fields))
        assert.deepStrictEqual(
          [
            create({ name: "Jane", custom_fields }),
            update({ custom_fields }),
            bulk({ contact_ids: ["contact_1"], updates: { custom_fields } })
          ],
          [isAccepted, isAccepted, isAccepted],
          JSON.stringify(custom_fields)
        )
      })
    )
  })

  it("is the same as ever without one", () => {
    assert.deepStrictEqual(documentOf(defineCrm({ contact: {}, open: true })), documentOf())
    assert.notDeepEqual(documentOf(defineCrm({ contact, open: true })), documentOf())
  })
})
