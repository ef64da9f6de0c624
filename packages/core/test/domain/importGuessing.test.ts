import { assert, describe, it } from "@effect/vitest"
import { ContactImport, ImportGuessing, type Importing } from "@clientele/core"
import { contactNames, dealNames } from "@clientele/core/domain/ImportGuessingNames"
import * as Result from "effect/Result"
import * as fc from "fast-check"

const { contacts, deals } = ImportGuessing

/** The columns of a mapping in one list. */
const columnsOf = (mapping: Importing.Mapping): ReadonlyArray<string> => Object.values(mapping).flat()

const names = [...new Set([contactNames, dealNames].flatMap((all) => Object.values(all).flat()))]
const targets = [...Object.keys(contactNames), "secondary_phones", "custom_fields.size:number", "custom_fields.kind"]

const header = fc.uniqueArray(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...names) },
    fc.constantFrom(...targets),
    fc.constantFrom("Business", "home ", "E-mail 2 Address", "Other Phone", "STATUS", "Lead-Status", "", "Nom"),
    fc
      .tuple(fc.constantFrom(...names), fc.constantFrom(" 2", " (privat)", " work", "?"))
      .map((parts) => parts.join("")),
    fc.string()
  ),
  { selector: (name) => name.trim(), maxLength: 12 }
)

const cell = fc.constantFrom(
  "",
  "",
  " ",
  "Ada",
  "Lovelace",
  "Ada Lovelace",
  "ada@example.com",
  "b@example.com;c@example.com",
  "lead",
  "Customer",
  "active",
  "new",
  "2024-02-03",
  "3.2.2024",
  "12.5",
  "x".repeat(300)
)

// Columns of one value mostly, as columns are, so that they fit and do not fit by turns.
const column = fc.tuple(cell, fc.array(cell, { maxLength: 2 }), fc.integer({ min: 0, max: 40 }))

const table = header.chain((names) =>
  fc
    .tuple(fc.array(column, { minLength: names.length, maxLength: names.length }), fc.nat(45))
    .map(([columns, rows]) => ({
      header: names,
      rows: Array.from({ length: rows }, (_, row) =>
        columns.map(([usual, others, every]) => (row % (every + 1) === 0 ? others[row % 2] : undefined) ?? usual)
      )
    }))
)

/** The table with its columns in another order. */
const shuffled = table.chain(({ header, rows }) =>
  fc.shuffledSubarray([...header.keys()], { minLength: header.length, maxLength: header.length }).map((order) => [
    { header, rows },
    {
      header: order.map((index) => header[index] ?? ""),
      rows: rows.map((row) => order.map((index) => row[index] ?? ""))
    }
  ])
)

const byColumn = (left: ReadonlyArray<ImportGuessing.LeftColumn>) =>
  left.map(({ column, reason, target }) => `${column}|${target}|${reason}`).sort()

describe("laws", () => {
  it("columns in another order are the same guess", () => {
    fc.assert(
      fc.property(shuffled, (tables) => {
        const [one, other] = tables.map(({ header, rows }) => contacts(header, rows))
        assert.deepStrictEqual(other?.mapping, one?.mapping)
        assert.deepStrictEqual(byColumn(other?.left ?? []), byColumn(one?.left ?? []))
      }),
      { numRuns: 300 }
    )
  })

  it("a guess is a mapping: of columns that are there, each once, and several only where several may be", () => {
    fc.assert(
      fc.property(table, ({ header, rows }) => {
        const { left, mapping } = contacts(header, rows)
        const used = columnsOf(mapping)
        assert.strictEqual(new Set(used).size, used.length)
        for (const { column } of left) assert.notInclude(used, column)
        if (used.length > 0) assert.isTrue(Result.isSuccess(ContactImport.rowReader(header, {}, mapping)))
      }),
      { numRuns: 300 }
    )
  })

  it("of the cells of each column, 95 in 100 can be read", () => {
    fc.assert(
      fc.property(table, ({ header, rows }) => {
        const { mapping } = contacts(header, rows)
        if (columnsOf(mapping).length === 0) return
        const reader = Result.getOrThrow(ContactImport.rowReader(header, {}, mapping))
        const errors = rows.flatMap((cells, index) =>
          Result.match(reader.read({ row: index + 1, cells }), {
            onSuccess: () => [],
            onFailure: (errors) => errors
          })
        )
        for (const column of columnsOf(mapping)) {
          const filled = rows.filter((row) => (row[header.indexOf(column)] ?? "").trim() !== "").length
          const failed = errors.filter((error) => error.column === column).length
          assert.isAtMost(failed, filled * 0.05, column)
        }
      }),
      { numRuns: 300 }
    )
  })

  it("the names of targets are themselves, in any order", () => {
    const every = [...targets, "social.mastodon", "custom_fields.tags:list"]
    fc.assert(
      fc.property(fc.shuffledSubarray(every, { minLength: 1 }), (header) => {
        assert.deepStrictEqual(contacts(header, []), {
          mapping: Object.fromEntries(header.map((name) => [name, name])),
          left: []
        })
      })
    )
  })

  it("each name in the tables means one of the targets it stands for", () => {
    const everything = () => () => true
    for (const [all, guess] of [
      [contactNames, (name: string) => contacts([name], [])],
      [dealNames, (name: string) => deals([name], [], everything)]
    ] as const) {
      for (const [target, names] of Object.entries(all)) {
        for (const name of names) {
          const [found] = Object.keys(guess(name).mapping)
          const meant = Object.keys(all).filter((other) => all[other]?.includes(name))
          assert.include([target, ...meant], found, name)
        }
      }
    }
  })
})

describe("values", () => {
  const statuses = (fitting: number, others: number) => [
    ...Array.from({ length: fitting }, () => ["Active"]),
    ...Array.from({ length: others }, () => ["New"]),
    [" "]
  ]

  it("decide from 95 in 100 on, blank ones not counted", () => {
    assert.deepStrictEqual(contacts(["Status"], statuses(95, 5)), { mapping: { status: "Status" }, left: [] })
    const { left, mapping } = contacts(["Status"], statuses(94, 6))
    assert.deepStrictEqual(mapping, {})
    assert.deepStrictEqual(left, [{ column: "Status", target: "status", reason: "values" }])
    assert.deepStrictEqual(left.map(ImportGuessing.explain), [
      'Column "Status" was not taken for status: its values are of another kind'
    ])
  })

  it("decide in the first thousand rows", () => {
    assert.deepStrictEqual(contacts(["Status"], statuses(1_000, 500)).mapping, { status: "Status" })
  })

  it("decide between the meanings of one name", () => {
    assert.deepStrictEqual(contacts(["Estado"], [["Sonora"]]).mapping, { "address.state": "Estado" })
    assert.deepStrictEqual(contacts(["Estado"], [["active"]]).mapping, { status: "Estado" })
  })

  it("a filled column wins over an empty one, a better name over a worse one", () => {
    const header = ["Associated Company", "Company Name"]
    assert.deepStrictEqual(contacts(header, [["Acme", "Initech"]]), {
      mapping: { company: "Company Name" },
      left: [{ column: "Associated Company", target: "company", reason: "taken" }]
    })
    assert.deepStrictEqual(contacts(header, [["Acme", ""]]).mapping, { company: "Associated Company" })
  })

  it("id is the external id, unless there is one", () => {
    assert.deepStrictEqual(contacts(["id", "name"], []).mapping, { external_id: "id", name: "name" })
    assert.deepStrictEqual(contacts(["id", "external_id"], [["7", ""]]).mapping, { external_id: "external_id" })
  })

  it("an address is of one piece, the one with most parts", () => {
    const header = ["Home Street", "Home City", "Home Postal Code", "Business Street", "Business City", "Country"]
    const home = { "address.street": "Home Street", "address.city": "Home City", "address.zip": "Home Postal Code" }
    assert.deepStrictEqual(contacts(header, [["Main St 1", "Rome", "1", "", "Paris", "FR"]]).mapping, home)
    assert.deepStrictEqual(contacts(header, [["", "", "1", "Rue 1", "Paris", ""]]).mapping, {
      "address.street": "Business Street",
      "address.city": "Business City"
    })
  })

  it("a column called name is the missing half of the name where it does not hold the whole", () => {
    const german = ["Vorname", "Name"]
    assert.deepStrictEqual(contacts(german, [["Ada", "Lovelace"]]).mapping, {
      first_name: "Vorname",
      last_name: "Name"
    })
    assert.deepStrictEqual(contacts(german, [["Ada", "Ada Lovelace"]]).mapping, { first_name: "Vorname", name: "Name" })
    assert.deepStrictEqual(contacts(["Nombre", "Apellidos"], [["Ada", "Lovelace"]]).mapping, {
      first_name: "Nombre",
      last_name: "Apellidos"
    })
    assert.deepStrictEqual(contacts(["Nome", "Nome", ""], []).mapping, { name: "Nome" })
  })
})

/** A header as one line, and what is taken from it: target, and column where it is not the only one of its kind. */
const guessed = (line: string, rows: ReadonlyArray<string> = []) =>
  contacts(
    line.split(","),
    rows.map((row) => row.split(","))
  ).mapping

describe("exports of other programs", () => {
  it("HubSpot", () => {
    assert.deepStrictEqual(
      guessed(
        "Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,Contact owner,Lifecycle Stage,Lead Status,Company Name,Job Title,Create Date,Street Address,City,State/Region,Postal Code,Country/Region,Website URL,Twitter Username,Original Source,Associated Company",
        ["51,Ada,Lovelace,ada@example.com,+441,+442,Bo,Subscriber,Open,Acme,CTO,2024-01-15 10:30,1 St,Rome,,1,IT,,,,"]
      ),
      {
        external_id: "Record ID",
        first_name: "First Name",
        last_name: "Last Name",
        email: "Email",
        phone: ["Phone Number", "Mobile Phone Number"],
        company: "Company Name",
        title: "Job Title",
        source: "Original Source",
        created_at: "Create Date",
        "address.street": "Street Address",
        "address.city": "City",
        "address.state": "State/Region",
        "address.zip": "Postal Code",
        "address.country": "Country/Region",
        "social.twitter": "Twitter Username"
      }
    )
  })

  it("Salesforce", () => {
    assert.deepStrictEqual(
      guessed(
        "Id,AccountId,LastName,FirstName,Salutation,OtherStreet,OtherCity,MailingStreet,MailingCity,MailingState,MailingPostalCode,MailingCountry,Phone,Fax,MobilePhone,HomePhone,AssistantPhone,ReportsToId,Email,Title,Department,LeadSource,Birthdate,Description,OwnerId,CreatedDate,LastModifiedDate"
      ),
      {
        external_id: "Id",
        first_name: "FirstName",
        last_name: "LastName",
        email: "Email",
        phone: ["Phone", "MobilePhone", "HomePhone"],
        title: "Title",
        source: "LeadSource",
        owner_id: "OwnerId",
        notes: "Description",
        created_at: "CreatedDate",
        "address.street": "MailingStreet",
        "address.city": "MailingCity",
        "address.state": "MailingState",
        "address.zip": "MailingPostalCode",
        "address.country": "MailingCountry"
      }
    )
  })

  it("Google Contacts", () => {
    assert.deepStrictEqual(
      guessed(
        "First Name,Middle Name,Last Name,Name Prefix,File As,Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Value,Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - Region,Address 1 - Postal Code,Address 1 - Country,Address 2 - Street,Website 1 - Value"
      ),
      {
        first_name: "First Name",
        last_name: "Last Name",
        email: ["E-mail 1 - Value", "E-mail 2 - Value"],
        phone: ["Phone 1 - Value", "Phone 2 - Value"],
        company: "Organization Name",
        title: "Organization Title",
        tags: "Labels",
        notes: "Notes",
        "address.street": "Address 1 - Street",
        "address.city": "Address 1 - City",
        "address.state": "Address 1 - Region",
        "address.zip": "Address 1 - Postal Code",
        "address.country": "Address 1 - Country"
      }
    )
  })

  it("Outlook", () => {
    assert.deepStrictEqual(
      guessed(
        "First Name,Middle Name,Last Name,Title,Suffix,E-mail Address,E-mail 2 Address,Home Phone,Business Phone,Business Phone 2,Mobile Phone,Business Fax,Company Main Phone,Job Title,Company,Manager's Name,Business Street,Business City,Business State,Business Postal Code,Business Country/Region,Home Street,Web Page,Notes,Categories"
      ),
      {
        first_name: "First Name",
        last_name: "Last Name",
        email: ["E-mail Address", "E-mail 2 Address"],
        phone: ["Mobile Phone", "Business Phone", "Business Phone 2", "Home Phone"],
        company: "Company",
        title: "Job Title",
        tags: "Categories",
        notes: "Notes",
        "address.street": "Business Street",
        "address.city": "Business City",
        "address.state": "Business State",
        "address.zip": "Business Postal Code",
        "address.country": "Business Country/Region"
      }
    )
  })

  const parts = (mapping: Importing.Mapping) => Object.keys(mapping).sort()
  const usual = ["address.city", "address.country", "address.street", "address.zip", "company", "email"]

  it.each([
    "Vorname,Nachname,Firma,Position,Straße geschäftlich,Ort geschäftlich,Postleitzahl geschäftlich,Land/Region geschäftlich,Telefon geschäftlich,Mobiltelefon,E-Mail-Adresse,E-Mail-Typ",
    "Prénom,Nom de famille,Société,Titre,Rue (bureau),Ville (bureau),Code postal (bureau),Pays/Région (bureau),Téléphone (bureau),Téléphone mobile,Adresse de messagerie,Type de messagerie",
    "Primer nombre,Apellidos,Organización,Puesto,Calle del trabajo,Ciudad de trabajo,Código postal del trabajo,País o región del trabajo,Teléfono del trabajo,Móvil,Dirección de correo electrónico",
    "Nome proprio,Cognome,Società,Qualifica,Via (uff.),Indirizzo,Città,CAP,Paese,Telefono,Cellulare,Indirizzo e-mail",
    "Voornaam,Achternaam,Bedrijf,Functie,Straat,Plaats,Postcode,Land/regio,Telefoon,Mobiele telefoon,E-mailadres",
    "Primeiro nome,Sobrenome,Empresa,Cargo,Rua,Cidade,CEP,País,Telefone comercial,Celular,Endereço de e-mail",
    "Imię,Nazwisko,Nazwa firmy,Stanowisko,Ulica,Miasto,Kod pocztowy,Kraj,Telefon służbowy,Telefon komórkowy,Adres e-mail"
  ])("%s", (line) => {
    const mapping = guessed(line)
    assert.deepStrictEqual(parts(mapping), [...usual, "first_name", "last_name", "phone", "title"])
    assert.strictEqual(mapping["phone"]?.length, 2)
  })

  it("deals of HubSpot, Salesforce and Pipedrive", () => {
    const isAny = (target: string) => (cell: string) => target !== "expected_close" || /^\d{4}-\d\d-\d\d$/.test(cell)
    const guess = (line: string, row = "") => deals(line.split(","), [row.split(",")], isAny).mapping
    assert.deepStrictEqual(
      guess("Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount,Currency,Deal probability,Closed Lost Reason"),
      {
        external_id: "Record ID",
        name: "Deal Name",
        value: "Amount",
        currency: "Currency",
        stage: "Deal Stage",
        probability: "Deal probability",
        expected_close: "Close Date",
        lost_reason: "Closed Lost Reason"
      }
    )
    assert.deepStrictEqual(guess("Id,Name,AccountId,StageName,Amount,Probability,CloseDate,LeadSource,OwnerId"), {
      external_id: "Id",
      name: "Name",
      value: "Amount",
      stage: "StageName",
      probability: "Probability",
      expected_close: "CloseDate",
      owner_id: "OwnerId"
    })
    assert.deepStrictEqual(
      guess(
        "Deal - Title,Deal - Value,Deal - Currency,Deal - Stage,Deal - Expected close date,Deal - Won time,Person - Email",
        "Big,1,EUR,Lead,soon,,"
      ),
      {
        name: "Deal - Title",
        value: "Deal - Value",
        currency: "Deal - Currency",
        stage: "Deal - Stage",
        closed_at: "Deal - Won time",
        contact_email: "Person - Email"
      }
    )
  })
})
