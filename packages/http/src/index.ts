/** The HTTP adapter: the API over the domain's services, with authentication, limits and health. */
export * as CrmHttp from "./CrmHttp.ts"
export * as Edge from "./Edge.ts"
export * from "./Policy.ts"
export * as Tokens from "./Tokens.ts"
