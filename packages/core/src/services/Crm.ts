/** All services of the domain in one layer: what a host adds to a storage layer to have a CRM. */
import * as Layer from "effect/Layer"
import type { ContactStore } from "../ports/ContactStore.ts"
import type { IdGenerator } from "../ports/IdGenerator.ts"
import type { NoteStore } from "../ports/NoteStore.ts"
import type { Outbox } from "../ports/Outbox.ts"
import type { PhoneNormalizer } from "../ports/PhoneNormalizer.ts"
import type { UnitOfWork } from "../ports/UnitOfWork.ts"
import type { Users } from "../ports/Users.ts"
import { ContactCreation } from "./ContactCreation.ts"
import { Contacts } from "./Contacts.ts"
import { Imports } from "./Imports.ts"

/** The use cases. */
export type Crm = Contacts | Imports

/** What a storage adapter provides. */
export type Storage = ContactStore | NoteStore | Outbox | UnitOfWork | Users

export const layer: Layer.Layer<Crm, never, IdGenerator | PhoneNormalizer | Storage> = Layer.merge(
  Contacts.layer,
  Imports.layer
).pipe(Layer.provide(ContactCreation.layer))
