/** Clientele in one import. */
export * from "./CreateCrm.ts"
export * as Database from "./Database.ts"
export * as Server from "./Server.ts"
export * as ServerConfig from "./ServerConfig.ts"
export * as Services from "./Services.ts"
