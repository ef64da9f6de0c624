import { Migrations, TablePrefix } from "@clientele/sql"
import { Effect } from "effect"

// In a deploy step, with the host's SqlClient and a Dialect in context: tables called my_contacts, my_notes, …
export const migrate = Migrations.run.pipe(Effect.provideService(TablePrefix, "my_"))
