/**
 * A page to read and try the API at `<base path>/docs`. In a module of its own, because it brings a script of 3 MB that
 * a bundle without the page should not carry.
 */
import * as CrmApi from "@clientele/api/CrmApi"
import type { Definition } from "@clientele/core/domain/Definition"
import type * as Layer from "effect/Layer"
import type { HttpRouter } from "effect/http"
import { HttpApiScalar } from "effect/http-api"

export const layer = (
  basePath: `/${string}` = CrmApi.defaultBasePath,
  definition?: Definition
): Layer.Layer<never, never, HttpRouter.HttpRouter> =>
  HttpApiScalar.layer(CrmApi.make(basePath, definition), { path: `${basePath}/docs` })
