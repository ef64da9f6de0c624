import { createCrm } from "clientele"

const crm = await createCrm({ database: "sqlite:crm.db" })
const sales = crm.as({ tenant: "acme", user: "user_1", roles: ["sales"] })

const jane = await sales.contacts.create({ name: "Jane Doe", email: "jane@example.com" })
await sales.deals.create({ name: "Enterprise License", contactId: jane.id, value: 12_500.5 })
await crm.close()
