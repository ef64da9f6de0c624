/** Clientele in one import. */
export * as Server from "./Server.ts"
export * as ServerConfig from "./ServerConfig.ts"
