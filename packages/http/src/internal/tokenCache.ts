/**
 * A bounded map that forgets what was not asked for lately.
 *
 * Two generations stand in for an exact order of use: an entry that is read moves to the young one, and when that is
 * full the old one is dropped whole. Reading costs one or two look-ups, whatever the size; at most `capacity` entries
 * are held, and the most recently used half of them always is.
 */
export interface TokenCache<A> {
  readonly get: (key: string) => A | undefined
  readonly set: (key: string, value: A) => void
  readonly delete: (key: string) => void
  readonly size: () => number
}

export const makeTokenCache = <A>(capacity: number): TokenCache<A> => {
  const half = Math.floor(capacity / 2)
  let young = new Map<string, A>()
  let old = new Map<string, A>()

  const set = (key: string, value: A): void => {
    if (half === 0) return
    if (young.size >= half && !young.has(key)) {
      old = young
      young = new Map()
    }
    young.set(key, value)
  }

  return {
    get: (key) => {
      const value = young.get(key)
      if (value !== undefined) return value
      const aged = old.get(key)
      if (aged !== undefined) set(key, aged)
      return aged
    },
    set,
    delete: (key) => {
      young.delete(key)
      old.delete(key)
    },
    size: () => young.size + old.size
  }
}
