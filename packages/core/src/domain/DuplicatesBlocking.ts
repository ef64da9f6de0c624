/**
 * Which contacts are worth comparing: those that share a blocking key, in blocks small enough to compare.
 *
 * A block of more than `limit` contacts (a frequent name, the street of a large firm) is cut by the next key: only those
 * that share a second over-large key too are compared, and if they still are too many, those that share a third. What is
 * over the limit then says nothing about a person and is skipped. A contact has at most sixteen keys, so the pairs are at
 * most proportional to the contacts, and so is the time.
 */
import type { Profile } from "./DuplicatesProfile.ts"

/** The most contacts in a block that are compared with each other. */
export const blockLimit = 20

/**
 * The pairs of contacts to compare, each once, in the order of the profiles.
 *
 * @example
 * ```ts
 * for (const [a, b] of candidatePairs(profiles)) compare(a, b)
 * ```
 */
export function* candidatePairs<P extends Pick<Profile, "keys">>(
  profiles: ReadonlyArray<P>,
  limit = blockLimit
): Generator<readonly [P, P]> {
  const blocks = blocksOf(profiles, limit)
  const blocksWith = profiles.map((): Array<ReadonlyArray<number>> => [])
  for (const block of blocks) for (const member of block) blocksWith[member]?.push(block)
  // The last contact that each one was paired with: members of several common blocks are paired once.
  const pairedWith = new Int32Array(profiles.length).fill(-1)
  for (const [index, profile] of profiles.entries()) {
    for (const block of blocksWith[index] ?? []) {
      for (const other of block) {
        const partner = profiles[other]
        if (other <= index || pairedWith[other] === index || partner === undefined) continue
        pairedWith[other] = index
        yield [profile, partner]
      }
    }
  }
}

// internal

const maxKeysTogether = 3

type Members = ReadonlyArray<number>

/** Keys of a contact that are to be looked for together; `next` is where in its list the key to add begins. */
interface Compound {
  readonly key: string
  readonly next: number
}

const blocksOf = (profiles: ReadonlyArray<Pick<Profile, "keys">>, limit: number): ReadonlyArray<Members> => {
  const found: Array<Members> = []
  const single = collect(profiles.map(({ keys }) => keys))
  const large = new Set<string>()
  for (const [key, members] of single) {
    if (members.length > limit) large.add(key)
    else if (members.length > 1) found.push(members)
  }
  // In one order everywhere, so that the same keys make the same compound.
  const largeKeys = profiles.map(({ keys }) => (large.size === 0 ? [] : keys.filter((key) => large.has(key)).sort()))
  let compounds: ReadonlyArray<ReadonlyArray<Compound>> = largeKeys.map((keys) =>
    keys.map((key, index) => ({ key, next: index + 1 }))
  )
  for (let together = 2; together <= maxKeysTogether; together++) {
    const longer = compounds.map((ofOne, contact) => {
      const keys = largeKeys[contact] ?? []
      return ofOne.flatMap(({ key, next }) =>
        keys.slice(next).map((added, index) => ({ key: `${key}\n${added}`, next: next + index + 1 }))
      )
    })
    const still = new Set<string>()
    for (const [key, members] of collect(longer.map((ofOne) => ofOne.map(({ key }) => key)))) {
      if (members.length > limit) still.add(key)
      else if (members.length > 1) found.push(members)
    }
    if (still.size === 0) break
    compounds = longer.map((ofOne) => ofOne.filter(({ key }) => still.has(key)))
  }
  return found
}

const collect = (keysOfContacts: ReadonlyArray<ReadonlyArray<string>>): ReadonlyMap<string, Members> => {
  const blocks = new Map<string, Array<number>>()
  for (const [contact, keys] of keysOfContacts.entries()) {
    for (const key of keys) {
      const block = blocks.get(key)
      if (block === undefined) blocks.set(key, [contact])
      else block.push(contact)
    }
  }
  return blocks
}
