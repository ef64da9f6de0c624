/**
 * What each agreement and disagreement between two contacts is worth, in one place.
 *
 * A weight is log2(m / u): how much likelier an observation is for two records of one person (m) than for records of
 * two (u). Weights add up, together with `prior`, to the log odds that the two are one person. Source of the model:
 * I. P. Fellegi and A. B. Sunter, "A Theory for Record Linkage", Journal of the American Statistical Association 64,
 * 1969, pp. 1183-1210. The model takes observations to be independent; where they are not (a family shares surname,
 * address and telephone; a firm its address and switchboard), `shared` and the caps below say what is left of them.
 */
import * as Schema from "effect/Schema"

export const SuggestedBand = Schema.Literals(["certain", "likely", "possible"])
export type SuggestedBand = typeof SuggestedBand.Type

/** How sure a suggestion is; `none` is not suggested. */
export const Band = Schema.Literals([...SuggestedBand.literals, "none"])
export type Band = typeof Band.Type

export const weights = {
  /** In a tenant of ten thousand contacts, one of every few has a second record: about one pair in 2^13 and some. */
  prior: -13,
  /** In a tenant of more contacts there are more namesakes: beyond this many, each doubling takes one bit more. */
  crowd: 10_000,

  name: {
    /** Given names collide often: the commonest are borne by one person in fifty. Counted names replace the value. */
    given: { exact: 6, least: 3.5, most: 9 },
    /** Surnames collide less. Counted names replace the value. */
    surname: { exact: 8, least: 4, most: 12 },
    /** Names go together (Turkish with Turkish, a family's in one town), so the rarest pair of them alone is no proof. */
    most: 15,
    /** A short form is used on purpose; little is lost but that Alex is several names. */
    nickname: -1,
    /** Sounds the same, or is one or two slips away: most such words are the same, some are another name. */
    close: -1.5,
    /** One letter in about eleven agrees by chance. */
    initial: 3.5,
    /** Given name and surname exchanged: people whose names are each other's are rare. */
    exchanged: -1,
    /** A word more (a middle name, a second surname) is common in either case. */
    extra: -0.5,
    /** Two middle names that differ. */
    otherMiddle: -3,
    /** Marriage and divorce change surnames. */
    otherSurname: -4.5,
    /** Hardly anybody changes the given name; slips and short forms have been allowed for. */
    otherGiven: -9,
    /** Junior against nothing is mostly, junior against senior always, father and son. */
    generationMissing: -4,
    otherGeneration: -12
  },

  email: {
    /** The same mailbox. Addresses are unique within a tenant, so mostly up to a tag. */
    mailbox: 12,
    /** The same mailbox with a slip in the provider, or in a local part that is long enough. */
    slip: 9,
    /** The same but for dots, or for one letter of a firm's domain, and made of the name: a namesake's may be so. */
    slipOfName: 5,
    /** The same local part elsewhere, and it is not made of the name: a nickname, a name with a number. */
    local: 8.5,
    /** The same local part elsewhere, but anybody of that name would have chosen it. */
    localOfName: 1,
    /** Each doubling of the contacts that have the local part beyond three makes it less one person's. */
    perDoubling: -2,
    /** Made of the other record's former or later name. */
    formerName: 6,
    /** Two spellings of the name in one firm: `jdoe` and `jane.doe`. */
    pattern: 2,
    /** info@ and its like say the firm, not the person. */
    sharedMailbox: 3,
    /** Two different people's addresses in one firm. */
    sameFirm: -4,
    /** Two addresses in one firm under one name. */
    sameFirmAndName: -1,
    /** Says little: many have several, and within a tenant two records of one person cannot have the same. */
    other: -1
  },

  phone: {
    /** A mobile is one person's; a landline is shared by few. */
    same: 8,
    /** Each doubling of the contacts that have the number beyond three makes it less one person's. */
    perDoubling: -1.5,
    least: 1.5,
    /** One firm's switchboard: same number, other extension. */
    otherExtension: 1.5,
    /** One digit off: a slip, or the next number of a block that one firm has. */
    slip: 3,
    /** People have several numbers. */
    other: -1
  },

  company: {
    /** Two people of one name seldom work for one firm, unless it is large. Counted companies replace the value. */
    exact: 5,
    least: 2,
    most: 8.5,
    /** A slip or two in the name. */
    close: -1,
    /** IBM and International Business Machines: three letters are several firms'. */
    acronym: -1.5,
    /** Acme and Acme Consulting: a part, a subsidiary, or another firm. */
    part: -2,
    /** Named on one side by the domain of an e-mail address only. */
    byDomain: -1.5,
    /** People change jobs, and have several. */
    other: -1.5
  },

  address: {
    /** Street and number: a house of few. */
    street: 6.5,
    /** Each doubling of the contacts beyond three makes it more of an office, or a block of flats. */
    perDoubling: -1.5,
    leastStreet: 2,
    streetSlip: 5,
    /** The street agrees and the number does not, or is missing. */
    streetOnly: 2,
    /** People move, and have an office. */
    otherStreet: -1.5,
    /** Contacts and their namesakes live in the same region more often than chance has it: so little for zip and city. */
    zip: 2.5,
    zipSlip: 1,
    otherZip: -0.5,
    city: { exact: 1.5, least: 0.5, most: 2 },
    otherCity: -0.5,
    /** Street, zip and city of one home are one observation more than three; and people move as a whole. */
    most: 9,
    lowest: -2.5
  },

  /** A profile elsewhere is one person's; some have two. */
  social: { same: 10, other: -3 },

  custom: {
    /** Looks like an identifier (a customer number, a date of birth): long enough, with digits. */
    identifier: 5,
    /** The wrong one of two records may be a slip, or a customer twice. */
    otherIdentifier: -2.5,
    /** Any other value, uncounted, proves little. */
    exact: 0.5,
    /** Counted, a value is worth its rarity among those of its field, less three bits if it is no identifier. */
    common: -3,
    most: 8.5,
    /** Several fields are often filled by one source. */
    total: 10,
    lowest: -5
  },

  /**
   * What is left of an agreement that other people than the person share (phone, address, company), by what the names
   * say: nothing is lost when they agree; a household or a firm explains it when they do not.
   */
  shared: { same: 1, partial: 0.9, unknown: 0.8, otherSurname: 0.5, otherGiven: 0.25 }
} as const

/** What two names say of two people. */
export type NameRelation = keyof typeof weights.shared

/** The least probability of each band. */
export const thresholds = { certain: 0.99, likely: 0.85, possible: 0.2 } as const

/** The band of a probability. */
export const bandOf = (probability: number): Band =>
  probability >= thresholds.certain
    ? "certain"
    : probability >= thresholds.likely
      ? "likely"
      : probability >= thresholds.possible
        ? "possible"
        : "none"

/** The probability that belongs to log odds of base 2; strictly between 0 and 1. */
export const probabilityOf = (logOdds: number): number => 1 / (1 + 2 ** -Math.min(40, Math.max(-40, logOdds)))
