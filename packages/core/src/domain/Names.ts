/**
 * Names of people as they are typed: their words without titles, in whatever order; short forms of given names; how a
 * word sounds; and what is typed where no name is known.
 *
 * Nothing here knows a name for certain. Which word is the given name and which the surname is a guess, good enough to
 * look in the right place for a second record of the same person, and never shown to anybody.
 */
import * as Text from "./Text.ts"

export { fullForms, isKnownGivenName, isSameGivenName } from "./DuplicatesGivenNames.ts"

/** A name, read. `words` has everything that is left without titles, particles and punctuation, folded. */
export interface PersonName {
  readonly words: ReadonlyArray<string>
  /** The word that is probably the given name; null when there is one word only. */
  readonly given: string | null
  /** The word that is probably the surname, or the only word. */
  readonly surname: string | null
  /** 1 for senior, 2 for junior and II, 3 for III, …; null when the name does not say. */
  readonly generation: number | null
}

/**
 * Reads a name: folds it, puts `Doe, Jane` in order, and drops titles, degrees and the particles inside.
 *
 * @example
 * ```ts
 * import { parse } from "@clientele/core/domain/Names"
 *
 * parse("Dr. van der Berg, Änne") // { words: ["anne", "berg"], given: "anne", surname: "berg", generation: null }
 * ```
 */
export const parse = (name: string): PersonName => {
  const words = inOrder(Text.fold(name))
  const generation = words.length > 1 ? (generations.get(words.at(-1) ?? "") ?? null) : null
  const named = generation === null ? words : words.slice(0, -1)
  const bare = named.filter((word, index) => !isTitle(word, index, named.length))
  const kept = (bare.length === 0 ? named : bare)
    .filter((word, index, all) => index === 0 || index === all.length - 1 || !particles.has(word))
    .slice(0, maxWords)
    .map((word) => word.slice(0, maxLetters))
  const first = kept[0] ?? null
  const last = kept.at(-1) ?? null
  if (kept.length < 2) return { words: kept, given: null, surname: last, generation }
  // Chinese, Japanese and Korean names begin with the surname.
  const reversed = first !== null && isEastAsian(first)
  return { words: kept, given: reversed ? last : first, surname: reversed ? first : last, generation }
}

/**
 * Whether a text only says that the value is not known, or was typed to get past a form.
 *
 * @example
 * ```ts
 * import { isPlaceholder } from "@clientele/core/domain/Names"
 *
 * isPlaceholder("N/A") // true
 * isPlaceholder("Test Test") // true
 * isPlaceholder("Li Na") // false
 * ```
 */
export const isPlaceholder = (text: string): boolean => saysNothing(Text.fold(text))

/** {@link isPlaceholder} of a text that is folded already. */
export const saysNothing = (folded: string): boolean => {
  if (placeholders.has(folded)) return true
  // Hardly any text is one, and nearly all of them show by their first word that they are none.
  const first = /[\p{L}\p{N}]+/u.exec(folded)?.[0]
  if (first === undefined) return true
  if (isOneCharacter(folded)) return true
  if (!isFiller(first)) return false
  const words = folded.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "")
  return words.every(isFiller) && words.some((word) => placeholders.has(word))
}

/**
 * How a word sounds, by the Cologne rules: digits, in which names that sound alike are mostly equal, also those that are
 * not German. A word without Latin letters is its own key.
 *
 * Source: H. J. Postel, "Die Kölner Phonetik. Ein Verfahren zur Identifizierung von Personennamen auf der Grundlage der
 * Gestaltanalyse", IBM-Nachrichten 19, 1969, pp. 925-931.
 *
 * @example
 * ```ts
 * import { phonetic } from "@clientele/core/domain/Names"
 *
 * phonetic("meyer") === phonetic("maier") // true
 * phonetic("breschnew") // "17863"
 * ```
 */
export const phonetic = (word: string): string => {
  const letters = word.replace(/[^a-z]/g, "")
  if (letters === "") return word
  let key = ""
  let before = ""
  for (let index = 0; index < letters.length; index++) {
    for (const code of codeAt(letters, index)) {
      // Vowels count at the beginning only, but keep two equal sounds apart.
      if (code !== before && (code !== "0" || key === "")) key += code
      before = code
    }
  }
  return key
}

/** The word as it is without the two ways of writing an umlaut: `mueller` and `müller` are both `muller`. */
export const withoutUmlauts = (word: string): string => word.replace(/([aou])e/g, "$1")

/** Whether a word is written in characters that stand for syllables or words: each of them carries the weight of many. */
export const isEastAsian = (word: string): boolean =>
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(word)

// internal

const isFiller = (word: string): boolean => placeholders.has(word) || /^\d+$/.test(word)

/** Whether a folded text is one character again and again. */
const isOneCharacter = (folded: string): boolean => {
  const [character = ""] = folded
  return folded.endsWith(character) && /^(.)\1+$/u.test(folded.replaceAll(" ", ""))
}

// Names of more words or letters are not names; comparing them in full would only take time.
const maxWords = 5
const maxLetters = 32

const inOrder = (folded: string): ReadonlyArray<string> => {
  const [head = "", ...tail] = folded.split(",").map(wordsOf)
  const after = tail.flat()
  const named = after.filter((word) => !generations.has(word) && !suffixes.has(word))
  return named.length === 0
    ? [...head, ...after]
    : [...named, ...head, ...after.filter((word) => generations.has(word))]
}

// Folding takes Hangul apart into letters; as syllables, short names stay short.
const wordsOf = (text: string): ReadonlyArray<string> =>
  text
    .normalize("NFC")
    .replace(/['`´]/g, "")
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== "")

const isTitle = (word: string, index: number, length: number): boolean =>
  (titles.has(word) && index < length - 1) || (suffixes.has(word) && index > 0)

const codeAt = (word: string, index: number): string => {
  const letter = word[index] ?? ""
  const before = word[index - 1] ?? ""
  const after = word[index + 1] ?? ""
  if (letter === "p") return after === "h" ? "3" : "1"
  if (letter === "d" || letter === "t") return "csz".includes(after || "-") ? "8" : "2"
  if (letter === "x") return "ckq".includes(before || "-") ? "8" : "48"
  if (letter !== "c") return codes[letter] ?? ""
  if (index === 0) return "ahkloqrux".includes(after || "-") ? "4" : "8"
  return !"sz".includes(before) && "ahkoqux".includes(after || "-") ? "4" : "8"
}

const codes: { readonly [letter: string]: string } = Object.fromEntries(
  ["0aeijouy", "1b", "3fvw", "4gkq", "5l", "6mn", "7r", "8sz"].flatMap(([code = "", ...letters]) =>
    letters.map((letter) => [letter, code])
  )
)

const setOf = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

// "Don", "Ma" and "Ba" are names as well, so they are not here.
const titles = setOf(`
  mr mrs ms miss mx dr doctor prof professor herr frau fraulein sr sra srta senor senora senorita dona mme mlle mons
  monsieur madame mademoiselle sig sigra signor signora dott dottssa avv ing dipl mag mevr dhr meneer mevrouw pan pani rev
  reverend hon sir capt maj
`)

const suffixes = setOf("phd md mba msc bsc dds esq esquire cpa llm dvm mph rn pe oam obe cbe")

const generations: ReadonlyMap<string, number> = new Map([
  ...["sr", "sen", "snr", "senior", "pere", "padre"].map((word) => [word, 1] as const),
  ...["jr", "jun", "jnr", "junior", "fils", "hijo", "filho", "ii"].map((word) => [word, 2] as const),
  ["iii", 3],
  ["iv", 4]
])

const particles = setOf(`
  van von vom zu zum zur der den de del della delle di da das do dos du des la las le los el al bin ibn bint abu ter ten
  te af av auf y e i und
`)

const placeholders = setOf(`
  n/a n.a. n.n. nn na n a none null nil nan undefined unknown unbekannt unbek inconnu inconnue desconocido desconocida
  desconocido/a sconosciuto onbekend unnamed noname anonymous anonym anonyme anonimo test tester testing teste prueba
  essai asdf asdfg asdfgh qwerty qwertz foo bar foobar abc xyz dummy sample example tbd tba todo temp tmp no name keine
  keiner kein leer empty blank missing delete deleted user kunde contact kontakt contacto firstname lastname vorname
  nachname customer guest gast xx xxx
`)
