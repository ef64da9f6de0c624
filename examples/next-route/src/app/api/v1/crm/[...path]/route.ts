/** The CRM's API as a route handler of Next.js: one function for every method, and one CRM for the process. */
import { createCrm } from "clientele"

const { CRM_SECRET = "", DATABASE_URL = "sqlite:crm.db" } = process.env

const crm = await createCrm({ database: DATABASE_URL })
const handler = await crm.handler({ key: CRM_SECRET })

export { handler as DELETE, handler as GET, handler as PATCH, handler as POST, handler as PUT }
