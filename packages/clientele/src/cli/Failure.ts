/** What stops a command, as the one line that people read: which variable to look at, and what the cause said. */
import { StorageError } from "@clientele/core/domain/Errors"
import { InvalidTokensConfig } from "@clientele/http/Tokens"
import { MigrationError } from "@clientele/sql/Migrations"
import * as Effect from "effect/Effect"
import { CliError } from "effect/cli"
import { HttpServerError } from "effect/http"
import { isSqlError } from "effect/sql/SqlError"

/** Makes any failure of a command one that the command line prints in one line, and exits with 1 after. */
export const explained = <A, E extends Error, R>(
  self: Effect.Effect<A, E, R>
): Effect.Effect<A, CliError.UserError, R> =>
  Effect.catch(self, (error) => Effect.fail(new CliError.UserError({ cause: error, userMessage: explain(error) })))

/** The line. Errors of the domain say it themselves. */
export const explain = (error: Error): string => {
  if (error instanceof InvalidTokensConfig) {
    return `${tokenVariables[error.setting] ?? "CLIENTELE_JWT_SECRET"}: ${error.reason}`
  }
  if (error instanceof HttpServerError.ServeError) {
    return `CLIENTELE_HOST, CLIENTELE_PORT: cannot listen there (${String(error.cause)})`
  }
  if (error instanceof StorageError || isSqlError(error)) {
    return `CLIENTELE_DATABASE_URL: the database cannot be used (${rootMessage(error)})`
  }
  if (error instanceof MigrationError && error.reason === "pending") {
    return `${error.message}: run clientele migrate`
  }
  return error.message
}

// internal

const tokenVariables: { readonly [setting: string]: string } = {
  publicKey: "CLIENTELE_JWT_PUBLIC_KEY",
  jwksUrl: "CLIENTELE_JWT_JWKS_URL",
  issuer: "CLIENTELE_JWT_ISSUER",
  audience: "CLIENTELE_JWT_AUDIENCE"
}

/** The message of the innermost cause: what the driver said, not how we wrapped it. */
const rootMessage = (error: Error): string => {
  const inner = "reason" in error && error.reason instanceof Error ? error.reason : error.cause
  return inner instanceof Error ? rootMessage(inner) : error.message
}
