/** The paths of enrichment that are fields of contacts, too, and what filling them changes. */
import * as Schema from "effect/Schema"
import { type ContactUpdate, settableFields } from "./Contact.ts"
import type { ContactFields } from "./ContactRecord.ts"

/** Networks whose profiles are kept with the contact; whatever else is known of social life is no profile. */
const networks = [
  "bluesky",
  "facebook",
  "github",
  "instagram",
  "linkedin",
  "mastodon",
  "tiktok",
  "twitter",
  "xing",
  "youtube"
]

/**
 * The texts that go into a contact's own fields, by path: into those that are empty, or, when values may be overwritten,
 * hold another text. A value that the field cannot hold is left out.
 */
export const ownTexts = (
  fields: ContactFields,
  values: ReadonlyMap<string, Schema.Json>,
  overwrite: boolean
): ReadonlyMap<string, string> =>
  new Map(
    [...values].flatMap(([path, value]) => {
      const own = ownFields.get(path)
      if (own === undefined || typeof value !== "string" || !own.holds(value)) return []
      const current = own.read(fields)
      return current === value || (current !== null && !overwrite) ? [] : [[path, value] as const]
    })
  )

/** The update that puts texts into a contact's own fields. */
export const toUpdate = (texts: ReadonlyMap<string, string>): ContactUpdate => {
  const company = texts.get(companyPath)
  const title = texts.get(titlePath)
  const social = networks.flatMap((network) => {
    const profile = texts.get(`social.${network}`)
    return profile === undefined ? [] : [[network, profile] as const]
  })
  return {
    ...(company !== undefined && { company }),
    ...(title !== undefined && { title }),
    ...(social.length > 0 && { social: Object.fromEntries(social) })
  }
}

// internal

const companyPath = "company.name"
const titlePath = "contact.title"

interface OwnField {
  readonly read: (fields: ContactFields) => string | null
  readonly holds: (text: string) => boolean
}

const holdsShortText = Schema.is(settableFields.company.schema)
const holdsProfiles = Schema.is(settableFields.social.schema)

const profile = (network: string): OwnField => ({
  read: ({ social }) => (Object.hasOwn(social, network) ? (social[network] ?? null) : null),
  holds: (text) => holdsProfiles({ [network]: text })
})

const ownFields: ReadonlyMap<string, OwnField> = new Map([
  [companyPath, { read: ({ company }: ContactFields) => company, holds: holdsShortText }],
  [titlePath, { read: ({ title }: ContactFields) => title, holds: holdsShortText }],
  ...networks.map((network) => [`social.${network}`, profile(network)] as const)
])
