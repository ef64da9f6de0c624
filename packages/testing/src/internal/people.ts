/** Invented people, as they are: families, firms and namesakes among them. What becomes of them in records is elsewhere. */
import { type Land, lands, trades, type Words } from "./peopleLands.ts"

// -- Chance -----------------------------------------------------------------------------------------------------------

export interface Random {
  /** From 0 to below 1. */
  readonly next: () => number
  readonly chance: (probability: number) => boolean
  readonly below: (limit: number) => number
  readonly pick: <A>(values: readonly [A, ...Array<A>]) => A
  /** One of the values, the first ones far more often, as with names of people (Zipf's law). */
  readonly pickFrequent: (values: Words) => string
  readonly shuffle: (values: Array<unknown>) => void
}

// The generator mulberry32 by T. Ettinger, 2017, in the public domain: a counter, hashed.
export const makeRandom = (seed: number): Random => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let hash = Math.imul(state ^ (state >>> 15), state | 1)
    hash ^= hash + Math.imul(hash ^ (hash >>> 7), hash | 61)
    return ((hash ^ (hash >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (values) => values[below(values.length)] ?? values[0],
    pickFrequent: (values) => values[Math.floor((values.length + 1) ** next() - 1)] ?? values[0],
    shuffle: (values) => {
      for (let last = values.length - 1; last > 0; last--) {
        const other = below(last + 1)
        const moved = values[last]
        values[last] = values[other]
        values[other] = moved
      }
    }
  }
}

// -- People -----------------------------------------------------------------------------------------------------------

export interface Home {
  readonly street: string
  readonly number: string
  readonly zip: string
  readonly city: string
  readonly landline: Line
}

export interface Firm extends Home {
  readonly name: string
  readonly domain: string
}

/** A phone number: country code, and the national digits after it. */
export interface Line {
  readonly country: string
  readonly digits: string
}

export interface Person {
  readonly land: Land
  readonly given: string
  readonly middle: string | null
  readonly surname: string
  readonly generation: string | null
  readonly home: Home
  readonly mobile: Line
  readonly firm: Firm
  readonly extension: string | null
  readonly nickname: string
  readonly born: string
  readonly customer: string
}

export interface World {
  readonly random: Random
  readonly taken: Set<string>
}

export const makeWorld = (random: Random): World => ({ random, taken: new Set() })

export const nextPersons = (world: World, known: ReadonlyArray<Person>): ReadonlyArray<Person> => {
  const { random } = world
  const draw = random.next()
  const like = known[random.below(Math.max(1, known.length))]
  if (draw < 0.08 && like !== undefined) return [namesake(world, like)]
  if (draw < 0.13) return family(world)
  if (draw < 0.17) return colleagues(world)
  return [makePerson(world)]
}

const makePerson = ({ random }: World, land: Land = random.pick(lands)): Person => {
  const [given = "", ...shortForms] = random.pickFrequent(land.given).split(/[:,]/)
  const other = (random.pickFrequent(land.given).split(":")[0] ?? "").trim()
  return {
    land,
    given,
    middle: random.chance(0.12) && other !== given ? other : null,
    surname: makeSurname(random, land),
    generation: null,
    home: makeHome(random, land),
    mobile: makeLine(random, land, land.mobile),
    firm: makeFirm(random, land),
    extension: null,
    nickname: shortForms.length === 0 ? given : random.pick([shortForms[0] ?? given, ...shortForms]),
    born: `${1940 + random.below(65)}-${pad(1 + random.below(12))}-${pad(1 + random.below(28))}`,
    customer: `K${100_000 + random.below(900_000)}`
  }
}

/** The same name, another person: in the same city now and then, at the same firm rarely. */
const namesake = (world: World, like: Person): Person => {
  const { random } = world
  const person = makePerson(world, like.land)
  const { given, surname, middle, nickname } = like
  const home = random.chance(0.2) ? { ...person.home, city: like.home.city } : person.home
  const firm = random.chance(0.04) ? like.firm : person.firm
  return { ...person, given, surname, nickname, home, firm, middle: random.chance(0.5) ? middle : null }
}

const family = (world: World): ReadonlyArray<Person> => {
  const first = makePerson(world)
  const others = Array.from({ length: 1 + world.random.below(3) }, () => {
    const { surname, home, land } = first
    return { ...makePerson(world, land), surname, home }
  }).filter((person) => person.given !== first.given)
  if (!world.random.chance(0.1)) return [first, ...others]
  const { given, nickname, surname, home } = first
  const son = { ...makePerson(world, first.land), given, nickname, surname, home, generation: "Jr." }
  return [{ ...first, generation: "Sr." }, son]
}

const colleagues = (world: World): ReadonlyArray<Person> => {
  const { random } = world
  const land = random.pick(lands)
  const firm = makeFirm(random, land)
  const withExtensions = random.chance(0.4)
  return Array.from({ length: 3 + random.below(6) }, (_, index) => ({
    ...makePerson(world, land),
    firm,
    // They have no phone of their own in the data, and no home: only the firm's.
    mobile: firm.landline,
    home: firm,
    extension: withExtensions ? String(10 + index) : null
  }))
}

// Two fifths of a population share a few hundred surnames; the others have ever more, the more people there are.
export const makeSurname = (random: Random, land: Land): string =>
  random.chance(0.4)
    ? random.pickFrequent(land.surnames)
    : rareStem(random, land) +
      random.pick(land.endings) +
      (random.chance(0.04) ? `-${random.pickFrequent(land.surnames)}` : "")

const rareStem = (random: Random, land: Land): string =>
  random.pick(land.stems) + (random.chance(0.5) ? random.pick(land.stems).toLowerCase() : "")

export const makeHome = (random: Random, land: Land): Home => {
  const [city, zip, area] = split3(random.pickFrequent(land.cities))
  return {
    street: random.pick(land.streetForms).replace("*", random.pick(land.streets)),
    number: String(1 + random.below(180)) + (random.chance(0.08) ? random.pick(["a", "b", "c"]) : ""),
    zip: zip.replace(/#+/, (marks) => String(random.below(10 ** marks.length)).padStart(marks.length, "0")),
    city,
    landline: makeLine(random, land, area)
  }
}

const makeLine = (random: Random, land: Land, area: string): Line => ({
  country: land.dialling,
  digits: area + String(10 ** 8 + random.below(9 * 10 ** 8)).slice(0, land.digits - area.length)
})

export const makeFirm = (random: Random, land: Land): Firm => {
  const stem =
    rareStem(random, land) +
    random.pick(["o", "a", "ex", "tec", "ware", "line", "net", "media", "lux", "via", "on", "is"])
  const trade = random.pick(trades)
  const domain = `${plain(stem)}-${plain(trade.split(" ")[0] ?? "")}.${land.domain}`
  return { ...makeHome(random, land), name: `${stem} ${trade} ${random.pick(land.legalForms)}`, domain }
}

// -- Text -------------------------------------------------------------------------------------------------------------

/** Umlauts as they are written without the keys. */
export const plainUmlauts = (text: string): string =>
  text.replace(/[äöü]/g, (letter) => ({ ä: "ae", ö: "oe", ü: "ue" })[letter] ?? letter).replace("ß", "ss")

/** A word as it stands in an address. */
export const plain = (text: string): string =>
  plainUmlauts(text.toLowerCase())
    .normalize("NFD")
    .replace(/[^a-z0-9]/g, "")

const pad = (number: number): string => String(number).padStart(2, "0")

const split3 = (text: string): readonly [string, string, string] => {
  const [first = "", second = "", third = ""] = text.split(":")
  return [first, second, third]
}
