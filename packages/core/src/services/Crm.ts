/** All services of the domain in one layer: what a host adds to a storage layer to have a CRM. */
import * as Layer from "effect/Layer"
import type { ActivityStore } from "../ports/ActivityStore.ts"
import type { ContactStore } from "../ports/ContactStore.ts"
import type { DealStore } from "../ports/DealStore.ts"
import type { DuplicateStore } from "../ports/DuplicateStore.ts"
import type { EnrichmentStore } from "../ports/EnrichmentStore.ts"
import type { ErasedEmails } from "../ports/ErasedEmails.ts"
import type { HistoryStore } from "../ports/HistoryStore.ts"
import type { IdempotencyStore } from "../ports/IdempotencyStore.ts"
import type { IdGenerator } from "../ports/IdGenerator.ts"
import type { ImportStore } from "../ports/ImportStore.ts"
import type { JobStore } from "../ports/JobStore.ts"
import type { NoteStore } from "../ports/NoteStore.ts"
import type { Outbox } from "../ports/Outbox.ts"
import type { PersonStore } from "../ports/PersonStore.ts"
import type { PhoneNormalizer } from "../ports/PhoneNormalizer.ts"
import type { PipelineReports } from "../ports/PipelineReports.ts"
import type { Products } from "../ports/Products.ts"
import type { ScoreStore } from "../ports/ScoreStore.ts"
import type { SegmentStore } from "../ports/SegmentStore.ts"
import type { TaskStore } from "../ports/TaskStore.ts"
import type { TrackedEventStore } from "../ports/TrackedEventStore.ts"
import type { UnitOfWork } from "../ports/UnitOfWork.ts"
import type { Users } from "../ports/Users.ts"
import type { WebhookStore } from "../ports/WebhookStore.ts"
import { Activities } from "./Activities.ts"
import { ActivityLog } from "./ActivityLog.ts"
import { BulkUpdates } from "./BulkUpdates.ts"
import { ContactCreation } from "./ContactCreation.ts"
import { ContactDeals } from "./ContactDeals.ts"
import { ContactDetails } from "./ContactDetails.ts"
import { ContactImports } from "./ContactImports.ts"
import { ContactJournal } from "./ContactJournal.ts"
import { Contacts } from "./Contacts.ts"
import { ContactScoring } from "./ContactScoring.ts"
import { DealDetails } from "./DealDetails.ts"
import { DealImports } from "./DealImports.ts"
import { DealJournal } from "./DealJournal.ts"
import { Deals } from "./Deals.ts"
import { DomainEvents } from "./DomainEvents.ts"
import { DuplicateSuggestions } from "./DuplicateSuggestions.ts"
import { Exports } from "./Exports.ts"
import { ImportReverts } from "./ImportReverts.ts"
import { Enrichments } from "./Enrichments.ts"
import { IdempotencyKeys } from "./IdempotencyKeys.ts"
import { Imports } from "./Imports.ts"
import { Jobs } from "./Jobs.ts"
import { LeadScoring } from "./LeadScoring.ts"
import { Merges } from "./Merges.ts"
import { Notes } from "./Notes.ts"
import { Pipelines } from "./Pipelines.ts"
import { Privacy } from "./Privacy.ts"
import { ProductCatalog } from "./ProductCatalog.ts"
import { Reports } from "./Reports.ts"
import { Segments } from "./Segments.ts"
import { Tasks } from "./Tasks.ts"
import { TrackedEvents } from "./TrackedEvents.ts"
import { Webhooks } from "./Webhooks.ts"

/** The use cases. */
export type Crm =
  | Activities
  | BulkUpdates
  | Contacts
  | Deals
  | DomainEvents
  | DuplicateSuggestions
  | Exports
  | Enrichments
  | IdempotencyKeys
  | Imports
  | Jobs
  | LeadScoring
  | Merges
  | Notes
  | Pipelines
  | Privacy
  | ProductCatalog
  | Reports
  | Segments
  | Tasks
  | TrackedEvents
  | Webhooks

/** What a storage adapter provides. */
export type Storage =
  | ActivityStore
  | ContactStore
  | DealStore
  | DuplicateStore
  | EnrichmentStore
  | ErasedEmails
  | HistoryStore
  | ImportStore
  | IdempotencyStore
  | JobStore
  | NoteStore
  | Outbox
  | PersonStore
  | PipelineReports
  | Products
  | ScoreStore
  | SegmentStore
  | TaskStore
  | TrackedEventStore
  | UnitOfWork
  | Users
  | WebhookStore

export const layer: Layer.Layer<Crm, never, IdGenerator | PhoneNormalizer | Storage> = Layer.mergeAll(
  Activities.layer,
  BulkUpdates.layer,
  Contacts.layer,
  Deals.layer,
  DomainEvents.layer,
  DuplicateSuggestions.layer,
  Enrichments.layer,
  IdempotencyKeys.layer,
  Imports.layer,
  LeadScoring.layer,
  Merges.layer,
  Notes.layer,
  Privacy.layer,
  ProductCatalog.layer,
  Reports.layer,
  Tasks.layer,
  TrackedEvents.layer,
  Webhooks.layer
).pipe(
  Layer.merge(Exports.layer),
  Layer.provide([ContactImports.layer, DealImports.layer, ImportReverts.layer]),
  Layer.provide([ActivityLog.layer, ContactCreation.layer, DealJournal.layer]),
  Layer.provide(ContactDetails.layer),
  Layer.provide([ContactDeals.layer, DealDetails.layer]),
  Layer.provideMerge(Layer.mergeAll(Jobs.layer, Pipelines.layer, Segments.layer)),
  Layer.provide(ContactScoring.layer),
  Layer.provide(ContactJournal.layer)
)
