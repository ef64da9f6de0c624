/** Webhooks: signing and verifying, and the dispatcher that delivers events. */
export * as AddressGuard from "./AddressGuard.ts"
export * as Dispatcher from "./Dispatcher.ts"
export * as Sender from "./Sender.ts"
export * as Signature from "./Signature.ts"
