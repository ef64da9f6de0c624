import { assert, describe, it } from "@effect/vitest"
import { setTimeout } from "node:timers/promises"
import { detailOf, problemOf } from "./client.ts"
import { databases, useServer } from "./server.ts"

describe.each(databases)("many writers of one contact over HTTP, on $name", (database) => {
  const server = useServer(database)

  it("eight clients that read, change and write with If-Match lose none of their 25 changes each", async () => {
    const crm = await server.tenant()
    const { id } = await crm.create({ custom_fields: { count: 0 } })
    let refused = 0
    const change = async (client: number, n: number): Promise<void> => {
      const read = await crm.get(`/contacts/${id}`)
      const { custom_fields, tags } = detailOf(read)
      const changes = {
        custom_fields: { count: Number(custom_fields["count"]) + 1, [`of_${client}`]: n },
        ...(n === 25 && { tags: [...tags, `client ${client}`] })
      }
      const answer = await crm.put(`/contacts/${id}`, changes, { "if-match": String(read.headers.etag) })
      if (answer.status === 200) return
      problemOf(answer, "precondition_failed")
      refused++
      // As a client would that does not want to meet the same others again.
      await setTimeout(Math.random() * 20)
      return change(client, n)
    }
    await Promise.all(
      Array.from({ length: 8 }, async (_, client) => {
        for (let n = 1; n <= 25; n++) await change(client, n)
      })
    )
    const { custom_fields, tags, version } = detailOf(await crm.get(`/contacts/${id}`))
    assert.deepStrictEqual(custom_fields, {
      count: 200,
      ...Object.fromEntries(Array.from({ length: 8 }, (_, client) => [`of_${client}`, 25]))
    })
    assert.lengthOf(tags, 8)
    assert.strictEqual(version, 201)
    assert.isAbove(refused, 0, "nobody ever met another")
  })
})
