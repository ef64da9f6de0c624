/**
 * Traces and metrics for a collector that speaks OTLP. What leaves the process is names, ids of the trace, times and
 * outcomes: of everything else that a span is told, only what is on a short list goes with it, because addresses, errors
 * and log lines may say who a contact is.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Tracer from "effect/Tracer"
import { FetchHttpClient } from "effect/http"
import { OtlpMetrics, OtlpSerialization, OtlpTracer } from "effect/observability"

/** Sends to `/v1/traces` and `/v1/metrics` below an address; without one nothing is sent, nor recorded. */
export const layer = (endpoint: URL | undefined): Layer.Layer<never> => {
  if (endpoint === undefined) return Layer.empty
  const base = endpoint.href.replace(/\/$/, "")
  const traces = Layer.effect(Tracer.Tracer, Effect.map(Tracer.Tracer, discreet)).pipe(
    Layer.provide(OtlpTracer.layer({ url: `${base}/v1/traces`, resource }))
  )
  return Layer.merge(
    traces,
    Layer.effectDiscard(Layer.build(OtlpMetrics.layer({ url: `${base}/v1/metrics`, resource })))
  ).pipe(Layer.provide([FetchHttpClient.layer, OtlpSerialization.layerJson]))
}

// internal

/** A tracer whose spans keep to themselves whatever may be personal. */
const discreet = (tracer: Tracer.Tracer): Tracer.Tracer => ({
  ...tracer,
  span: (options) => withDiscretion(tracer.span(options))
})

const resource = { serviceName: "clientele" }

const allowed = new Set([
  "db.operation.name",
  "db.system.name",
  "http.request.method",
  "http.response.status_code",
  "http.route"
])

const withDiscretion = (span: Tracer.Span): Tracer.Span =>
  new Proxy(span, {
    get: (target, property) => {
      switch (property) {
        case "attribute":
          return (key: string, value: unknown) => {
            if (allowed.has(key)) target.attribute(key, value)
          }
        case "event":
          return () => {}
        case "end":
          return (endTime: bigint, exit: Exit.Exit<unknown, unknown>) =>
            target.end(endTime, Exit.isSuccess(exit) ? Exit.void : Exit.fail("failed"))
        default:
          return Reflect.get(target, property, target)
      }
    }
  })
