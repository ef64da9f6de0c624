/** What is counted of requests: how many there were of a route, how they ended, how long they took. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import type { HttpRouter, HttpServerResponse } from "effect/http"
import { PrometheusMetrics } from "effect/observability"

/** Where the route is noted that a request is for, by its pattern and so without any id. */
export const CurrentRoute = Context.Reference<{ pattern: string } | undefined>("@clientele/http/CurrentRoute", {
  defaultValue: () => undefined
})

/** `GET /metrics` for Prometheus, at the root and without a token: numbers, and no word of what was asked. */
export const layer: Layer.Layer<never, never, HttpRouter.HttpRouter> = PrometheusMetrics.layerHttp()

/** Counts a request, and how long its answer took. */
export const observed = <E, R>(
  method: string,
  handled: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R> =>
  Effect.flatMap(Clock.monotonicTimeNanos, (start) => {
    const route = { pattern: "none" }
    return handled.pipe(
      Effect.provideService(CurrentRoute, route),
      Effect.tap(({ status }) =>
        Effect.flatMap(Clock.monotonicTimeNanos, (end) =>
          Effect.andThen(
            Metric.update(Metric.withAttributes(requests, { method, route: route.pattern, status: String(status) }), 1),
            Metric.update(
              Metric.withAttributes(durations, { method, route: route.pattern }),
              Number(end - start) / 1_000_000_000
            )
          )
        )
      )
    )
  })

// internal

const requests = Metric.counter("clientele_http_requests_total", {
  description: "Requests that were answered",
  incremental: true
})

const durations = Metric.histogram("clientele_http_request_duration_seconds", {
  description: "How long requests took until they were answered",
  boundaries: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
})
