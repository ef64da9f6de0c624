/**
 * Pipelines: the ordered stages that deals move through. A pipeline is data; what a stage means is told by its `type`, and
 * no code asks for a stage by name.
 */
import * as Context from "effect/Context"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { InvalidStage } from "./Errors.ts"
import * as Personal from "./Personal.ts"
import * as Text from "./Text.ts"

/** What a stage means for the deals in it. */
export const StageType = Schema.Literals(["open", "won", "lost"])
export type StageType = typeof StageType.Type

/** How likely a deal is to be won, in percent. */
export const Probability = Personal.notPersonal(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100 })))

/** A stage of deals, by its key in the pipeline. */
export const StageKey = Personal.notPersonal(Text.filled(64))

/** A stage: its key in the API, its name for people, and the probability of deals that nobody has given another one. */
export const Stage = Schema.Struct({
  key: StageKey,
  label: Personal.notPersonal(Schema.String),
  type: StageType,
  probability: Probability
})
export interface Stage extends Schema.Schema.Type<typeof Stage> {}

/** Stages in their order; new deals begin in the first. A stage of type `won` has 100 percent, one of type `lost` none. */
export const Pipeline = Schema.Struct({
  key: Personal.notPersonal(Schema.String),
  label: Personal.notPersonal(Schema.String),
  stages: Schema.NonEmptyArray(Stage)
}).annotate({ identifier: "Pipeline" })
export interface Pipeline extends Schema.Schema.Type<typeof Pipeline> {}

/** The pipeline that a tenant begins with. */
export const defaultPipeline: Pipeline = {
  key: "default",
  label: "Sales",
  stages: [
    { key: "lead", label: "Lead", type: "open", probability: 10 },
    { key: "qualified", label: "Qualified", type: "open", probability: 20 },
    { key: "proposal", label: "Proposal", type: "open", probability: 40 },
    { key: "negotiation", label: "Negotiation", type: "open", probability: 60 },
    { key: "closed_won", label: "Closed won", type: "won", probability: 100 },
    { key: "closed_lost", label: "Closed lost", type: "lost", probability: 0 }
  ]
}

/** The pipeline in force. */
export const CurrentPipeline = Context.Reference<Pipeline>("@clientele/core/CurrentPipeline", {
  defaultValue: () => defaultPipeline
})

/** The stage of a key. */
export const stageOf = (pipeline: Pipeline, key: string): Result.Result<Stage, InvalidStage> => {
  const stage = pipeline.stages.find((stage) => stage.key === key)
  return stage === undefined
    ? Result.fail(new InvalidStage({ stage: key, stages: pipeline.stages.map(({ key }) => key) }))
    : Result.succeed(stage)
}

/** What a stage means; undefined for one that the pipeline does not have. */
export const typeOf = (pipeline: Pipeline, key: string): StageType | undefined =>
  pipeline.stages.find((stage) => stage.key === key)?.type
