/** The domain of a contact's address, in ASCII and lower case. */
import { Email } from "@clientele/core"

export const domainOf = (email: string | null): string | undefined => {
  const key = email === null ? undefined : Email.key(email)
  return key?.slice(key.indexOf("@") + 1)
}
