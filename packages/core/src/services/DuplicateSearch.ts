/**
 * One search for duplicates over the store: whom to compare with whom, read in sets, each contact and each pair once. It
 * finds what `Duplicates.suggest` finds among all contacts, for a few of them.
 */
import * as Effect from "effect/Effect"
import * as Duplicates from "../domain/Duplicates.ts"
import type { StorageError } from "../domain/Errors.ts"
import type { ContactId, TenantId } from "../domain/Ids.ts"
import type { ComparedContact, DuplicateStore } from "../ports/DuplicateStore.ts"

export const make = (options: {
  readonly store: DuplicateStore["Service"]
  readonly tenantId: TenantId
  readonly frequencies: Duplicates.Frequencies
  readonly minBand: Duplicates.SuggestedBand
}) => {
  const { frequencies, minBand, store, tenantId } = options
  const profiles = new Map<ContactId, Duplicates.Profile>()
  const compared = new Set<string>()
  const possible: Array<Duplicates.DuplicatePair> = []
  /** Who is joined by pairs of the band that is asked for. */
  const partners = new Map<ContactId, Array<ContactId>>()

  const add = (contacts: ReadonlyArray<ComparedContact>) => {
    for (const { fields, id } of contacts) profiles.set(id, Duplicates.profile(id, fields))
  }

  const comparePair = (one: ContactId, other: ContactId): Duplicates.DuplicatePair | undefined => {
    const [a, b] = [profiles.get(one), profiles.get(other)]
    return a === undefined || b === undefined ? undefined : Duplicates.pair(a, b, frequencies)
  }

  /** Who has the keys of contacts; those who have an over-large one only where another one can cut it. */
  const membersOf = Effect.fnUntraced(function* (keysOf: ReadonlyArray<ReadonlyArray<string>>) {
    const blocks = yield* store.members(tenantId, [...new Set(keysOf.flat())], Duplicates.blockLimit + 1)
    const isLarge = (key: string) => (blocks.get(key)?.length ?? 0) > Duplicates.blockLimit
    const cut = keysOf.map((keys) => keys.filter(isLarge)).filter((large) => large.length > 1)
    const whole =
      cut.length === 0 ? blocks : yield* store.members(tenantId, [...new Set(cut.flat())], Duplicates.largestBlock + 1)
    return (key: string) => whole.get(key) ?? blocks.get(key) ?? []
  })

  /** Compares contacts, whose profiles are known, with those candidates of theirs that are wanted. */
  const compareAll = Effect.fnUntraced(function* (
    ids: ReadonlyArray<ContactId>,
    isWanted: (id: ContactId, candidate: ContactId) => boolean
  ) {
    const own = ids
      .flatMap((id) => profiles.get(id) ?? [])
      .map((profile) => ({ id: profile.id, keys: Duplicates.keysOfProfile(profile) }))
    const members = yield* membersOf(own.map(({ keys }) => keys))
    const toCompare = own.flatMap(({ id, keys }) =>
      Array.from(Duplicates.candidates(keys, members))
        .filter((other) => other !== id && isWanted(id, other) && !compared.has(pairKey(id, other)))
        .map((other) => [id, other] as const)
    )
    const unread = new Set(toCompare.map(([, other]) => other).filter((other) => !profiles.has(other)))
    if (unread.size > 0) add(yield* store.find(tenantId, [...unread]))
    for (const [id, other] of toCompare) {
      const key = pairKey(id, other)
      if (compared.has(key)) continue
      compared.add(key)
      const pair = comparePair(id, other)
      if (pair === undefined || pair.band === "none") continue
      possible.push(pair)
      if (!Duplicates.joins(pair, minBand)) continue
      partners.set(id, [...(partners.get(id) ?? []), other])
      partners.set(other, [...(partners.get(other) ?? []), id])
    }
    // Comparing keeps the thread, and others wait for it.
    yield* Effect.yieldNow
  })

  /** Follows partners to their partners, until everything is known that hangs together with the contacts. */
  const follow = Effect.fnUntraced(function* (ids: ReadonlyArray<ContactId>) {
    const followed = new Set<ContactId>()
    let next: ReadonlyArray<ContactId> = ids
    while (next.length > 0 && followed.size < ids.length + mostFollowed) {
      for (const id of next) followed.add(id)
      yield* compareAll(next, () => true)
      next = [...new Set(next.flatMap((id) => partners.get(id) ?? []))].filter((id) => !followed.has(id))
    }
  })

  const groups = () => Duplicates.group(Duplicates.complete(possible, comparePair, minBand), minBand)

  /** The groups whose greatest id is one of the contacts, by it. */
  const ledBy = Effect.fnUntraced(function* (
    contacts: ReadonlyArray<ComparedContact>
  ): Effect.fn.Return<ReadonlyMap<ContactId, Duplicates.DuplicateGroup>, StorageError> {
    add(contacts)
    const ids = contacts.map(({ id }) => id)
    // Who leads has partners below, and most have none: so these come first, and only for those who have, the others.
    yield* compareAll(ids, (id, candidate) => candidate < id)
    yield* follow(ids.filter((id) => partners.get(id)?.some((partner) => partner < id)))
    return new Map(groups().flatMap((group) => group.contacts.slice(-1).map((id) => [id, group] as const)))
  })

  /** The group of a contact, if it has one. */
  const containing = Effect.fnUntraced(function* (
    contact: ReadonlyArray<ComparedContact>
  ): Effect.fn.Return<ReadonlyArray<Duplicates.DuplicateGroup>, StorageError> {
    add(contact)
    const ids = contact.map(({ id }) => id)
    yield* follow(ids)
    return groups().filter(({ contacts }) => ids.some((id) => contacts.includes(id)))
  })

  return { ledBy, containing }
}

// internal

/** At most so many contacts are followed from those asked for: far more than one person can have records. */
const mostFollowed = 1_000

const pairKey = (one: ContactId, other: ContactId): string => (one < other ? `${one}\n${other}` : `${other}\n${one}`)
