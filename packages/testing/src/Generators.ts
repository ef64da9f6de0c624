/**
 * Arbitraries of fast-check for the domain's inputs, as people and other systems send them: names in many scripts,
 * decomposed and composed letters, apostrophes of either kind, addresses with international domains, phone numbers in
 * every punctuation, custom fields named like members of `Object.prototype`.
 *
 * Every value is one that the domain accepts. Values of different draws may be equal or have equal keys, so a test that
 * stores several contacts decides itself what it does about duplicates, for instance by
 * `fc.uniqueArray(Generators.email, { selector: Email.key })`.
 *
 * @example
 * ```ts
 * import { Email } from "@clientele/core"
 * import { Generators } from "@clientele/testing"
 * import * as fc from "fast-check"
 *
 * fc.assert(fc.property(Generators.email, (address) => Email.key(address) !== undefined))
 * ```
 */
import {
  type Activity,
  type Address,
  type Contact,
  type CustomFields,
  Email,
  type Query,
  type Task,
  UserId
} from "@clientele/core"
import * as DateTime from "effect/DateTime"
import * as fc from "fast-check"

// -- Text -------------------------------------------------------------------------------------------------------------

/** Letters of a script, with the marks that its words carry. Each script shrinks towards its first letters. */
const scripts: ReadonlyArray<ReadonlyArray<string>> = [
  [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"],
  [..."aeoinrslzéèêëàâäãåáíîïìöôóòõøúûüùñçćčšžśźżłńęąßæœðþđİığşțțőűĐŁØÅÄÖÜÉÑÇŠŽ"],
  ["a", "e", "n", "o", "u", "a\u0301", "e\u0301", "n\u0303", "o\u0308", "u\u0308", "c\u0327", "s\u0323", "i\u0300"],
  [..."аевинорстлмдкйёжшщыьэюяіїєґАВИМНЁЙЩЯІЇ"],
  [..."αεηινορστλμκάέήίόύώϊϋςΑΕΙΝΟΣΛΩΆΈ"],
  [..."אבגדהוזחטיכלמנסעפצקרשתםןףץ"],
  [..."ابتثجحخدذرزسشصضطظعغفقكلمنهويةىءئؤأإآ", "ل\u0651", "م\u064e"],
  ["क", "म", "न", "र", "ल", "स", "का", "मि", "नी", "रु", "श्र", "प्र"],
  ["ก", "น", "ม", "ร", "ส", "ท", "กิ", "ที่", "น้ำ", "ปู"],
  [..."李王张刘陈杨赵黄周吴明华伟芳娜秀英敏静丽强磊军洋"],
  [..."さくらはなこたろうがぎぱヤマダハナコパブ山田太郎佐藤鈴木"],
  [..."김이박최정강조윤장임민준서연지우현수"],
  [..."აბგდევზთიკლმნოპრსტუ"],
  [..."աբգդեզէըթժիլխծկհ"]
]

/** A word of letters and marks of one script, 1 to 12 of them. */
export const word: fc.Arbitrary<string> = fc
  .constantFrom(...scripts)
  .chain((letters) => fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 12 }))

/** Text of at most `maxLength` UTF-16 units in any script, line breaks and emoji included; possibly empty or blank. */
export const text = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .oneof(
      { weight: 3, arbitrary: fc.array(word, { maxLength: 6 }).map((words) => words.join(" ")) },
      { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }) },
      { weight: 1, arbitrary: fc.constantFrom(...oddTexts) }
    )
    .map((value) => value.slice(0, maxLength).replace(/\p{Surrogate}$|\0/gu, ""))

/** Text with at least one visible character. */
export const filledText = (maxLength: number): fc.Arbitrary<string> =>
  text(maxLength).filter((value) => /\S/.test(value))

/** Texts that mean something to a database, a spreadsheet, a page or a parser, and nothing here. */
const oddTexts = [
  " ",
  "null",
  "undefined",
  "NaN",
  "0",
  "true",
  "100% off_now",
  "%",
  "_",
  "\\",
  "'; DROP TABLE contacts; --",
  '"quoted"',
  "<b>bold</b>",
  "=1+1",
  "+1",
  "-1",
  "@here",
  "a,b;c\td|e",
  "line one\nline two\r\nline three",
  '{"a":1}',
  "__proto__",
  "constructor",
  "👩‍👩‍👧‍👦 family",
  "\ufeffBOM",
  "zero\u200bwidth",
  "‮right to left",
  "ﬁne ﬂour",
  "１２３ｆｕｌｌ",
  "\u0085"
]

// -- People -----------------------------------------------------------------------------------------------------------

const knownNames = [
  "Jane Doe",
  "O'Brien",
  "Seán O’Casey",
  "D'Angelo Russell",
  "Jean-Luc Picard",
  "José Ángel García",
  "Zoe\u0308 Müller",
  "Søren Kierkegaard",
  "Łukasz Żółć",
  "Nguyễn Thị Minh Khai",
  "İbrahim Çelik",
  "Þórunn Ægisdóttir",
  "Σοφία Παπαδοπούλου",
  "Мария Фёдоровна Щукина",
  "שרה לוי",
  "محمد بن سلمان",
  "प्रिया शर्मा",
  "สมชาย ใจดี",
  "李小龙",
  "山田 太郎",
  "김 민준",
  "ნინო ბერიძე",
  "Kanaʻina Kaʻaʻawa",
  "van der Berg",
  "María-José de la Cruz y Ortiz",
  "X Æ A-12",
  "Madonna",
  "Q",
  "Null",
  "Robert'); DROP TABLE students;--",
  "  spaced   name  ",
  'Renée "Ren" 100%_Noël',
  "Strauß",
  "STRAUSS"
]

/** A person's or firm's name: at most 500 units, sometimes with white space around it. */
export const name: fc.Arbitrary<string> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...knownNames) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.array(word, { minLength: 1, maxLength: 4 }), fc.constantFrom(" ", "-", "'", "’", ". "))
      .map(([words, joint]) => words.join(joint))
  }
)

const asciiLabel = fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/).filter((label) => !/^..--/.test(label))
const internationalLabel = fc.constantFrom(
  "münchen",
  "MÜNCHEN",
  "café",
  "cafe\u0301",
  "пример",
  "例え",
  "مثال",
  "παράδειγμα"
)
const topLevel = fc.constantFrom("com", "example", "org", "co.uk", "de", "COM")

const localPart = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[a-z0-9]([a-z0-9._+'-]{0,18}[a-z0-9])?$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("Jane.Doe", "o'brien+crm", "josé", "jose\u0301", "用户", "a=b", "100%", "x_y")
  }
)

/** An e-mail address, as typed: in either case, composed or not, with an ASCII or an international domain. */
export const email: fc.Arbitrary<string> = fc
  .tuple(
    localPart,
    fc.oneof({ weight: 4, arbitrary: asciiLabel }, { weight: 1, arbitrary: internationalLabel }),
    topLevel,
    fc.constantFrom(asTyped, asTyped, upperCase)
  )
  .map(([local, label, top, spelling]) => spelling(`${local}@${label}.${top}`))
  .filter((address) => Email.key(address) !== undefined)

function asTyped(address: string): string {
  return address
}

function upperCase(address: string): string {
  return address.toUpperCase()
}

/** A phone number, as typed: international or local, punctuated in various ways, sometimes not a number at all. */
export const phone: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^\+[1-9]\d{7,13}$/) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.stringMatching(/^[2-9]\d{9}$/),
        fc.constantFrom("($1) $2-$3", "$1-$2-$3", "$1.$2.$3", "+1 $1 $2 $3", "$1 $2/$3")
      )
      .map(([digits, form]) => digits.replace(/^(\d{3})(\d{3})(\d{4})$/, form))
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "112",
      "+49 (0)89 1234567",
      "1-800-FLOWERS",
      "555-0100 ext. 7",
      "０３-１２３４-５６７８",
      "n/a"
    )
  }
)

/** The id a contact has in the system it came from. */
export const externalId: fc.Arbitrary<string> = fc.oneof(
  fc.nat().map(String),
  fc.uuid(),
  fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9:/._ -]{0,30}$/),
  fc.constantFrom("0", "Ünïcode-7", "{00Q}", "a'b", "%", "x".repeat(255))
)

/** A user of the host. Few, so that contacts share owners. */
export const userId: fc.Arbitrary<UserId> = fc
  .constantFrom("user_001", "user_002", "auth0|5f7c8ec7", "7", "sales@example.com")
  .map((id) => UserId.make(id))

// -- Parts of a contact -----------------------------------------------------------------------------------------------

/** A tag, sometimes with white space around it. */
export const tag: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("enterprise", "high_value", "VIP", "vip", " Vip ", "Ärzte", "a;b", "q1/2026", "🔥", "x".repeat(100)),
  word
)

/** Tags, sometimes the same one in several spellings. */
export const tags: fc.Arbitrary<ReadonlyArray<string>> = fc.array(tag, { maxLength: 8 })

/** The key of a custom field; names that exist on `Object.prototype` are just keys. */
export const customFieldKey: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[a-z][a-z0-9_]{0,10}$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "industry",
      "company_size",
      "constructor",
      "to_string",
      "proto",
      "null",
      "id",
      "k".repeat(63)
    )
  }
)

/** The value of a custom field: text, a number, a boolean, or a list of text. */
export const customFieldValue: fc.Arbitrary<CustomFields.CustomFieldValue> = fc.oneof(
  text(200),
  fc.integer(),
  // Negative zero is not kept by JSON.
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.boolean(),
  fc.array(text(50), { maxLength: 4 })
)

export const customFields: fc.Arbitrary<CustomFields.CustomFields> = fc.dictionary(customFieldKey, customFieldValue, {
  maxKeys: 6,
  noNullPrototype: true
})

/** Changes to custom fields; null clears a key. */
export const customFieldsPatch: fc.Arbitrary<CustomFields.CustomFieldsPatch> = fc.dictionary(
  customFieldKey,
  fc.option(customFieldValue, { freq: 3 }),
  { maxKeys: 6, noNullPrototype: true }
)

const country = fc.constantFrom("US", "de", "Deutschland", "United Kingdom", "Côte d'Ivoire", "Brasil", "Narnia", " ")

const addressParts = {
  street: fc.option(text(255)),
  city: fc.option(text(100)),
  state: fc.option(fc.constantFrom("CA", "Bayern", "東京都")),
  zip: fc.option(fc.constantFrom("94105", "01067", "SW1A 1AA", "")),
  country: fc.option(country)
}

/** A postal address with all of its parts, each possibly null. */
export const address: fc.Arbitrary<Address.Address> = fc.record(addressParts, { noNullPrototype: true })

/** Changes to an address; null clears a part. */
export const addressPatch: fc.Arbitrary<Address.AddressPatch> = fc.record(addressParts, {
  requiredKeys: [],
  noNullPrototype: true
})

/** Profiles elsewhere; null clears one. */
export const social: fc.Arbitrary<Contact.Social> = fc.dictionary(
  fc.oneof(fc.constantFrom("linkedin", "twitter", "github", "constructor"), customFieldKey),
  fc.option(fc.oneof(fc.webUrl({ size: "small" }), fc.constantFrom("@jane", "")), { freq: 4 }),
  { maxKeys: 4, noNullPrototype: true }
)

// -- Contacts ---------------------------------------------------------------------------------------------------------

const settable = {
  externalId: fc.option(externalId),
  type: fc.constantFrom<Array<Contact.ContactType>>("lead", "customer"),
  status: fc.constantFrom<Array<Contact.ContactStatus>>("active", "inactive"),
  email: fc.option(email),
  secondaryEmails: fc.option(fc.array(email, { maxLength: 3 })),
  phone: fc.option(phone),
  secondaryPhones: fc.option(fc.array(phone, { maxLength: 3 })),
  company: fc.option(text(255)),
  title: fc.option(text(255)),
  source: fc.option(fc.constantFrom("website", "referral", "trade fair", "")),
  address: fc.option(addressPatch),
  social: fc.option(social),
  tags: fc.option(tags),
  customFields: fc.option(customFieldsPatch),
  ownerId: fc.option(userId)
}

/** What a new contact may be given: a name, and any of the rest. */
export const contactCreate: fc.Arbitrary<Contact.ContactCreate> = fc.record(
  { name, ...settable, notes: fc.option(text(1_000)) },
  { requiredKeys: ["name"], noNullPrototype: true }
)

/** Changes to a contact, from none to all of its fields. Members that only reading shows are left out. */
export const contactUpdate: fc.Arbitrary<Contact.ContactUpdate> = fc.record(
  { name, ...settable },
  { requiredKeys: [], noNullPrototype: true }
)

/** Conditions on a list, from none to all of them. */
export const contactFilter: fc.Arbitrary<Query.ContactFilter> = fc.record(
  {
    status: fc.constantFrom<Array<NonNullable<Query.ContactFilter["status"]>>>(
      "active",
      "inactive",
      "lead",
      "customer"
    ),
    type: settable.type,
    source: fc.constantFrom("website", "referral", "nowhere"),
    ownerId: userId,
    externalId,
    search: fc
      .oneof(word, name, phone, email, fc.constantFrom("", " ", "%", "_", "'", '"', "a b", "jo"))
      .map((search) => search.slice(0, 200))
  },
  { requiredKeys: [], noNullPrototype: true }
)

// -- Activities and tasks ---------------------------------------------------------------------------------------------

const instant: fc.Arbitrary<DateTime.Utc> = fc
  .integer({ min: Date.UTC(2025, 0), max: Date.UTC(2027, 0) })
  .map((millis) => DateTime.makeUnsafe(millis))

/** A type of activities. */
export const activityType: fc.Arbitrary<Activity.ActivityType> = fc.constantFrom(
  "call",
  "email",
  "meeting",
  "demo",
  "note",
  "task"
)

/** What a new activity may be given, but for what it is about. */
export const activityCreate: fc.Arbitrary<Activity.ActivityCreate> = fc.record(
  {
    type: activityType,
    subject: fc.option(text(500)),
    description: fc.option(text(1_000)),
    outcome: fc.option(fc.constantFrom("positive", "no answer", "")),
    durationMinutes: fc.option(fc.nat(600)),
    nextSteps: fc.option(text(500)),
    occurredAt: instant
  },
  { requiredKeys: ["type"], noNullPrototype: true }
)

/** A due date: a day, or an instant in one of its spellings. */
export const dueDate: fc.Arbitrary<string> = fc.oneof(
  instant.map((time) => DateTime.formatIsoDateUtc(time)),
  instant.map((time) => DateTime.formatIso(time)),
  fc.constantFrom("2026-01-26T10:00:00Z", "2026-01-26T11:00+01:00", "2026-01-26 10:00", "0001-01-01", "9999-12-31")
)

const taskFields = {
  title: filledText(500),
  description: fc.option(text(1_000)),
  dueDate: fc.option(dueDate),
  priority: fc.constantFrom<Array<Task.TaskPriority>>("low", "medium", "high"),
  assignedTo: fc.option(userId)
}

/** What a new task may be given, but for what it is about. */
export const taskCreate: fc.Arbitrary<Task.TaskCreate> = fc.record(taskFields, {
  requiredKeys: ["title"],
  noNullPrototype: true
})

/** Changes to a task, from none to all of its fields, but for what it is about. */
export const taskUpdate: fc.Arbitrary<Task.TaskUpdate> = fc.record(
  { ...taskFields, status: fc.constantFrom<Array<Task.TaskStatus>>("pending", "completed") },
  { requiredKeys: [], noNullPrototype: true }
)
