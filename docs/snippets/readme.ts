import { createCrm } from "clientele"

const crm = await createCrm({ database: "sqlite:crm.db" })
const sales = crm.as({ tenant: "acme", user: "user_1", roles: ["sales"] })

const jane = await sales.contacts.create({ name: "Jane Doe", email: "jane@example.com" })
const deal = await sales.deals.create({ name: "License", contactId: jane.id, value: 12_500.5 })
await sales.deals.changeStage(deal.id, { stage: "closed_won" })

const { engagement, type } = await sales.contacts.get(jane.id)
console.log(`${jane.name} is a ${type} worth ${engagement.lifetimeValue}`)
await crm.close()
