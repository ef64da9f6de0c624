/**
 * Suggestions that several contacts are one person: pairs with a probability and the grounds for it, and groups of them.
 *
 * Three steps, each usable by itself. Blocking: contacts that share a key (`blockingKeys`) are candidates, so that the
 * work grows with the contacts and not with their square. Comparing: `compare` weighs what two contacts have in common.
 * Grouping: `group` joins pairs into groups in which everybody may be everybody else. `suggest` does all three in
 * memory, and is the meaning that a database must reproduce.
 *
 * Nothing here merges anything; a suggestion is for a person to decide.
 */
import * as Schema from "effect/Schema"
import { candidatePairs } from "./DuplicatesBlocking.ts"
import { compare, Comparison } from "./DuplicatesCompare.ts"
import { countedValues, type Frequencies, keysOfProfile, type Profile } from "./DuplicatesProfile.ts"
import type { Band, SuggestedBand } from "./DuplicatesWeights.ts"
import { ContactId } from "./Ids.ts"

export { blockLimit, candidatePairs, candidates, largestBlock } from "./DuplicatesBlocking.ts"
export { compare, Comparison, Evidence } from "./DuplicatesCompare.ts"
export {
  blockingKeys,
  type ComparedFields,
  type Frequencies,
  keptKeys,
  keysOfProfile,
  type Profile,
  profile,
  sampleRange
} from "./DuplicatesProfile.ts"
export { Band, bandOf, SuggestedBand, thresholds, weights } from "./DuplicatesWeights.ts"

/** Two contacts that may be one person; `a` is the lesser id. */
export const DuplicatePair = Schema.Struct({ a: ContactId, b: ContactId, ...Comparison.fields }).annotate({
  identifier: "DuplicatePair"
})
export interface DuplicatePair extends Schema.Schema.Type<typeof DuplicatePair> {}

/** Contacts any two of which may be one person, by id; and all of those pairs, the likeliest first. */
export const DuplicateGroup = Schema.Struct({
  contacts: Schema.Array(ContactId),
  pairs: Schema.Array(DuplicatePair)
}).annotate({ identifier: "DuplicateGroup" })
export interface DuplicateGroup extends Schema.Schema.Type<typeof DuplicateGroup> {}

/**
 * Counts the values of contacts, so that rare ones can weigh more. Where the profiles are a sample, `contacts` says out
 * of how many, and the counts are scaled up: a value that is not in the sample is taken to be rare.
 *
 * @example
 * ```ts
 * import { Duplicates } from "@clientele/core"
 *
 * declare const first: Duplicates.Profile
 * declare const second: Duplicates.Profile
 * const frequencies = Duplicates.tally([first, second])
 * Duplicates.compare(first, second, frequencies)
 * ```
 */
export const tally = (profiles: Iterable<Profile>, contacts?: number): Frequencies => {
  const counts = new Map<string, number>()
  let tallied = 0
  for (const profile of profiles) {
    tallied++
    for (const value of countedValues(profile)) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  const all = contacts ?? tallied
  const scale = tallied === 0 ? 1 : all / tallied
  return { contacts: all, count: (value) => (counts.get(value) ?? 0) * scale }
}

/** The pair of two contacts, whatever its band. */
export const pair = (a: Profile, b: Profile, frequencies?: Frequencies): DuplicatePair => {
  const [first, second] = a.id <= b.id ? [a, b] : [b, a]
  return { a: first.id, b: second.id, ...compare(first, second, frequencies) }
}

/**
 * Joins pairs into groups in which any two contacts are a pair that is at least possible. The likeliest pair comes first
 * (of equals the one with the lesser ids), and joins the groups of its two contacts if every contact of the one is paired
 * with every contact of the other; else it joins nothing. So a connected component that is one person stays whole, and one
 * that hangs together by a chain is cut at its weakest links. A pair that is not given is none.
 *
 * With `least` as `likely` or `certain`, weaker pairs join nothing, but still count inside a group.
 *
 * The group with the likeliest pair comes first, of equals the one with the least id. The outcome does not depend on the
 * order of the pairs. Source of the rule: agglomerative clustering with complete linkage, T. Sørensen, "A method of
 * establishing groups of equal amplitude in plant sociology", Biologiske Skrifter 5 (4), 1948; in the order of single
 * links, so that it takes no longer than sorting.
 *
 * @example
 * ```ts
 * import { Duplicates } from "@clientele/core"
 *
 * declare const anna: Duplicates.Profile
 * declare const anne: Duplicates.Profile
 * declare const annette: Duplicates.Profile
 * Duplicates.group([Duplicates.pair(anna, anne), Duplicates.pair(anne, annette)])
 * // anna and annette were no pair: the likelier of the two alone
 * ```
 */
export const group = (
  pairs: Iterable<DuplicatePair>,
  least: SuggestedBand = "possible"
): ReadonlyArray<DuplicateGroup> => {
  const given = [...pairs].filter((pair) => pair.band !== "none").sort(byProbability)
  const partners = partnersIn(given)
  const groups = new Map<ContactId, ReadonlyArray<ContactId>>()
  for (const pair of given) {
    if (!joins(pair, least)) continue
    const { a, b } = pair
    const ofA = groups.get(a) ?? [a]
    const ofB = groups.get(b) ?? [b]
    if (ofA === ofB || !ofA.every((one) => ofB.every((other) => partners.get(one)?.has(other)))) continue
    const joined = [...ofA, ...ofB]
    for (const id of joined) groups.set(id, joined)
  }
  // The pairs are in order, so a group is met first by its likeliest pair.
  const inside = new Map<ReadonlyArray<ContactId>, Array<DuplicatePair>>()
  for (const pair of given) {
    const ofA = groups.get(pair.a)
    if (ofA === undefined || ofA !== groups.get(pair.b)) continue
    const already = inside.get(ofA)
    if (already === undefined) inside.set(ofA, [pair])
    else already.push(pair)
  }
  return Array.from(inside, ([contacts, pairs]) => ({ contacts: [...contacts].sort(byId), pairs })).sort(byBestPair)
}

/**
 * Pairs, and those that they lack: contacts that are connected over others, by pairs of at least a band, are compared too,
 * although they share no key, as long as no more than {@link maxCompleted} hang together.
 */
export const complete = (
  pairs: ReadonlyArray<DuplicatePair>,
  comparePair: (a: ContactId, b: ContactId) => DuplicatePair | undefined,
  least: SuggestedBand = "possible"
): ReadonlyArray<DuplicatePair> => {
  const partners = partnersIn(pairs)
  const lacking = components(partnersIn(pairs.filter((pair) => joins(pair, least))))
    .filter((component) => component.length <= maxCompleted)
    .flatMap((component) =>
      component.flatMap((one, index) =>
        component.slice(index + 1).flatMap((other) => {
          const found = partners.get(one)?.has(other) ? undefined : comparePair(one, other)
          return found === undefined || found.band === "none" ? [] : [found]
        })
      )
    )
  return [...pairs, ...lacking]
}

/**
 * The groups among contacts: candidates by their blocking keys, compared with the counts of their values, and grouped.
 *
 * @example
 * ```ts
 * import { type ContactRecord, Duplicates } from "@clientele/core"
 *
 * declare const contacts: ReadonlyArray<ContactRecord.ContactRecord>
 * Duplicates.suggest(contacts.map(({ id, fields }) => Duplicates.profile(id, fields)))
 * // [{ contacts: ["contact_1", "contact_7"], pairs: [{ a: "contact_1", b: "contact_7", band: "certain", … }] }, …]
 * ```
 */
export const suggest = (
  profiles: Iterable<Profile>,
  least: SuggestedBand = "possible"
): ReadonlyArray<DuplicateGroup> => {
  const ordered = [...profiles].sort((a, b) => byId(a.id, b.id))
  const byContact = new Map(ordered.map((profile) => [profile.id, profile]))
  const frequencies = tally(ordered)
  const keyed = ordered.map((profile) => ({ profile, keys: keysOfProfile(profile) }))
  const found = Array.from(candidatePairs(keyed), ([a, b]) => pair(a.profile, b.profile, frequencies)).filter(
    ({ band }) => band !== "none"
  )
  const comparePair = (one: ContactId, other: ContactId) => {
    const [a, b] = [byContact.get(one), byContact.get(other)]
    return a === undefined || b === undefined ? undefined : pair(a, b, frequencies)
  }
  return group(complete(found, comparePair, least), least)
}

/** The most contacts in a connected component that are all compared with each other. */
export const maxCompleted = 32

/** Whether a pair is of at least a band, and so may join its contacts. */
export const joins = ({ band }: Pick<DuplicatePair, "band">, least: SuggestedBand): boolean => rank[band] <= rank[least]

// internal

const rank: { readonly [band in Band]: number } = { certain: 0, likely: 1, possible: 2, none: 3 }

const byId = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const byProbability = (one: DuplicatePair, other: DuplicatePair): number =>
  other.probability - one.probability || byId(one.a, other.a) || byId(one.b, other.b)

const byBestPair = (one: DuplicateGroup, other: DuplicateGroup): number =>
  (other.pairs[0]?.probability ?? 0) - (one.pairs[0]?.probability ?? 0) ||
  byId(one.contacts[0] ?? "", other.contacts[0] ?? "")

type Partners = ReadonlyMap<ContactId, ReadonlySet<ContactId>>

const partnersIn = (pairs: Iterable<DuplicatePair>): Partners => {
  const partners = new Map<ContactId, Set<ContactId>>()
  const add = (one: ContactId, other: ContactId) => {
    const already = partners.get(one)
    if (already === undefined) partners.set(one, new Set([other]))
    else already.add(other)
  }
  for (const { a, b } of pairs) {
    add(a, b)
    add(b, a)
  }
  return partners
}

const components = (partners: Partners): ReadonlyArray<ReadonlyArray<ContactId>> => {
  const seen = new Set<ContactId>()
  const found: Array<Array<ContactId>> = []
  for (const start of partners.keys()) {
    if (seen.has(start)) continue
    seen.add(start)
    const component = [start]
    for (const id of component) {
      for (const partner of partners.get(id) ?? []) {
        if (seen.has(partner)) continue
        seen.add(partner)
        component.push(partner)
      }
    }
    found.push(component)
  }
  return found
}
