/**
 * Erased e-mail addresses as HMAC-SHA-256 under a key of the tenant's own.
 *
 * The key is made at first use and kept in the tenant's settings. It is not configuration, because an erasure has to
 * outlive every restart and move of the database: with a key that is lost or different the erased would quietly come
 * back. So the hashes say nothing to whoever sees them alone, and cannot be compared between tenants; whoever has the
 * whole database can ask it about an address, as an import does.
 */
import type { TenantId } from "@clientele/core/domain/Ids"
import { ErasedEmails } from "@clientele/core/ports/ErasedEmails"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Mac from "effect/crypto/Mac"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Hex from "effect/encoding/Hex"
import * as SqlClient from "effect/sql/SqlClient"
import { Dialect } from "./Dialect.ts"
import { decodeRows, toStorageError } from "./internal/storage.ts"
import { TablePrefix, tables } from "./Table.ts"

export const layerNoDeps: Layer.Layer<
  ErasedEmails,
  never,
  Dialect | Mac.Mac | SecureRandom.SecureRandom | SqlClient.SqlClient
> = Layer.effect(
  ErasedEmails,
  Effect.gen(function* () {
    const sql = (yield* SqlClient.SqlClient).withoutTransforms()
    const dialect = yield* Dialect
    const mac = yield* Mac.Mac
    const random = yield* SecureRandom.SecureRandom
    const { erasedEmails, settings } = tables(yield* TablePrefix)

    const ofKey = (tenantId: TenantId) => sql`tenant_id = ${tenantId} AND name = ${keySetting}`

    const readKey = (tenantId: TenantId) =>
      decodeKeys(sql`SELECT value FROM ${sql(settings.name)} WHERE ${ofKey(tenantId)}`)

    /** The key of a tenant that has anything to compare with: most have not, and then nothing is hashed. */
    const keyInUse = (tenantId: TenantId) =>
      decodeKeys(sql`
        SELECT value FROM ${sql(settings.name)} WHERE ${ofKey(tenantId)}
          AND EXISTS (SELECT 1 FROM ${sql(erasedEmails.name)} WHERE tenant_id = ${tenantId})`)

    const ensureKey = Effect.fnUntraced(function* (tenantId: TenantId) {
      const [known] = yield* readKey(tenantId)
      if (known !== undefined) return known
      const value = yield* random.randomBytes(keyLength)
      yield* dialect.insert(
        settings,
        [{ tenant_id: tenantId, name: keySetting, value: Hex.encode(value) }],
        "ON CONFLICT DO NOTHING"
      )
      // Another process may have been quicker.
      const [kept] = yield* readKey(tenantId)
      return kept ?? { value }
    })

    // Only a runtime without WebCrypto fails here, and there nothing would help.
    const hashAll = Effect.fnUntraced(function* (value: Uint8Array, emailKeys: ReadonlyArray<string>) {
      const key = yield* Mac.key(Mac.hmacSha256, value)
      return yield* Effect.forEach([...new Set(emailKeys)], (emailKey) =>
        Effect.map(mac.sign(key, utf8(emailKey)), (tag) => ({ emailKey, hash: Hex.encode(tag) }))
      )
    }, Effect.orDie)

    const remember = Effect.fn("ErasedEmails.remember")(
      function* (tenantId: TenantId, emailKeys: ReadonlyArray<string>) {
        if (emailKeys.length === 0) return
        const hashes = yield* hashAll((yield* ensureKey(tenantId)).value, emailKeys)
        yield* dialect.insert(
          erasedEmails,
          hashes.map(({ hash }) => ({ tenant_id: tenantId, email_hash: hash })),
          "ON CONFLICT DO NOTHING"
        )
      },
      Effect.mapError(toStorageError("ErasedEmails.remember"))
    )

    const among = Effect.fn("ErasedEmails.among")(
      function* (tenantId: TenantId, emailKeys: ReadonlyArray<string>) {
        const [key] = emailKeys.length === 0 ? [] : yield* keyInUse(tenantId)
        if (key === undefined) return new Set<string>()
        const hashes = yield* hashAll(key.value, emailKeys)
        const found = yield* decodeHashes(sql`
          SELECT email_hash FROM ${sql(erasedEmails.name)}
          WHERE tenant_id = ${tenantId} AND email_hash ${dialect.among(hashes.map(({ hash }) => hash))}`)
        const erased = new Set(found.map(({ email_hash }) => email_hash))
        return new Set(hashes.flatMap(({ emailKey, hash }) => (erased.has(hash) ? [emailKey] : [])))
      },
      Effect.mapError(toStorageError("ErasedEmails.among"))
    )

    const forget = Effect.fn("ErasedEmails.forget")(
      function* (tenantId: TenantId, emailKeys: ReadonlyArray<string>) {
        const [key] = emailKeys.length === 0 ? [] : yield* keyInUse(tenantId)
        if (key === undefined) return
        const hashes = yield* hashAll(key.value, emailKeys)
        yield* sql`
          DELETE FROM ${sql(erasedEmails.name)}
          WHERE tenant_id = ${tenantId} AND email_hash ${dialect.among(hashes.map(({ hash }) => hash))}`
      },
      Effect.mapError(toStorageError("ErasedEmails.forget"))
    )

    return ErasedEmails.of({ remember, among, forget })
  })
)

/** With the WebCrypto of the runtime. */
export const layer: Layer.Layer<ErasedEmails, never, Dialect | SqlClient.SqlClient> = layerNoDeps.pipe(
  Layer.provide(Mac.layerWebCrypto),
  Layer.provide(SecureRandom.layerWebCrypto)
)

// internal

// Standard in every JavaScript runtime.
declare const TextEncoder: new () => { encode(text: string): Uint8Array }

const encoder = new TextEncoder()

const utf8 = (text: string): Uint8Array => encoder.encode(text)

const keySetting = "erased_emails_key"
const keyLength = 32

const decodeKeys = decodeRows(Schema.Struct({ value: Schema.Uint8ArrayFromHex }))
const decodeHashes = decodeRows(Schema.Struct({ email_hash: Schema.String }))
