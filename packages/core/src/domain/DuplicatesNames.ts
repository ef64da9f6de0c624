/** How far two names may be one person's: which of their words belong together, and what the rest says. */
import { type NameRelation, weights } from "./DuplicatesWeights.ts"
import * as Names from "./Names.ts"
import * as Similarity from "./Similarity.ts"

/** A similarity and the weight that follows from it. */
export interface Found {
  readonly similarity: number
  readonly weight: number
}

/** What a comparison knows of the tenant: how often values occur, and what an agreement is worth by that. */
export interface Grounds {
  /** The bits that the tenant's size takes from the prior. */
  readonly crowd: number
  /** Undefined when nothing was counted. */
  readonly count: (value: string) => number | undefined
  readonly weigh: (
    table: { readonly exact: number; readonly least: number; readonly most: number },
    ...values: ReadonlyArray<string>
  ) => number
}

interface NameComparison {
  readonly relation: NameRelation
  readonly found: Found | null
}

/** Compares two names, their words in any order. */
export const compareNames = (
  a: Names.PersonName | null,
  b: Names.PersonName | null,
  grounds: Grounds
): NameComparison => {
  if (a === null || b === null || a.words.length === 0 || b.words.length === 0) {
    return { relation: "unknown", found: null }
  }
  // Where two assignments of words weigh the same, which one is taken must not depend on who is first.
  return a.words.join(" ") <= b.words.join(" ") ? compareOrdered(a, b, grounds) : compareOrdered(b, a, grounds)
}

// internal

const compareOrdered = (a: Names.PersonName, b: Names.PersonName, grounds: Grounds): NameComparison => {
  const joined = a.words.length !== b.words.length && a.words.join("") === b.words.join("")
  if (joined) {
    const words = a.words.length > b.words.length ? a : b
    const weight = words.words.reduce((sum, word) => sum + exactWeight(word, word, words, words, grounds), 0)
    const relation = Math.min(a.words.length, b.words.length) > 1 ? "same" : "partial"
    return { relation, found: { similarity: 1, weight: Math.min(weights.name.most + grounds.crowd, weight) } }
  }
  const pairs = assign(a, b, grounds)
  const rest = restOf(a, b, pairs)
  const agreed = pairs.reduce((sum, pair) => sum + pair.weight, 0)
  const similarity =
    pairs.reduce((sum, pair) => sum + pair.similarity, 0) / Math.max(1, Math.min(a.words.length, b.words.length))
  return {
    relation: relate(a, b, pairs, rest),
    found: {
      similarity,
      weight:
        Math.min(weights.name.most + grounds.crowd, agreed) +
        restWeight(rest) +
        (isExchanged(a, b, pairs) ? weights.name.exchanged : 0) +
        generationWeight(a.generation, b.generation)
    }
  }
}

/** Two words, by their place in their names, that belong together. */
interface Pair {
  readonly a: number
  readonly b: number
  readonly weight: number
  readonly similarity: number
  readonly initial: boolean
}

/** The assignment of words to words with the greatest weight; equal words first, since nothing can fit them better. */
const assign = (a: Names.PersonName, b: Names.PersonName, grounds: Grounds): ReadonlyArray<Pair> => {
  const pairs: Array<Pair> = []
  const restA: Array<number> = []
  const takenB = new Set<number>()
  for (let i = 0; i < a.words.length; i++) {
    const word = a.words[i] ?? ""
    const j = b.words.findIndex((other, at) => other === word && !takenB.has(at))
    if (j < 0) {
      restA.push(i)
      continue
    }
    takenB.add(j)
    const initial = word.length === 1 && !Names.isEastAsian(word)
    const weight = initial ? weights.name.initial : exactWeight(word, word, a, b, grounds)
    pairs.push({ a: i, b: j, weight, similarity: 1, initial })
  }
  const restB = b.words.map((_, index) => index).filter((index) => !takenB.has(index))
  return restA.length === 0 || restB.length === 0 ? pairs : [...pairs, ...bestOf(a, b, restA, restB, grounds)]
}

const bestOf = (
  a: Names.PersonName,
  b: Names.PersonName,
  restA: ReadonlyArray<number>,
  restB: ReadonlyArray<number>,
  grounds: Grounds
): ReadonlyArray<Pair> => {
  const [first, ...others] = restA
  if (first === undefined || restB.length === 0) return []
  let found = bestOf(a, b, others, restB, grounds)
  let most = total(found)
  for (const index of restB) {
    const pair = compareWords(a, first, b, index, grounds)
    if (pair === null) continue
    const next = [
      pair,
      ...bestOf(
        a,
        b,
        others,
        restB.filter((other) => other !== index),
        grounds
      )
    ]
    const weight = total(next)
    if (weight > most) {
      found = next
      most = weight
    }
  }
  return found
}

const total = (pairs: ReadonlyArray<Pair>): number => pairs.reduce((sum, pair) => sum + pair.weight, 0)

const compareWords = (
  a: Names.PersonName,
  i: number,
  b: Names.PersonName,
  j: number,
  grounds: Grounds
): Pair | null => {
  const [x, y] = [a.words[i] ?? "", b.words[j] ?? ""]
  const table = weights.name
  if (Names.isEastAsian(x) || Names.isEastAsian(y)) return null
  if (x.length === 1 || y.length === 1) {
    const [letter, word] = x.length === 1 ? [x, y] : [y, x]
    return word.startsWith(letter) || Names.fullForms(word).some((form) => form.startsWith(letter))
      ? { a: i, b: j, weight: table.initial, similarity: 0.6, initial: true }
      : null
  }
  const worth = (discount: number): Pair => ({
    a: i,
    b: j,
    weight: exactWeight(x, y, a, b, grounds) + discount,
    similarity: Similarity.jaroWinkler(x, y),
    initial: false
  })
  const asGiven = isGiven(x, a) || isGiven(y, b)
  if (asGiven && (Names.isSameGivenName(x, y) || isSlipOfForm(x, y) || isSlipOfForm(y, x))) return worth(table.nickname)
  if (!isClose(x, y)) return null
  if (Names.withoutUmlauts(x) === Names.withoutUmlauts(y)) return worth(0)
  return isDistinct(x, y, asGiven, grounds) ? null : worth(table.close)
}

/** A short form, and a slip in the name that it stands for: Nico and Nicols. */
const isSlipOfForm = (word: string, short: string): boolean =>
  !Names.isKnownGivenName(word) && Names.fullForms(short).some((form) => form !== short && isClose(word, form))

const isGiven = (word: string, name: Names.PersonName): boolean => word !== name.surname || name.given === null

/** One slip, two in longer words, or one sound: Schmidt and Schmitt, Jonhson and Johnson. */
const isClose = (a: string, b: string): boolean => {
  const length = Math.min(a.length, b.length)
  if (length < 3 || Math.abs(a.length - b.length) > 2) return false
  const similarity = Similarity.jaroWinkler(a, b)
  if (similarity < 0.8) return false
  const slips = length < 6 ? 1 : 2
  return (
    Similarity.damerauLevenshtein(a, b, slips) <= slips ||
    (length >= 4 && similarity >= 0.85 && Names.phonetic(a) === Names.phonetic(b))
  )
}

/** A slip makes a word that nobody bears. When many bear both, they are two names: Maria and Mario, Bauer and Baumer. */
const isDistinct = (a: string, b: string, asGiven: boolean, grounds: Grounds): boolean => {
  if (asGiven && (isOfOtherGender(a, b) || (Names.isKnownGivenName(a) && Names.isKnownGivenName(b)))) return true
  const least = Math.min(grounds.count(a) ?? 0, grounds.count(b) ?? 0)
  return least >= 4 && (asGiven || Names.phonetic(a) !== Names.phonetic(b))
}

/** Names in pairs that differ by their last vowel: Mario and Maria, Martin and Martina. */
const isOfOtherGender = (a: string, b: string): boolean => a.replace(/[aeo]$/, "") === b.replace(/[aeo]$/, "")

const exactWeight = (x: string, y: string, a: Names.PersonName, b: Names.PersonName, grounds: Grounds): number => {
  const { given, surname } = weights.name
  const surnames = (x === a.surname ? 1 : 0) + (y === b.surname ? 1 : 0)
  const ofGiven = surnames === 2 ? 0 : grounds.weigh(given, x, y)
  const ofSurname = surnames === 0 ? 0 : grounds.weigh(surname, x, y)
  return surnames === 2 ? ofSurname : surnames === 0 ? ofGiven : (ofGiven + ofSurname) / 2
}

const relate = (a: Names.PersonName, b: Names.PersonName, pairs: ReadonlyArray<Pair>, rest: Rest): NameRelation => {
  if (rest.given) return "otherGiven"
  if (rest.surname) return "otherSurname"
  const whole = pairs.filter((pair) => !pair.initial).length >= 2
  const sameGeneration = a.generation === b.generation
  return whole && sameGeneration && (rest.a === 0 || rest.b === 0) ? "same" : "partial"
}

/** The words that found no partner: how many on each side, and whether given names or surnames are among them. */
interface Rest {
  readonly a: number
  readonly b: number
  readonly given: boolean
  readonly surname: boolean
}

const restOf = (a: Names.PersonName, b: Names.PersonName, pairs: ReadonlyArray<Pair>): Rest => {
  const restA = a.words.filter((_, index) => !pairs.some((pair) => pair.a === index))
  const restB = b.words.filter((_, index) => !pairs.some((pair) => pair.b === index))
  const sides = { a: restA.length, b: restB.length }
  if (restA.length === 0 || restB.length === 0) return { ...sides, given: false, surname: false }
  const has = (rest: ReadonlyArray<string>, word: string | null) => word !== null && rest.includes(word)
  const given = has(restA, a.given) && has(restB, b.given)
  const surname = has(restA, a.surname) && has(restB, b.surname)
  if (given || surname) return { ...sides, given, surname }
  // Crosswise: one of the names has its surname first, or a single word. A known given name that agrees tells which.
  const crossed = [has(restA, a.given), has(restA, a.surname), has(restB, b.given), has(restB, b.surname)].includes(
    true
  )
  const agreed = pairs.some((pair) => Names.isKnownGivenName(a.words[pair.a] ?? ""))
  return { ...sides, given: crossed && !agreed, surname: crossed && agreed }
}

const restWeight = (rest: Rest): number => {
  const table = weights.name
  if (rest.a === 0 || rest.b === 0) return table.extra * (rest.a + rest.b)
  if (!rest.given && !rest.surname) return table.otherMiddle
  return (rest.given ? table.otherGiven : 0) + (rest.surname ? table.otherSurname : 0)
}

const isExchanged = (a: Names.PersonName, b: Names.PersonName, pairs: ReadonlyArray<Pair>): boolean =>
  a.given !== null &&
  b.given !== null &&
  pairs.some((pair) => a.words[pair.a] === a.given && b.words[pair.b] === b.surname) &&
  pairs.some((pair) => a.words[pair.a] === a.surname && b.words[pair.b] === b.given)

const generationWeight = (a: number | null, b: number | null): number => {
  if (a === b) return 0
  return a === null || b === null ? weights.name.generationMissing : weights.name.otherGeneration
}
