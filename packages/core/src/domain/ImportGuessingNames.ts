/**
 * What the columns of other programs' tables are called, target by target: the exports of HubSpot, Salesforce, Google
 * Contacts, Outlook and Pipedrive, in English, German, French, Spanish, Italian, Dutch, Portuguese and Polish.
 *
 * Names are compared without case, accents, spaces and signs. Within a target the better name comes first. Where one name
 * stands under two targets, the one that comes first in the table is tried first: `Estado` is a status only if its
 * values are, else a region. Words that only say which of several columns it is, such as "business" or "home", are in
 * `families` and not repeated here.
 */

/** Names of columns for each target, in the order in which targets choose. */
export interface Names {
  readonly [target: string]: ReadonlyArray<string>
}

const names = (...lines: ReadonlyArray<string>): ReadonlyArray<string> => lines.flatMap((line) => line.split(", "))

const sharedNames = {
  email: names(
    "email, e-mail address, e-mail value, email id, mail, E-Mail-Adresse, adresse e-mail",
    "courriel, adresse de messagerie, correo, correo electrónico, dirección de correo electrónico",
    "dirección de e-mail, indirizzo e-mail, posta elettronica, indirizzo di posta elettronica",
    "e-mailadres, endereço de e-mail, correio eletrónico, correio eletrônico, adres e-mail",
    "poczta elektroniczna, adres poczty elektronicznej"
  ),
  company: names(
    "company, company name, account name, organization, organisation, organization name, account",
    "associated company, employer, Firma, Firmenname, Unternehmen, Unternehmensname, Accountname",
    "société, entreprise, nom de l'entreprise, nom de la société, organisation nom, nom du compte",
    "empresa, nombre de la empresa, compañía, organización, nombre de la cuenta, società, azienda",
    "nome azienda, nome società, organizzazione, nome account, bedrijf, bedrijfsnaam, organisatie",
    "accountnaam, nome da empresa, organização, nome da conta, nazwa firmy, przedsiębiorstwo",
    "organizacja, nazwa konta"
  ),
  notes: names(
    "notes, note, description, comments, comment, remarks, Notizen, Notiz, Bemerkungen",
    "Beschreibung, Kommentar, Kommentare, remarques, commentaires, notas, comentarios, descripción",
    "observaciones, commenti, descrizione, annotazioni, notities, opmerkingen, beschrijving",
    "observações, comentários, descrição, notatki, uwagi, opis"
  ),
  owner_id: names("owner id, contact owner id, deal owner id, HubSpot owner id, assigned user id"),
  created_at: names(
    "created at, create date, created, created date, creation date, date created, date added",
    "created on, deal created, deal created on, Erstellt am, Erstellungsdatum, Erstelldatum, Angelegt am",
    "date de création, créé le, fecha de creación, creado el, data di creazione, data creazione",
    "creato il, aangemaakt op, aanmaakdatum, datum gemaakt, data de criação, criado em",
    "data utworzenia, utworzono"
  )
}

/** What columns of contacts are called. */
export const contactNames: Names = {
  external_id: names(
    "external id, record id, contact id, lead id, customer id, id, customer number, Datensatz-ID",
    "Kontakt-ID, Kundennummer, Kunden-ID, Kundennr, id d'enregistrement, id du contact, numéro client",
    "id de registro, id de contacto, número de cliente, id record, id contatto, codice cliente",
    "record-id, contact-id, klantnummer, id do registro, id do contato, número do cliente",
    "id rekordu, id kontaktu, numer klienta"
  ),
  name: names(
    "name, full name, contact name, display name, customer name, lead name, Vollständiger Name",
    "Kontaktname, Kundenname, nom complet, nom du contact, nom, nombre completo, nombre del contacto",
    "nombre, nome completo, nome contatto, nome del contatto, nome do contato, nome, nominativo",
    "volledige naam, naam, contactnaam, klantnaam, imię i nazwisko, pełna nazwa, nazwa kontaktu"
  ),
  first_name: names(
    "first name, given name, forename, Vorname, prénom, nombre de pila, primer nombre, nome proprio",
    "voornaam, primeiro nome, nome próprio, imię"
  ),
  last_name: names(
    "last name, family name, surname, Nachname, Familienname, Zuname, nom de famille, apellidos",
    "apellido, cognome, achternaam, familienaam, sobrenome, apelido, último nome, nazwisko"
  ),
  email: sharedNames.email,
  secondary_emails: names("additional email addresses, additional emails, secondary emails"),
  phone: names(
    "phone, phone number, phone value, telephone, telephone number, tel, mobile, mobile phone",
    "mobile phone number, mobile number, cell, cell phone, WhatsApp phone number, Telefon",
    "Telefonnummer, Rufnummer, Mobiltelefon, Mobil, Handy, Handynummer, Mobilnummer, téléphone",
    "numéro de téléphone, téléphone mobile, téléphone portable, tél mobile, portable, teléfono, número de teléfono",
    "móvil, teléfono móvil, celular, telefono, numero di telefono, cellulare, telefono cellulare",
    "telefoon, telefoonnummer, mobiel, mobiele telefoon, mobiel nummer, telefone, número de telefone",
    "telemóvel, telefone celular, numer telefonu, telefon komórkowy, komórka"
  ),
  company: sharedNames.company,
  title: names(
    "job title, title, position, organization title, role, Berufsbezeichnung, Stellenbezeichnung",
    "Jobtitel, Funktion, intitulé du poste, fonction, titre, poste, cargo, puesto, título",
    "titolo professionale, qualifica, posizione, posizione lavorativa, functie, functietitel",
    "stanowisko, título do cargo"
  ),
  type: names("type, contact type, lifecycle stage, Typ, Kontakttyp, tipo, tipo di contatto"),
  status: names(
    "status, contact status, lead status, statut, état, estado, stato, situação",
    "estado del contacto, status do contato"
  ),
  source: names(
    "source, lead source, original source, original traffic source, Quelle, Leadquelle, Lead-Quelle",
    "Ursprüngliche Quelle, origine, source d'origine, origine de la piste, origen, fuente, fuente original",
    "origen del prospecto, fonte, fonte del lead, fonte original, bron, leadbron, oorspronkelijke bron",
    "origem, origem do lead, źródło, źródło leada"
  ),
  owner_id: sharedNames.owner_id,
  tags: names(
    "tags, labels, label, categories, category, group membership, Kategorien, Schlagwörter",
    "Gruppen, étiquettes, libellés, catégories, etiquetas, categorías, etichette, categorie",
    "categorieën, categorias, marcadores, etykiety, kategorie, tagi"
  ),
  notes: sharedNames.notes,
  created_at: sharedNames.created_at,
  "address.street": names(
    "street, street address, address street, address, address line 1, address 1, street 1",
    "street address 1, Straße, Str, Anschrift, Straße und Hausnummer, Adresse, adresse rue, rue",
    "adresse postale, calle, dirección, dirección postal, via, indirizzo, indirizzo via, straat",
    "adres, straat en huisnummer, rua, endereço, morada, logradouro, ulica"
  ),
  "address.city": names(
    "city, address city, town, Ort, Stadt, Wohnort, ville, ciudad, población, localidad",
    "città, comune, stad, plaats, woonplaats, cidade, localidade, miasto, miejscowość"
  ),
  "address.state": names(
    "state, address region, address state, region, state/region, state/province, province, county",
    "Bundesland, Kanton, Bundesland/Region, département, région, département/région, état, estado",
    "estado o provincia, estado/región, provincia, región, provincia/regione, stato, regione",
    "stato/regione, provincie, regio, staat/regio, distrito, estado/região, região",
    "województwo, stan/region"
  ),
  "address.zip": names(
    "zip, zip code, postal code, address postal code, postcode, zip/postal code, postal/zip code",
    "PLZ, Postleitzahl, code postal, código postal, CAP, codice postale, codice di avviamento postale",
    "CEP, kod pocztowy"
  ),
  "address.country": names(
    "country, address country, country/region, country code, Land, Land/Region, Staat, pays",
    "pays/région, país, país/región, país/região, país o región, paese, paese/regione, nazione",
    "land/regio, kraj, kraj/region"
  ),
  "social.linkedin": names("LinkedIn, LinkedIn URL, LinkedIn profile, LinkedIn profile URL, LinkedIn bio"),
  "social.twitter": names("Twitter, Twitter username, Twitter handle, Twitter URL, Twitter profile"),
  "social.facebook": names("Facebook, Facebook URL, Facebook profile"),
  "social.instagram": names("Instagram, Instagram username, Instagram handle, Instagram URL"),
  "social.xing": names("Xing, Xing URL, Xing profile")
}

/** What columns of deals are called. */
export const dealNames: Names = {
  external_id: names(
    "external id, record id, deal id, opportunity id, id, Datensatz-ID, Deal-ID, Opportunity-ID",
    "id d'enregistrement, id de la transaction, id de registro, id del negocio, id record, id trattativa",
    "id do registro, id do negócio, id rekordu, id transakcji"
  ),
  name: names(
    "deal name, name, opportunity name, deal title, title, opportunity, deal, Dealname",
    "Name der Opportunity, Name der Verkaufschance, Verkaufschance, nom de la transaction, transaction",
    "nom de l'opportunité, nom, nombre del negocio, nombre de la oportunidad, nombre, nome trattativa",
    "nome opportunità, nome dell'affare, nome, dealnaam, naam van deal, naam opportunity, naam",
    "nome do negócio, nome da oportunidade, nazwa transakcji, nazwa szansy sprzedaży, nazwa"
  ),
  value: names(
    "value, amount, deal value, deal amount, opportunity amount, amount in company currency",
    "Betrag, Wert, Dealbetrag, Dealwert, Volumen, montant, valeur, importe, cantidad, valor",
    "monto, importo, valore, bedrag, waarde, montante, valor do negócio, kwota, wartość"
  ),
  currency: names(
    "currency, deal currency, currency code, currency ISO code, opportunity currency, Währung",
    "Dealwährung, devise, monnaie, moneda, divisa, valuta, moeda, waluta"
  ),
  stage: names(
    "stage, deal stage, stage name, pipeline stage, opportunity stage, sales stage, Phase",
    "Dealphase, Verkaufsphase, Stufe, étape, phase de la transaction, étape de la transaction",
    "etapa, etapa del negocio, fase, fase trattativa, fase della trattativa, dealfase, verkoopfase",
    "etapa do negócio, estágio, etap, etap transakcji, etap sprzedaży"
  ),
  probability: names(
    "probability, deal probability, win probability, Wahrscheinlichkeit, Dealwahrscheinlichkeit",
    "Abschlusswahrscheinlichkeit, probabilité, probabilidad, probabilità, waarschijnlijkheid, kans",
    "probabilidade, prawdopodobieństwo"
  ),
  expected_close: names(
    "expected close, expected close date, deal expected close date, close date, closing date",
    "estimated close date, Abschlussdatum, Schlusstermin, Voraussichtliches Abschlussdatum",
    "date de clôture, date de fermeture, date de clôture prévue, fecha de cierre, fecha de cierre prevista",
    "data di chiusura, data chiusura, data di chiusura prevista, sluitingsdatum, afsluitdatum",
    "verwachte sluitingsdatum, data de fechamento, data de fechamento prevista, data zamknięcia",
    "przewidywana data zamknięcia"
  ),
  closed_at: names(
    "closed at, closed date, date closed, actual close date, won time, deal won time, deal closed on",
    "Geschlossen am, Tatsächliches Abschlussdatum, fermé le, clôturé le, cerrado el, chiuso il",
    "gesloten op, fechado em, zamknięto"
  ),
  created_at: sharedNames.created_at,
  contact_email: [
    ...names("contact email, associated contact email, person email, Kontakt-E-Mail"),
    ...sharedNames.email
  ],
  contact_id: names("contact id, associated contact id, person id, Kontakt-ID, id du contact, id de contacto"),
  company: sharedNames.company,
  owner_id: sharedNames.owner_id,
  notes: sharedNames.notes,
  lost_reason: names(
    "lost reason, closed lost reason, loss reason, deal lost reason, Verlustgrund, Grund für Verlust",
    "raison de la perte, motif de perte, motivo de pérdida, motivo de la pérdida, motivo della perdita",
    "motivo perdita, reden van verlies, reden verloren, motivo da perda, powód przegranej, przyczyna utraty"
  )
}

/** Words that say which of several columns of one kind it is, the one to prefer first. */
export const families: ReadonlyArray<ReadonlyArray<string>> = [
  names("mailing, primary, main, principal, principale, primär, główny"),
  names(
    "business, work, office, geschäftlich, arbeit, dienstlich, bureau, travail, professionnel",
    "professionnelle, trabajo, oficina, lavoro, ufficio, werk, zakelijk, trabalho, comercial",
    "służbowy, praca"
  ),
  names(
    "home, private, personal, privat, privé, domicile, personnel, personnelle, casa, particular",
    "personale, abitazione, thuis, residencial, pessoal, domowy, prywatny"
  ),
  names(
    "other, billing, shipping, secondary, additional, alternate, weitere, weiteres, andere, autre, otro",
    "otra, altro, altra, overig, overige, outro, outra, inny, inne"
  )
]

/** Words between others that mean nothing by themselves. */
export const fillers: ReadonlyArray<string> =
  "the of in d de del dei della des der die das di do da du el i l la le lo o van von".split(" ")
