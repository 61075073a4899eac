import type { z } from "@hono/zod-openapi";
import type { Message } from "../../domain/message.ts";
import type { Audience } from "../../domain/target.ts";
import type { messageSchema } from "../contract/message.ts";
import type { audienceSchema } from "../contract/target.ts";

// Both are answered as they were stored. They are readonly, which the contract's inferred types cannot say; nobody changes an answer.

/** A stored message as JSON. */
export function messageJson(message: Message): z.infer<typeof messageSchema> {
  return message as z.infer<typeof messageSchema>;
}

/** A stored audience as JSON. */
export function audienceJson(audience: Audience): z.infer<typeof audienceSchema> {
  return audience as z.infer<typeof audienceSchema>;
}
