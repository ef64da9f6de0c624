/** What Clientele knows of the outside world: phone numbers, and providers of enrichment. */
export * as EmailDomain from "./EmailDomain.ts"
export * as EmailVerification from "./EmailVerification.ts"
export * as HttpProvider from "./HttpProvider.ts"
export * from "./MxResolver.ts"
export * as PhoneMetadata from "./PhoneMetadata.ts"
export * as PhoneNumbers from "./PhoneNumbers.ts"
export * as Providers from "./Providers.ts"
