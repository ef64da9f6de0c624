/** The configuration of a server for people to read, without what is secret in it. */
import type { TokenKey } from "@clientele/http/Tokens"
import * as BigDecimal from "effect/BigDecimal"
import * as ByteSize from "effect/ByteSize"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import type { Database, ServerConfig } from "../ServerConfig.ts"

/** A line for each setting, as it came out. */
export const describe = (config: ServerConfig): string =>
  Object.entries({
    serves: `http://${config.host}:${config.port}${config.basePath}`,
    database: describeDatabase(config.database),
    synchronous: config.database._tag === "Sqlite" ? config.synchronous : "",
    key: describeKey(config.key),
    issuer: config.issuer ?? "",
    audience: config.audience ?? "",
    currency: config.currency,
    rates: [...config.exchangeRates].map(([currency, rate]) => `${currency}=${BigDecimal.format(rate)}`).join(","),
    zone: DateTime.zoneToString(config.timeZone),
    region: config.phoneRegion ?? "",
    enrichment:
      config.enrichment === undefined ? "" : `${config.enrichment.name} at ${new URL(config.enrichment.url).origin}`,
    bodies: `at most ${ByteSize.format(config.maxBody, { system: "decimal" })}, uploads ${ByteSize.format(config.maxUpload, { system: "decimal" })}`,
    log: config.logLevel
  })
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name.padEnd(13)}${value}`)
    .join("\n")

// internal

const describeDatabase = (database: Database): string => {
  if (database._tag === "Sqlite") return `sqlite:${database.filename}`
  const text = Redacted.value(database.url)
  if (!URL.canParse(text)) return "postgres, at a URL that cannot be read"
  const { host, pathname, username } = new URL(text)
  return `postgres://${username === "" ? "" : `${username}@`}${host}${pathname}`
}

const describeKey = (key: TokenKey | undefined): string => {
  switch (key?._tag) {
    case undefined:
      return "none: a demonstration, for this machine only"
    case "Secret":
      return "a shared secret"
    case "PublicKey":
      return "a public key"
    case "Jwks":
      return `a set of keys at ${key.url.origin}${key.url.pathname}`
  }
}
