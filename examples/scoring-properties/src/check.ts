/** What this package promises about its rules: the laws of every rule set, and promises of its own, on generated contacts. */
import { Scoring } from "@clientele/core"
import { ScoringGenerators, ScoringLaws } from "@clientele/testing"
import { DateTime, Result } from "effect"
import * as fc from "fast-check"
import { developerRules } from "./rules.ts"

const rules = Result.getOrThrow(Scoring.validate(Scoring.change(Scoring.defaultRuleSet, developerRules)))
console.log(`${rules.rules.length} rules are valid; found in them: ${Scoring.analyse(rules).length}`)

ScoringLaws.checkScoringLaws(rules)
console.log(`${Object.keys(ScoringLaws.laws).length} laws hold`)

const compiled = Scoring.compile(rules)
const contacts = ScoringGenerators.factsFor(rules).fastCheck
const now = ScoringGenerators.noon

// Whoever deploys today is worth a look, whatever else they did, unless they revoked their key.
const deployed = fc.property(contacts, (facts) => {
  const events = facts.events.filter(({ name }) => name !== "api_key_revoked")
  const deploy = { id: "deploy", name: "first_deploy", at: DateTime.subtract(now, { hours: 1 }) }
  return Scoring.total(compiled, { ...facts, events: [...events, deploy] }, now) >= 20
})
fc.assert(deployed)

// Reading the docs alone never makes anyone ready for sales.
const reader = fc.property(ScoringGenerators.eventsOf(["docs_visit"]).fastCheck, (events) => {
  return Scoring.evaluate(compiled, { fields: new Map(), events }, now).grade === "F"
})
fc.assert(reader)
console.log("2 promises of our own hold")
