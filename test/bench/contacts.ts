/** Made-up contacts in any number, the same for the same number: input for benchmarks. No address in it can exist. */
import { createWriteStream } from "node:fs"
import { once } from "node:events"

const header = "Full Name,Email Address,Phone,Company,Job Title,City,Country,Status,Source,Tags,Notes"

/** Which column of the file goes where. */
export const mapping = {
  name: "Full Name",
  email: "Email Address",
  phone: "Phone",
  company: "Company",
  title: "Job Title",
  "address.city": "City",
  "address.country": "Country",
  status: "Status",
  source: "Source",
  tags: "Tags",
  notes: "Notes"
}

const first = [
  "Amara",
  "Björn",
  "Chiara",
  "Dmitri",
  "Éloïse",
  "Farid",
  "Grace",
  "Hiro",
  "Inês",
  "Jérôme",
  "Kateryna",
  "Łukasz"
]
const last = [
  "Abara",
  "Ångström",
  "Bianchi",
  "Castaño",
  "Doyle",
  "Fischer",
  "Garçon",
  "Ito",
  "Kowalski",
  "Müller",
  "Okafor"
]
const places = ["Lagos,Nigeria", "Malmö,Sweden", "Torino,Italy", "Kraków,Poland", "Lyon,France", "Osaka,Japan"]
const companies = ["Alder & Finch", "Blue Heron Foods", "Caldera Systems", "Dunmore Textiles", "Ember Analytics"]
const titles = ["Buyer", "Director of Operations", "Head of Sales", "Office Manager", "Software Engineer"]
const tags = ["", "enterprise", "smb;trial", "event-2024", "partner;enterprise"]

/** One of a list, evenly but without a visible pattern (Knuth's multiplicative hash). */
const pick = (list: ReadonlyArray<string>, row: number, salt: number): string =>
  list[((Math.imul(row + salt, 2_654_435_761) >>> 0) >>> 8) % list.length] ?? ""

/** 1 in 5 is inactive; 1 in 100 came through a partner, the rest by four other ways; 1 in 20 has a note. */
const record = (row: number): string => {
  const family = pick(last, row, 2)
  const status = row % 5 === 0 ? "inactive" : "active"
  const source = row % 100 === 1 ? "partner" : pick(["website", "referral", "event", "newsletter"], row, 3)
  const phone = row % 2 === 0 ? `+1 202 555 ${String(row % 10_000).padStart(4, "0")}` : ""
  const company = row % 10 === 0 ? `"${family}, ${pick(companies, row, 4)}"` : `${family} ${pick(companies, row, 4)}`
  const note = row % 20 === 0 ? `"Asked for a ""second"" quote,\ncall back after row ${row}"` : ""
  const name = `${pick(first, row, 1)} ${family}`
  const rest = [pick(titles, row, 5), pick(places, row, 6), status, source, pick(tags, row, 7), note]
  return [name, `person.${row}@mail.example.com`, phone, company, ...rest].join(",")
}

/** Writes the header and that many rows, in flat memory. */
export const writeCsv = async (path: string, rows: number): Promise<void> => {
  const file = createWriteStream(path)
  file.write(`${header}\r\n`)
  for (let row = 1; row <= rows; row++) {
    if (!file.write(`${record(row)}\r\n`)) await once(file, "drain")
  }
  file.end()
  await once(file, "finish")
}
