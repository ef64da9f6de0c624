/** Clients in the hands of others: two generators of theirs write one each, from the OpenAPI document, into this folder. */
import * as CrmApi from "@clientele/api/CrmApi"
import { createClient } from "@hey-api/openapi-ts"
import { OpenApi } from "effect/http-api"
import { writeFileSync } from "node:fs"
import { generate } from "orval"

const document = "crm.json"
writeFileSync(document, JSON.stringify(OpenApi.fromApi(CrmApi.make())))

await createClient({
  input: document,
  output: { path: "hey-api", module: { extension: ".ts" } },
  plugins: ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
  logs: { level: "silent" }
})

await generate({
  input: { target: document },
  output: { target: "orval/crm.ts", client: "fetch", baseUrl: { runtime: "globalThis.crmOrigin" } }
})
