/** What Clientele knows of the outside world. */
export * as PhoneNumbers from "./PhoneNumbers.ts"
