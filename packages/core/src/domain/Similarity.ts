/**
 * How alike two short texts are: Jaro-Winkler for names, Damerau-Levenshtein for slips of the keyboard.
 *
 * Both compare UTF-16 units as they are; callers fold case and accents first. Both are symmetric, allocate nothing per
 * call, and take time proportional to the product of the lengths.
 */

/**
 * The Jaro-Winkler similarity, from 0 (nothing in common) to 1 (equal). A common beginning of up to four units lifts the
 * Jaro similarity by a tenth of what is missing to 1 for each unit, at any similarity.
 *
 * Source: W. E. Winkler, "String Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model of Record
 * Linkage", Proceedings of the Section on Survey Research Methods, American Statistical Association, 1990.
 *
 * @example
 * ```ts
 * import { jaroWinkler } from "@clientele/core/domain/Similarity"
 *
 * jaroWinkler("martha", "marhta") // 0.9611…
 * ```
 */
export const jaroWinkler = (a: string, b: string): number => {
  const similarity = jaro(a, b)
  const limit = Math.min(4, a.length, b.length)
  let prefix = 0
  while (prefix < limit && a.charCodeAt(prefix) === b.charCodeAt(prefix)) prefix++
  return similarity + prefix * 0.1 * (1 - similarity)
}

/**
 * The Damerau-Levenshtein distance in its restricted form, optimal string alignment: the least number of insertions,
 * deletions, substitutions and exchanges of two neighbours that turns one text into the other, no part of it edited
 * twice ("ca" to "abc" is 3, not 2). So it is no metric: the triangle inequality may fail.
 *
 * With a `limit`, a distance that exceeds it is answered with some number above the limit, sooner.
 *
 * Source: F. J. Damerau, "A technique for computer detection and correction of spelling errors", Communications of the
 * ACM 7 (3), 1964; the recurrence as in L. Boytsov, "Indexing methods for approximate dictionary searching", ACM Journal
 * of Experimental Algorithmics 16, 2011, section 2.2.
 *
 * @example
 * ```ts
 * import { damerauLevenshtein } from "@clientele/core/domain/Similarity"
 *
 * damerauLevenshtein("smith", "simth") // 1
 * ```
 */
export const damerauLevenshtein = (a: string, b: string, limit = Number.POSITIVE_INFINITY): number => {
  if (a === b) return 0
  // A common beginning and a common end never need an edit.
  let start = 0
  let endA = a.length
  let endB = b.length
  while (start < endA && start < endB && a.charCodeAt(start) === b.charCodeAt(start)) start++
  while (endA > start && endB > start && a.charCodeAt(endA - 1) === b.charCodeAt(endB - 1)) {
    endA--
    endB--
  }
  const rows = endA - start
  const columns = endB - start
  if (Math.abs(rows - columns) > limit) return Math.abs(rows - columns)
  if (rows === 0 || columns === 0) return Math.max(rows, columns)
  return align(a, b, start, rows, columns, limit)
}

// internal

// Work space shared by all calls: none of them can be interrupted by another.
let takenA = new Uint8Array(64)
let takenB = new Uint8Array(64)
let twoAbove = new Uint32Array(65)
let above = new Uint32Array(65)
let current = new Uint32Array(65)

const jaro = (a: string, b: string): number => {
  if (a === b) return 1
  if (a === "" || b === "") return 0
  if (takenA.length < a.length) takenA = new Uint8Array(a.length * 2)
  if (takenB.length < b.length) takenB = new Uint8Array(b.length * 2)
  takenA.fill(0, 0, a.length)
  takenB.fill(0, 0, b.length)
  const common = pairUp(a, b)
  if (common === 0) return 0
  let exchanged = 0
  let j = 0
  for (let i = 0; i < a.length; i++) {
    if (takenA[i] === 0) continue
    while (takenB[j] === 0) j++
    if (a.charCodeAt(i) !== b.charCodeAt(j)) exchanged++
    j++
  }
  return (common / a.length + common / b.length + (common - exchanged / 2) / common) / 3
}

/** Marks the equal units that lie within reach of each other, each used once, and counts them. */
const pairUp = (a: string, b: string): number => {
  const reach = Math.max(0, (Math.max(a.length, b.length) >> 1) - 1)
  let common = 0
  for (let i = 0; i < a.length; i++) {
    const unit = a.charCodeAt(i)
    const last = Math.min(b.length - 1, i + reach)
    for (let j = Math.max(0, i - reach); j <= last; j++) {
      if (takenB[j] !== 0 || b.charCodeAt(j) !== unit) continue
      takenA[i] = 1
      takenB[j] = 1
      common++
      break
    }
  }
  return common
}

const align = (a: string, b: string, start: number, rows: number, columns: number, limit: number): number => {
  if (current.length <= columns) {
    twoAbove = new Uint32Array(columns * 2)
    above = new Uint32Array(columns * 2)
    current = new Uint32Array(columns * 2)
  }
  for (let j = 0; j <= columns; j++) current[j] = j
  let leastAbove = 0
  for (let i = 1; i <= rows; i++) {
    const free = twoAbove
    twoAbove = above
    above = current
    current = free
    current[0] = i
    const unit = a.charCodeAt(start + i - 1)
    const unitBefore = i > 1 ? a.charCodeAt(start + i - 2) : -1
    let least = i
    for (let j = 1; j <= columns; j++) {
      const other = b.charCodeAt(start + j - 1)
      let cost = Math.min(at(above, j) + 1, at(current, j - 1) + 1, at(above, j - 1) + (unit === other ? 0 : 1))
      if (j > 1 && unitBefore === other && unit === b.charCodeAt(start + j - 2)) {
        cost = Math.min(cost, at(twoAbove, j - 2) + 1)
      }
      current[j] = cost
      if (cost < least) least = cost
    }
    // An exchange reaches back two rows, so only two hopeless ones decide.
    if (least > limit && leastAbove > limit) return least
    leastAbove = least
  }
  return at(current, columns)
}

const at = (row: Uint32Array, index: number): number => row[index] ?? 0
