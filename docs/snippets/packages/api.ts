import { CrmApi } from "@clientele/api"
import { OpenApi } from "effect/http-api"

export const document = OpenApi.fromApi(CrmApi.make("/api/v1/crm"))
