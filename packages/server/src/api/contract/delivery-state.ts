import { z } from "@hono/zod-openapi";
import { deliveryStates } from "../../domain/delivery.ts";

export const deliveryStateSchema = z.enum(deliveryStates).openapi("DeliveryState", {
  description:
    "`accepted`: Teams took the message. `uncertain`: it may have arrived, the answer was lost. `skipped`: it was not tried, for a reason.",
});
