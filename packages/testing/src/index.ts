/** What a library author needs to test against the domain: generators of its inputs. */
export * as Generators from "./Generators.ts"
