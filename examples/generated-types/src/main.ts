/** Types for clients in the hands of others: a generator of theirs, and a linter, on the OpenAPI document. */
import * as CrmApi from "@clientele/api/CrmApi"
import { createConfig, lintFromString } from "@redocly/openapi-core"
import { OpenApi } from "effect/http-api"
import { writeFileSync } from "node:fs"
import openapiTypes, { astToString } from "openapi-typescript"

const document = JSON.stringify(OpenApi.fromApi(CrmApi.make()))

const config = await createConfig({ extends: ["recommended"] })
for (const { message, ruleId, severity } of await lintFromString({ source: document, config })) {
  if (severity === "error") console.log(ruleId, message)
}

writeFileSync("crm.ts", astToString(await openapiTypes(document)))
