// Goal: the client's hand-written types say what the contract says. Method: both are brought to one form, and the compiler
// has to find them identical; a difference fails `tsc -b`, not this run.
import { describe, it } from "node:test";
import type * as client from "@carillon/client";
import type { z } from "@hono/zod-openapi";
import type * as campaign from "../../src/api/contract/campaign.ts";
import type * as change from "../../src/api/contract/change.ts";
import type * as delivery from "../../src/api/contract/delivery.ts";
import type * as directory from "../../src/api/contract/directory.ts";
import type * as explain from "../../src/api/contract/explain.ts";
import type * as message from "../../src/api/contract/message.ts";
import type * as notification from "../../src/api/contract/notification.ts";
import type { problemSchema } from "../../src/api/contract/problem.ts";
import type * as retry from "../../src/api/contract/retry.ts";
import type * as status from "../../src/api/contract/status.ts";
import type * as target from "../../src/api/contract/target.ts";
import type * as uncertain from "../../src/api/contract/uncertain.ts";

/** Without `readonly` and without `undefined` in optional members; intersections as one object; any JSON object as a name. */
type Plain<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : string extends keyof T
      ? "any JSON object"
      : { -readonly [Key in keyof T]: Plain<Exclude<T[Key], undefined>> };

type Identical<A, B> =
  (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
type Same<A, B> = Identical<Plain<A>, Plain<B>>;

/** Compiles only where the types are the same. */
function same<Answer extends true>(): Answer[] {
  return [];
}

/** The members of a request that are not read by the domain's own rules. */
type Written<Schema extends z.ZodType> = Omit<z.input<Schema>, "message" | "audience" | "to">;

describe("the client's types", () => {
  it("are those of what the API answers", () => {
    same<Same<client.Campaign, z.output<typeof campaign.campaignSchema>>>();
    same<Same<client.CampaignSummary, z.output<typeof campaign.campaignSummarySchema>>>();
    same<Same<client.Preflight, z.output<typeof campaign.preflightSchema>>>();
    same<Same<client.Attention, z.output<typeof campaign.attentionSchema>>>();
    same<Same<client.Change, z.output<typeof change.changeSchema>>>();
    same<Same<client.Delivery, z.output<typeof delivery.deliverySchema>>>();
    same<Same<client.Attempt, z.output<typeof delivery.attemptSchema>>>();
    same<Same<client.DeliveryDetail, z.output<typeof explain.deliveryDetailSchema>>>();
    same<Same<client.DeliveryExplanation, z.output<typeof explain.deliveryExplanationSchema>>>();
    same<Same<client.PersonExplanation, z.output<typeof explain.personExplanationSchema>>>();
    same<Same<client.CampaignExplanation, z.output<typeof explain.campaignExplanationSchema>>>();
    same<Same<client.Notification, z.output<typeof notification.notificationSchema>>>();
    same<Same<client.UncertainDelivery, z.output<typeof uncertain.uncertainSchema>>>();
    same<Same<client.Person, z.output<typeof directory.personSchema>>>();
    same<Same<client.Team, z.output<typeof directory.teamSchema>>>();
    same<Same<client.Channel, z.output<typeof directory.channelSchema>>>();
    same<Same<client.Status, z.output<typeof status.statusSchema>>>();
    same<Same<client.StreamEvent, z.output<typeof status.streamEventSchema>>>();
  });

  it("are those of what the API takes", () => {
    same<Same<client.Message, z.input<typeof message.messageSchema>>>();
    same<Same<client.Target, z.input<typeof target.targetSchema>>>();
    same<Same<client.Audience, z.input<typeof target.audienceSchema>>>();
    same<
      Same<
        Omit<client.NewCampaign, "message" | "audience">,
        Written<typeof campaign.newCampaignInput>
      >
    >();
    same<Same<Omit<client.NewEdit, "message">, Written<typeof change.editInput>>>();
    same<Same<client.NewRecall, z.input<typeof change.recallInput>>>();
    same<
      Same<
        Omit<client.NewNotification, "message" | "to">,
        Written<typeof notification.newNotificationInput>
      >
    >();
    same<Same<client.Retry, z.input<typeof retry.retryInput>>>();
    same<Same<client.Leave, z.input<typeof uncertain.leaveInput>>>();
    same<
      Same<client.DeliveryPageOptions["state"], z.input<typeof delivery.deliveriesQuery>["state"]>
    >();
    same<Same<client.ExportOptions["format"], z.input<typeof delivery.exportQuery>["format"]>>();
  });

  it("have of a problem what every problem has", () => {
    const told = (problem: z.output<typeof problemSchema>): client.Problem => ({
      type: problem.type,
      title: problem.title,
      status: problem.status,
      code: problem.code,
      detail: problem.detail,
      requestId: problem.requestId,
      ...(problem.errors === undefined ? {} : { errors: problem.errors }),
    });
    void told;
  });

  it("would not compile where they differed", () => {
    // @ts-expect-error one member more
    same<Same<client.Channel & { readonly more: string }, client.Channel>>();
    // @ts-expect-error one optional member more
    same<Same<client.Channel & { readonly more?: string }, client.Channel>>();
    // @ts-expect-error null where there is none
    same<Same<Omit<client.Channel, "id"> & { readonly id: string | null }, client.Channel>>();
    // @ts-expect-error one state fewer
    same<Same<Exclude<client.CampaignState, "paused">, client.CampaignState>>();
  });
});
