/** All services of the domain in one layer: what a host adds to a storage layer to have a CRM. */
import * as Layer from "effect/Layer"
import type { ActivityStore } from "../ports/ActivityStore.ts"
import type { ContactStore } from "../ports/ContactStore.ts"
import type { DealLookup } from "../ports/DealLookup.ts"
import type { DuplicateStore } from "../ports/DuplicateStore.ts"
import type { ErasedEmails } from "../ports/ErasedEmails.ts"
import type { HistoryStore } from "../ports/HistoryStore.ts"
import type { IdGenerator } from "../ports/IdGenerator.ts"
import type { JobStore } from "../ports/JobStore.ts"
import type { NoteStore } from "../ports/NoteStore.ts"
import type { Outbox } from "../ports/Outbox.ts"
import type { PersonStore } from "../ports/PersonStore.ts"
import type { PhoneNormalizer } from "../ports/PhoneNormalizer.ts"
import type { ScoreStore } from "../ports/ScoreStore.ts"
import type { SegmentStore } from "../ports/SegmentStore.ts"
import type { TaskStore } from "../ports/TaskStore.ts"
import type { TrackedEventStore } from "../ports/TrackedEventStore.ts"
import type { UnitOfWork } from "../ports/UnitOfWork.ts"
import type { Users } from "../ports/Users.ts"
import { Activities } from "./Activities.ts"
import { ActivityLog } from "./ActivityLog.ts"
import { BulkUpdates } from "./BulkUpdates.ts"
import { ContactCreation } from "./ContactCreation.ts"
import { ContactDetails } from "./ContactDetails.ts"
import { ContactJournal } from "./ContactJournal.ts"
import { Contacts } from "./Contacts.ts"
import { ContactScoring } from "./ContactScoring.ts"
import { DuplicateSuggestions } from "./DuplicateSuggestions.ts"
import { Imports } from "./Imports.ts"
import { Jobs } from "./Jobs.ts"
import { LeadScoring } from "./LeadScoring.ts"
import { Merges } from "./Merges.ts"
import { Notes } from "./Notes.ts"
import { Privacy } from "./Privacy.ts"
import { Segments } from "./Segments.ts"
import { Tasks } from "./Tasks.ts"
import { TrackedEvents } from "./TrackedEvents.ts"

/** The use cases. */
export type Crm =
  | Activities
  | BulkUpdates
  | Contacts
  | DuplicateSuggestions
  | Imports
  | Jobs
  | LeadScoring
  | Merges
  | Notes
  | Privacy
  | Segments
  | Tasks
  | TrackedEvents

/** What a storage adapter provides. */
export type Storage =
  | ActivityStore
  | ContactStore
  | DealLookup
  | DuplicateStore
  | ErasedEmails
  | HistoryStore
  | JobStore
  | NoteStore
  | Outbox
  | PersonStore
  | ScoreStore
  | SegmentStore
  | TaskStore
  | TrackedEventStore
  | UnitOfWork
  | Users

export const layer: Layer.Layer<Crm, never, IdGenerator | PhoneNormalizer | Storage> = Layer.mergeAll(
  Activities.layer,
  BulkUpdates.layer,
  Contacts.layer,
  DuplicateSuggestions.layer,
  Imports.layer,
  LeadScoring.layer,
  Merges.layer,
  Notes.layer,
  Privacy.layer,
  Tasks.layer,
  TrackedEvents.layer
).pipe(
  Layer.provide([ActivityLog.layer, ContactCreation.layer]),
  Layer.provide(ContactDetails.layer),
  Layer.provideMerge(Layer.merge(Jobs.layer, Segments.layer)),
  Layer.provide(ContactScoring.layer),
  Layer.provide(ContactJournal.layer)
)
