import { Signature } from "@clientele/webhooks"
import { Result } from "effect"

/** Answers a delivery, in whatever speaks `Request` and `Response`. */
export const receive = async (request: Request, secret: string): Promise<Response> => {
  const body = await request.text()
  const verified = Signature.verify({ headers: request.headers, body, secret })
  if (Result.isFailure(verified)) return new Response(verified.failure.message, { status: 401 })
  return new Response(`Thank you for ${verified.success.id}`)
}
