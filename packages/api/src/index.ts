/** The HTTP contract, free of any server. */
export * as ContactsApi from "./ContactsApi.ts"
export * as CrmApi from "./CrmApi.ts"
export * as EventsApi from "./EventsApi.ts"
export * as Middleware from "./Middleware.ts"
export * as NotesApi from "./NotesApi.ts"
export * as PrivacyApi from "./PrivacyApi.ts"
export * as Problems from "./Problems.ts"
export * as SegmentsApi from "./SegmentsApi.ts"
