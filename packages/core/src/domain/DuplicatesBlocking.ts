/**
 * Which contacts are worth comparing: those that share a blocking key, in blocks small enough to compare.
 *
 * A block of more than `limit` contacts (a frequent name, the street of a large firm) is cut by the next key: only those
 * that share a second over-large key too are compared, and if they still are too many, those that share a third. What is
 * over the limit then says nothing about a person and is skipped. A contact has at most sixteen keys, so the pairs are at
 * most proportional to the contacts, and so is the time.
 */

/** Whatever has blocking keys. */
interface Keyed {
  readonly keys: ReadonlyArray<string>
}

/** The most contacts in a block that are compared with each other. */
export const blockLimit = 20

/** The most contacts in a block that is cut by other keys; of more, a key says nothing even together with others. */
export const largestBlock = 1_000

/**
 * The contacts to compare one contact with, and itself: `membersOf` answers all that have a key, or more than
 * {@link largestBlock} of them.
 */
export const candidates = <M>(
  keys: ReadonlyArray<string>,
  membersOf: (key: string) => ReadonlyArray<M>,
  limit = blockLimit
): ReadonlySet<M> => {
  const found = new Set<M>()
  const cut = (block: ReadonlyArray<M>, others: ReadonlyArray<ReadonlyArray<M>>, keysLeft: number) => {
    if (block.length <= limit) for (const member of block) found.add(member)
    else if (keysLeft > 0) {
      for (const [index, other] of others.entries()) cut(inBoth(block, other), others.slice(index + 1), keysLeft - 1)
    }
  }
  const large: Array<ReadonlyArray<M>> = []
  for (const key of keys) {
    const block = membersOf(key)
    if (block.length <= limit) cut(block, [], 0)
    else if (block.length <= largestBlock) large.push(block)
  }
  for (const [index, block] of large.entries()) cut(block, large.slice(index + 1), maxKeysTogether - 1)
  return found
}

/**
 * The pairs of contacts to compare, each once, in the order of the profiles.
 *
 * @example
 * ```ts
 * import { Duplicates } from "@clientele/core"
 *
 * declare const profiles: ReadonlyArray<Duplicates.Profile>
 * const keyed = profiles.map((profile) => ({ profile, keys: Duplicates.keysOfProfile(profile) }))
 * for (const [a, b] of Duplicates.candidatePairs(keyed)) Duplicates.compare(a.profile, b.profile)
 * ```
 */
export function* candidatePairs<P extends Keyed>(
  profiles: ReadonlyArray<P>,
  limit = blockLimit
): Generator<readonly [P, P]> {
  const blocks = new Map<string, Array<P>>()
  const places = new Map<P, number>()
  for (const [place, profile] of profiles.entries()) {
    places.set(profile, place)
    for (const key of profile.keys) {
      const block = blocks.get(key)
      if (block === undefined) blocks.set(key, [profile])
      else block.push(profile)
    }
  }
  for (const [place, profile] of profiles.entries()) {
    for (const other of candidates(profile.keys, (key) => blocks.get(key) ?? [], limit)) {
      if ((places.get(other) ?? 0) > place) yield [profile, other]
    }
  }
}

// internal

const maxKeysTogether = 3

const inBoth = <M>(block: ReadonlyArray<M>, other: ReadonlyArray<M>): ReadonlyArray<M> => {
  const members = new Set(other)
  return block.filter((member) => members.has(member))
}
