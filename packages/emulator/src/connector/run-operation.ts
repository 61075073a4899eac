import type { World } from "../state/world.ts";
import type { WireAnswer } from "../wire.ts";
import type { Call } from "./call.ts";
import { createConversation } from "./operations/create-conversation.ts";
import { createThread } from "./operations/create-thread.ts";
import { deleteActivity } from "./operations/delete-activity.ts";
import {
  getActivityMembers,
  getMember,
  getMembers,
  getPagedMembers,
} from "./operations/get-members.ts";
import { getChannels, getTeam } from "./operations/get-team.ts";
import { sendActivity } from "./operations/send-activity.ts";
import { updateActivity } from "./operations/update-activity.ts";

type Operation = (world: World, call: Call) => WireAnswer;

const operations: Record<Call["operation"], Operation> = {
  "create-conversation": createConversation,
  "create-thread": createThread,
  send: sendActivity,
  update: updateActivity,
  delete: deleteActivity,
  members: getMembers,
  "paged-members": getPagedMembers,
  member: getMember,
  "activity-members": getActivityMembers,
  team: getTeam,
  channels: getChannels,
};

/** Carries out a call that was let through. */
export function runOperation(world: World, call: Call): WireAnswer {
  return operations[call.operation](world, call);
}
