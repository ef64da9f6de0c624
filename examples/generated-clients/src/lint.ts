/**
 * What a linter of others has to say of the OpenAPI document, by the rules that OWASP's list of risks comes to. Prints each
 * error on a line of its own.
 */
import * as CrmApi from "@clientele/api/CrmApi"
import spectral from "@stoplight/spectral-core"
import owasp from "@stoplight/spectral-owasp-ruleset"
import { OpenApi } from "effect/http-api"

// CommonJS whose types speak of a default within the default, where Node gives what is in it.
// oxlint-disable-next-line import/no-named-as-default-member -- it is that member which is meant
const ruleset = owasp.default ?? owasp
const { rules } = ruleset

/** What callers send, by type: parameters of queries, and bodies. */
const asked = (type: string) => [
  `$.paths[*][*].parameters[?(@.in=='query')]..[?(@ && @.type=='${type}')]`,
  `$.paths[*][*].requestBody.content['application/json']..[?(@ && @.type=='${type}')]`
]

const ofRequests = (rule: keyof typeof rules, type: string) => ({ [rule]: { ...rules[rule], given: asked(type) } })

const linter = new spectral.Spectral()
linter.setRuleset({
  extends: [ruleset],
  rules: {
    // What is answered is bounded by what was taken, and a limit there would turn into a break of clients when it grows.
    // Ids in paths may be of any length: what names nothing is not found.
    ...ofRequests("owasp:api4:2023-string-limit", "string"),
    ...ofRequests("owasp:api4:2023-array-limit", "array"),
    ...ofRequests("owasp:api4:2023-integer-format", "integer"),
    // Names, notes and addresses are whatever people write.
    "owasp:api4:2023-string-restricted": "off",
    // There is no limit of rate unless the operator sets one; 429 says when to come back.
    "owasp:api4:2023-rate-limit": "off",
    // Whoever serves the document says who may call: its only server is the one that it came from.
    "owasp:api9:2023-inventory-access": "off"
  }
})

for (const { code, message, path, severity } of await linter.run(JSON.stringify(OpenApi.fromApi(CrmApi.make())))) {
  if (severity === 0) console.log(code, path.join("/"), message)
}
