/**
 * Makes contacts.csv: 1,200 contacts of people and companies that do not exist.
 *
 *     node examples/data/generate.ts [file]
 *
 * Guarantees: the same bytes on every run and every machine, since all chance comes from one seeded generator; e-mail
 * domains and phone numbers only from ranges reserved for documentation and fiction. Fails only if the file cannot be
 * written.
 */
import { writeFileSync } from "node:fs"
import { argv } from "node:process"

const seed = 20_240_229
const rowCount = 1_200
const withoutEmail = 60
const duplicates = 12
const multiline = 36
const quoting = 30

const header = [
  "Full Name",
  "Email Address",
  "Phone",
  "Company",
  "Job Title",
  "City",
  "Country",
  "Status",
  "Source",
  "Tags",
  "Notes"
]

// mulberry32: 32-bit integer arithmetic only, so no engine can differ.
let state = seed

const random = (): number => {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

const below = (n: number): number => Math.floor(random() * n)

const pick = <A>(items: ReadonlyArray<A>): A => {
  const item = items[below(items.length)]
  if (item === undefined) throw new Error("nothing to pick from")
  return item
}

const chance = (share: number): boolean => random() < share

const shuffled = <A>(items: ReadonlyArray<A>): Array<A> => {
  const out: Array<A> = []
  for (const item of items) out.splice(below(out.length + 1), 0, item)
  return out
}

const digits = (n: number): string => Array.from({ length: n }, () => below(10)).join("")

// Words of a list; `日本=nihon` gives the spelling for e-mail addresses of what is not in Latin letters.
interface Word {
  readonly text: string
  readonly ascii: string
}

const special: Record<string, string> = {
  ß: "ss",
  ø: "o",
  ł: "l",
  đ: "d",
  æ: "ae",
  ı: "i",
  þ: "th",
  ð: "d",
  œ: "oe"
}

const ascii = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[ßøłđæıþðœ]/g, (letter) => special[letter] ?? "")
    .normalize("NFD")
    .replace(/[^a-z]/g, "")

const words = (list: string): ReadonlyArray<Word> =>
  list.split(" ").map((word) => {
    const [text = "", latin] = word.replaceAll("_", " ").split("=")
    return { text, ascii: latin ?? ascii(text) }
  })

const us = (): string => {
  const [area, line] = [pick(["212", "312", "415", "617", "206"]), `01${digits(2)}`]
  return pick([`+1${area}555${line}`, `+1 ${area}-555-${line}`, `(${area}) 555-${line}`, `${area}.555.${line}`])
}

const gb = (): string => {
  const line = digits(3)
  return pick([
    `+442079460${line}`,
    `+44 20 7946 0${line}`,
    `020 7946 0${line}`,
    `(0117) 496 0${line}`,
    `07700 900${line}`,
    `+44 (0)1632 960${line}`
  ])
}

const ie = (): string => pick([`+353 20 91${digits(1)} ${digits(4)}`, `020 91${digits(1)} ${digits(4)}`])

const au = (): string =>
  pick([`+61 2 5550 ${digits(4)}`, `(02) 5550 ${digits(4)}`, `+612 7010 ${digits(4)}`, "0491 570 156", "+61491570158"])

const de = (): string =>
  pick([`+49 30 23125${digits(3)}`, `030/23125-${digits(3)}`, `+4917139200${digits(2)}`, `0221 4710 ${digits(3)}`])

const fr = (): string =>
  pick([`+33 1 99 00 ${digits(2)} ${digits(2)}`, `01 99 00 ${digits(2)} ${digits(2)}`, `+3363998${digits(4)}`])

const se = (): string => pick([`+46 8 465 004 ${digits(2)}`, `08-465 004 ${digits(2)}`, `+463139006${digits(2)}`])

// Where no range is set aside for fiction, some have a number in a country that has one, and most have none.
const abroad = (): string => (chance(0.35) ? pick([us, gb])() : "")

interface Culture {
  readonly weight: number
  readonly country: string
  readonly cities: ReadonlyArray<string>
  readonly given: ReadonlyArray<Word>
  readonly family: ReadonlyArray<Word>
  readonly phone: () => string
  /** How the two are written; given name first unless said otherwise. */
  readonly name?: (given: string, family: string) => string
}

const culture = (
  weight: number,
  country: string,
  cities: string,
  given: string,
  family: string,
  phone: () => string,
  name?: (given: string, family: string) => string
): Culture => ({
  weight,
  country,
  cities: cities.split("|"),
  given: words(given),
  family: words(family),
  phone,
  ...(name === undefined ? {} : { name })
})

const familyFirst = (given: string, family: string): string => `${family} ${given}`
const unspaced = (given: string, family: string): string => `${family}${given}`

const cultures: ReadonlyArray<Culture> = [
  culture(
    14,
    "United States",
    "Boston|Chicago|Seattle|New York|San José",
    "Emma Liam Olivia Noah Ava Ethan Sofía Mason Zoë Jean-Luc Mary_Ann Tyrone Renée",
    "Johnson Williams Carter Nguyen Martínez O'Hara Washington Smith-Jones Kowalski De_La_Cruz",
    us
  ),
  culture(
    12,
    "United Kingdom",
    "London|Bristol|Leeds|Edinburgh|Cardiff",
    "Oliver Amelia George Isla Harry Siân Rhys Chloë Alistair Priya Gwenllïan",
    "Taylor Davies Patel Llewellyn Fraser MacDonald Okafor Ashworth Fitz-Gerald Hughes",
    gb
  ),
  culture(
    6,
    "Ireland",
    "Dublin|Cork|Galway",
    "Seán Aoife Niamh Pádraig Ciarán Róisín Conor Gráinne",
    "O'Brien O'Sullivan Murphy Ní_Dhomhnaill O'Neill Kelly Mac_Giolla",
    ie
  ),
  culture(
    5,
    "Australia",
    "Sydney|Melbourne|Perth",
    "Jack Charlotte Lachlan Matilda Cooper Ruby",
    "Wilson Thompson D'Arcy Nguyen Papadopoulos Walker",
    au
  ),
  culture(
    11,
    "Germany",
    "Berlin|Köln|München|Düsseldorf",
    "Jürgen Anna Björn Käthe Lukas Annegret Günther Jörg Sabine Hans-Peter",
    "Müller Schmidt Schröder Weiß Groß Krämer von_der_Heide Köhler Bäcker Straßer",
    de
  ),
  culture(
    9,
    "France",
    "Paris|Lyon|Besançon|Nîmes",
    "Élodie François Zoé Jérôme Anaïs Benoît Maëlle Loïc Hélène Jean-François",
    "Lefèvre D'Aubigné Dupont Béranger Garçon Le_Goff L'Hôpital Noël Gauthier",
    fr
  ),
  culture(
    6,
    "Sweden",
    "Stockholm|Göteborg|Malmö",
    "Åsa Björn Märta Örjan Linnéa Göran",
    "Åkesson Sjöberg Lindqvist Öberg Nyström Ekström",
    se
  ),
  culture(
    6,
    "Spain",
    "Madrid|Málaga|A Coruña",
    "José Íñigo Begoña María_José Álvaro Nuria",
    "García_Márquez Muñoz_Ibáñez Núñez Peña_López Ordóñez Castaño",
    abroad
  ),
  culture(
    6,
    "Brazil",
    "São Paulo|Florianópolis|Belém",
    "João Conceição Antônio Letícia Thaís Luís",
    "da_Silva Gonçalves Araújo dos_Santos Magalhães Simões",
    abroad
  ),
  culture(
    5,
    "Italy",
    "Milano|Torino|Forlì",
    "Niccolò Giulia Alessandro Mariangela Salvò Chiara",
    "D'Angelo Dell'Acqua Nicolò Rossi De_Luca Conti",
    abroad
  ),
  culture(
    4,
    "Norway",
    "Oslo|Tromsø|Ålesund",
    "Øystein Ingrid Håkon Åse Bjørn",
    "Ødegård Bjørnstad Hægeland Sørensen Kjær",
    abroad
  ),
  culture(
    2,
    "Iceland",
    "Reykjavík|Ísafjörður",
    "Þóra Guðrún Ásdís Sigríður",
    "Jónsdóttir Þórsdóttir Ágústsdóttir",
    abroad
  ),
  culture(
    5,
    "Poland",
    "Łódź|Kraków|Gdańsk",
    "Łukasz Małgorzata Żaneta Paweł Święcisław",
    "Wójcik Dąbek Łoś Brzęczyszczykiewicz Żak",
    abroad
  ),
  culture(4, "Czechia", "Praha|Plzeň|Břeclav", "Jiří Řehoř Tomáš Ondřej", "Dvořák Říha Štěpánek Hruška", abroad),
  culture(
    4,
    "Türkiye",
    "İstanbul|İzmir|Eskişehir",
    "Çağla Şükrü Işıl İpek Gökhan",
    "Yıldırım Öztürk Çelik Güneş",
    abroad
  ),
  culture(
    5,
    "Greece",
    "Αθήνα|Θεσσαλονίκη|Πάτρα",
    "Γιώργος=giorgos Κώστας=kostas Νίκος=nikos Δημήτρης=dimitris Ανδρέας=andreas",
    "Παπαδόπουλος=papadopoulos Νικολάου=nikolaou Οικονόμου=oikonomou Ζαχαρίου=zachariou",
    abroad
  ),
  culture(
    5,
    "Ukraine",
    "Київ|Львів|Одеса",
    "Олена=olena Андрій=andrii Софія=sofiia Юрій=yurii Наталія=nataliia",
    "Шевченко=shevchenko Коваленко=kovalenko Бондаренко=bondarenko Гриценко=hrytsenko",
    abroad
  ),
  culture(
    3,
    "Bulgaria",
    "София|Пловдив|Варна",
    "Иван=ivan Георги=georgi Димитър=dimitar Стоян=stoyan",
    "Иванов=ivanov Петков=petkov Стоянов=stoyanov Щерев=shterev",
    abroad
  ),
  culture(
    6,
    "Japan",
    "東京|大阪|京都",
    "太郎=taro 花子=hanako さくら=sakura 健一=kenichi 陽菜=hina ケンジ=kenji",
    "山田=yamada 佐藤=sato 鈴木=suzuki 高橋=takahashi 渡辺=watanabe 髙木=takagi",
    abroad,
    familyFirst
  ),
  culture(
    6,
    "China",
    "上海|深圳|成都",
    "伟=wei 秀英=xiuying 建国=jianguo 小燕=xiaoyan 子轩=zixuan",
    "王=wang 李=li 欧阳=ouyang 陈=chen 赵=zhao",
    abroad,
    unspaced
  ),
  culture(
    4,
    "South Korea",
    "서울|부산",
    "민준=minjun 서연=seoyeon 지훈=jihun 하은=haeun",
    "김=kim 이=lee 박=park 최=choi",
    abroad,
    unspaced
  ),
  culture(
    4,
    "Vietnam",
    "Hà Nội|Đà Nẵng",
    "Văn_An Thị_Hương Quốc_Bảo Minh_Đức",
    "Nguyễn Trần Phạm Đặng Huỳnh",
    abroad,
    familyFirst
  ),
  culture(
    5,
    "India",
    "Bengaluru|Mumbai|दिल्ली",
    "Aarav Ananya Rohan प्रिया=priya अमित=amit Lakshmi",
    "Sharma Iyer शर्मा=sharma Mukherjee Reddy Singh",
    abroad
  ),
  culture(
    3,
    "Egypt",
    "القاهرة|الإسكندرية",
    "محمد=mohamed فاطمة=fatma يوسف=youssef ليلى=layla",
    "حسن=hassan السيد=elsayed منصور=mansour",
    abroad
  ),
  culture(2, "Israel", "תל אביב|חיפה", "נועה=noa איתי=itai דוד=david", "כהן=cohen לוי=levi מזרחי=mizrahi", abroad),
  culture(
    4,
    "Nigeria",
    "Lagos|Ìbàdàn|Abuja",
    "Adébáyọ̀ Chidinma Olúwaṣeun Ngozi Ṣadé",
    "Okonkwo Adéyẹmí Eze Ògúnlẹ́sì Balogun",
    abroad
  )
]

const companyFirst =
  "Northwind Bluestone Kestrel Harbour Tamarack Silverline Ostrava Lumière Pinecrest Meridian Alpenglück Fjordlys Ardan".split(
    " "
  )
const companySecond =
  "Logistics Foods Robotics Textiles Analytics Optics Ceramics Energy Instruments Publishing Gardens Marine".split(" ")
const companyForm = ["Ltd", "Inc.", "GmbH", "S.A.", "AB", "Cooperative", "& Co.", ""]

// Each of these needs quotes, and some of them doubled ones.
const companyQuoted = [
  "Müller, Schmidt & Söhne",
  "Smith, Jones & Partners",
  "O'Connell & Sons, Ltd.",
  'The "Blue Door" Bakery',
  'Gasthof "Zum Goldenen Hirsch", Inh. Weiß',
  'Café "L\'Été" SARL',
  "Hansen, Öberg og Døtre",
  "Kowalski, Żak i Wspólnicy"
]
const companyLocal: Record<string, ReadonlyArray<string>> = {
  Japan: ["株式会社みどり製作所", "有限会社青空商店"],
  China: ["深圳蓝鲸科技有限公司", "上海朝阳贸易有限公司"],
  "South Korea": ["한빛소프트웨어㈜", "푸른바다물산"],
  Greece: ["Αιγαίο Τρόφιμα Α.Ε.", "Όλυμπος Λογιστική"],
  Ukraine: ["ТОВ «Карпатський Мед»", "Дніпро Логістика"],
  Egypt: ["شركة النيل الأزرق"],
  Israel: ['הגליל תוכנה בע"מ']
}

const jobTitles = [
  "Account Manager",
  "Chief Executive Officer",
  "Head of Procurement",
  "Office Manager",
  "Software Engineer",
  "Sales Director, EMEA",
  "Marketing Lead",
  "Operations Manager",
  "Owner",
  "IT Administrator",
  "Finance Controller",
  "Assistant to the CEO"
]
const jobTitlesLocal: Record<string, ReadonlyArray<string>> = {
  Germany: ["Geschäftsführung", "Leitung Einkauf", "Prokura"],
  France: ["Direction générale", "Responsable achats, région Sud", "Chargé·e de clientèle"],
  Spain: ["Dirección comercial", "Jefatura de compras"],
  Japan: ["営業部長", "代表取締役"]
}
const sources = ["website", "website", "referral", "event", "newsletter", "cold_call"]
const tags = "vip newsletter partner trial renewal enterprise smb press event-2024 follow-up".split(" ")
const domains = ["example.com", "example.com", "example.org", "example.net", "mail.example.com", "team.example.org"]

const notes = [
  "Met at the spring fair",
  "Prefers e-mail to phone",
  "Asked for a quote, second half of the year",
  "Renewal due in autumn",
  "Speaks English, French and some Czech",
  "Budget approved; decision pending",
  "Introduced by a former colleague",
  "Wants a demo for the whole team",
  "Has used a competitor since 2019"
]
const linesFirst = ["Call of Monday:", "Summary of the meeting:", "Address for deliveries:", "Open points:"]
const linesNext = [
  "- wants a price for 50 seats",
  "- legal review, then signature",
  "Gate 4, second floor",
  "ask for the caretaker",
  "- data stays in the EU",
  "next contact in two weeks"
]
const quoted = [
  'Said "maybe next quarter", so try again',
  'Calls the product "the green one"',
  'Signs as "Doc"',
  'Quote: "price is fine, timing is not"',
  'Monitor size: 27" or larger'
]

const note = (index: number): string => {
  if (index < multiline) {
    const lines = [pick(linesFirst), ...shuffled(linesNext).slice(0, 1 + below(3))]
    // Half of the line breaks as Windows writes them, half as everyone else does.
    return lines.join(index % 2 === 0 ? "\n" : "\r\n")
  }
  if (index < multiline + quoting) return pick(quoted)
  return chance(0.45) ? pick(notes) : ""
}

const slug = (company: string): string =>
  company
    .toLowerCase()
    .replace(/[^a-z]+/g, "-")
    .replace(/^-|-$/g, "")

const company = (country: string): { readonly name: string; readonly domain: string } => {
  const local = companyLocal[country]
  if (local !== undefined && chance(0.6)) return { name: pick(local), domain: pick(domains) }
  if (chance(0.08)) return { name: pick(companyQuoted), domain: pick(domains) }
  if (chance(0.1)) return { name: "", domain: pick(domains) }
  const stem = `${pick(companyFirst)} ${pick(companySecond)}`
  return {
    name: `${stem} ${pick(companyForm)}`.trim(),
    domain: /^[ -~]*$/.test(stem) ? `${slug(stem)}.example` : pick(domains)
  }
}

const jobTitle = (country: string): string => {
  const local = jobTitlesLocal[country]
  if (local !== undefined && chance(0.5)) return pick(local)
  return chance(0.1) ? "" : pick(jobTitles)
}

const recase = (email: string, i: number): string =>
  [
    email.toUpperCase(),
    email.replace(/^[a-z]|\.[a-z](?=[^@]*@)/g, (letter) => letter.toUpperCase()),
    email.replace(/@.*$/, (domain) => domain.toUpperCase())
  ][i % 3] ?? email

const weighted = cultures.flatMap((culture) => Array.from({ length: culture.weight }, () => culture))

const rows = (): ReadonlyArray<ReadonlyArray<string>> => {
  const indices = Array.from({ length: rowCount }, (_, i) => i)
  // A duplicate needs an earlier row to repeat.
  const repeating = shuffled(indices.filter((i) => i >= 200)).slice(0, duplicates)
  const mute = new Set(shuffled(indices.filter((i) => !repeating.includes(i))).slice(0, withoutEmail))
  const noteKinds = shuffled(indices)
  const used = new Set<string>()
  const out: Array<Array<string>> = []
  const originals: Array<number> = []
  for (const i of indices) {
    const { cities, country, family, given, name, phone } = pick(weighted)
    const [first, last, employer] = [pick(given), pick(family), company(country)]
    let fullName = (name ?? ((given, family) => `${given} ${family}`))(first.text, last.text)
    let city = pick(cities)
    let land = country
    let email = ""
    const repeated = repeating.indexOf(i)
    if (repeated !== -1) {
      // The same person once more, as lists that were merged by hand have it.
      const original = originals.splice(below(originals.length), 1)[0] ?? 0
      const row = out[original] ?? []
      fullName = row[0] ?? ""
      email = recase(row[1] ?? "", repeated)
      city = row[5] ?? ""
      land = row[6] ?? ""
    } else if (!mute.has(i)) {
      const local = pick([`${first.ascii}.${last.ascii}`, `${first.ascii.slice(0, 1)}${last.ascii}`, last.ascii])
      for (let n = 1; email === "" || used.has(email); n++) email = `${local}${n === 1 ? "" : n}@${employer.domain}`
      used.add(email)
      originals.push(i)
    }
    out.push([
      fullName,
      email,
      chance(0.12) ? "" : phone(),
      employer.name,
      jobTitle(country),
      city,
      land,
      chance(0.82) ? "active" : "inactive",
      pick(sources),
      shuffled(tags).slice(0, below(4)).join(";"),
      note(noteKinds[i] ?? 0)
    ])
  }
  return out
}

const cell = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)

const text = [header, ...rows()].map((row) => `${row.map(cell).join(",")}\r\n`).join("")

writeFileSync(argv[2] ?? new URL("contacts.csv", import.meta.url), text)
