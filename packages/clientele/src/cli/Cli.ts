/** The tree of commands. */
import { Command } from "effect/cli"
import { demo } from "./Demo.ts"
import { doctor } from "./Doctor.ts"
import { duplicates } from "./Duplicates.ts"
import { exportCommand } from "./Export.ts"
import { importCommand } from "./Import.ts"
import { mcp } from "./Mcp.ts"
import { migrate } from "./Migrate.ts"
import { pipeline } from "./Pipeline.ts"
import { score } from "./Score.ts"
import { serve } from "./Serve.ts"
import { token } from "./Token.ts"

export const clientele = Command.make("clientele").pipe(
  Command.withDescription("A CRM in a file, or on Postgres."),
  Command.withSubcommands([
    serve,
    migrate,
    token,
    doctor,
    pipeline,
    score,
    duplicates,
    importCommand,
    exportCommand,
    demo,
    mcp
  ])
)
