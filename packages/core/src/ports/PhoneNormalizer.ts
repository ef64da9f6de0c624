/** Reads phone numbers as people type them. */
import * as Context from "effect/Context"

export class PhoneNormalizer extends Context.Service<
  PhoneNormalizer,
  {
    /** The number in E.164, or null when it cannot be understood. A number with `+` never gets another prefix. */
    readonly toE164: (phone: string) => string | null
  }
>()("@clientele/core/ports/PhoneNormalizer") {}
