import type { Place } from "../connector/place.ts";
import { asObject, type JsonObject } from "../json.ts";
import type { World } from "../state/world.ts";
import { botId, envelope, eventId, memberAccount } from "./envelope.ts";

/** What the bot is told when the app is installed: both kinds, in the order in which they come. */
export function installActivities(
  world: World,
  place: Place,
  actor: number,
): readonly JsonObject[] {
  const update = withChannelData(
    { ...envelope(world, "installationUpdate", { id: eventId(world), person: actor, place }) },
    { source: { name: "message" }, ...selected(place) },
  );
  const members = [{ id: botId(world) }];
  const joined = envelope(world, "conversationUpdate", {
    id: eventId(world),
    person: actor,
    place,
  });
  return [
    { ...update, action: "add" },
    place.kind === "person"
      ? { ...joined, membersAdded: [...members, memberAccount(world, place.person)] }
      : {
          ...withChannelData(joined, {
            ...(place.kind === "channel" ? { eventType: "teamMemberAdded" } : {}),
            ...selected(place),
          }),
          membersAdded: members,
        },
  ];
}

/** What the bot is told when the app is removed. From a personal chat there is only the one activity. */
export function uninstallActivities(
  world: World,
  place: Place,
  actor: number,
): readonly JsonObject[] {
  const update = envelope(world, "installationUpdate", {
    id: eventId(world),
    person: actor,
    place,
  });
  const removed = { ...update, action: "remove" };
  if (place.kind === "person") return [removed];
  const left = envelope(world, "conversationUpdate", { id: eventId(world), person: actor, place });
  const eventType = place.kind === "channel" ? { eventType: "teamMemberRemoved" } : {};
  return [removed, { ...withChannelData(left, eventType), membersRemoved: [{ id: botId(world) }] }];
}

function selected(place: Place): JsonObject {
  return place.kind === "channel" ? { settings: { selectedChannel: { id: place.id } } } : {};
}

function withChannelData(activity: JsonObject, more: JsonObject): JsonObject {
  return { ...activity, channelData: { ...asObject(activity.channelData), ...more } };
}
