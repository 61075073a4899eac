import { ControlError } from "../control-error.ts";
import type { Emulator, InstallOptions, InstallTarget, Press } from "../emulator.ts";
import { asObject, isObject, type Json, type JsonObject } from "../json.ts";
import type { InstallReport } from "../views.ts";
import { fieldsOf, flawOf, isOn, maybeText, number, personRef, text } from "./fields.ts";
import { type ControlCall, ControlReply, type ControlRoute, type ControlRoutes } from "./route.ts";

/** Controls by which something happens in the tenant. */
export const eventRoutes: ControlRoutes = {
  "POST install": (emulator, call) => installs(emulator, call, "install"),
  "POST uninstall": (emulator, call) => installs(emulator, call, "uninstall"),
  "POST block": mark("block"),
  "POST unblock": mark("unblock"),
  "POST disable": mark("disable"),
  "POST enable": mark("enable"),
  "POST teams/:team/members": (emulator, { names, body }) => {
    const fields = fieldsOf(body, ["person", "flaw"]);
    return emulator.addMember(names.team ?? "", personRef(fields.person), flawOf(fields));
  },
  "DELETE teams/:team/members/:person": (emulator, { names }) =>
    emulator.removeMember(names.team ?? "", names.person ?? ""),
  "POST teams/:team/channels": (emulator, { names, body }) => {
    const fields = fieldsOf(body, ["name", "flaw"]);
    return emulator.createChannel(names.team ?? "", text(fields, "name"), flawOf(fields));
  },
  "POST say": (emulator, { body }) => {
    const fields = fieldsOf(body, ["person", "text", "conversation", "thread", "flaw"]);
    return emulator.say(personRef(fields.person), text(fields, "text"), {
      ...flawOf(fields),
      ...maybeText(fields, "conversation"),
      ...maybeText(fields, "thread"),
    });
  },
  "POST mention": (emulator, { body }) => {
    const fields = fieldsOf(body, ["person", "text", "conversation", "thread", "flaw"]);
    return emulator.mention(personRef(fields.person), text(fields, "text"), {
      ...flawOf(fields),
      conversation: text(fields, "conversation"),
      ...maybeText(fields, "thread"),
    });
  },
  "POST press": (emulator, { body }) => {
    const fields = fieldsOf(body, [
      "person",
      "activityId",
      "conversation",
      "button",
      "inputs",
      "flaw",
    ]);
    return emulator.press(personRef(fields.person), { ...pressOf(fields), ...flawOf(fields) });
  },
  "POST react": (emulator, { body }) => {
    const fields = fieldsOf(body, [
      "person",
      "activityId",
      "type",
      "remove",
      "conversation",
      "flaw",
    ]);
    return emulator.react(personRef(fields.person), {
      activityId: text(fields, "activityId"),
      type: text(fields, "type"),
      remove: isOn(fields, "remove", false),
      ...maybeText(fields, "conversation"),
      ...flawOf(fields),
    });
  },
  "POST edit": (emulator, { body }) => {
    const fields = fieldsOf(body, ["person", "activityId", "text", "conversation", "flaw"]);
    return emulator.edit(personRef(fields.person), {
      activityId: text(fields, "activityId"),
      text: text(fields, "text"),
      ...maybeText(fields, "conversation"),
      ...flawOf(fields),
    });
  },
  "POST erase": (emulator, { body }) => {
    const fields = fieldsOf(body, ["person", "activityId", "conversation", "flaw"]);
    return emulator.erase(personRef(fields.person), {
      activityId: text(fields, "activityId"),
      ...maybeText(fields, "conversation"),
      ...flawOf(fields),
    });
  },
  "POST read": (emulator, { body }) => {
    const fields = fieldsOf(body, ["person", "activityId", "flaw"]);
    const upTo = { activityId: text(fields, "activityId"), ...flawOf(fields) };
    return emulator.read(personRef(fields.person), upTo);
  },
  "POST deliver": (emulator, { body }) => {
    const fields = fieldsOf(body, ["activity", "flaw"]);
    if (!isObject(fields.activity)) throw new ControlError(400, '"activity" must be an object');
    return emulator.deliver(fields.activity, flawOf(fields));
  },
  "POST redeliver": (emulator, { body }) => {
    const fields = fieldsOf(body, ["activityId", "flaw"]);
    return emulator.redeliver(text(fields, "activityId"), flawOf(fields));
  },
};

function mark(name: "block" | "unblock" | "disable" | "enable"): ControlRoute {
  return (emulator, { body }) => {
    const person = personRef(fieldsOf(body, ["person"]).person);
    emulator[name](person);
    return emulator.person(person);
  };
}

/** 202 with the install's id, unless `wait` asks for its end. */
async function installs(
  emulator: Emulator,
  { body }: ControlCall,
  name: "install" | "uninstall",
): Promise<ControlReply | InstallReport> {
  const fields = fieldsOf(body, ["who", "wait", "events", "concurrency", "flaw"]);
  const options: InstallOptions = {
    ...flawOf(fields),
    events: isOn(fields, "events", true),
    ...(fields.concurrency === undefined ? {} : { concurrency: number(fields, "concurrency") }),
  };
  const before = emulator.installs()[0]?.id;
  const done = emulator[name](targetOf(fields.who), options);
  const begun = emulator.installs()[0];
  // Nothing begun: the target was refused, and waiting says why.
  if (isOn(fields, "wait", false) || !begun || begun.id === before) return await done;
  return new ControlReply(202, begun);
}

function targetOf(who: Json | undefined): InstallTarget {
  if (typeof who === "string" || typeof who === "number") return who;
  if (Array.isArray(who)) return who.map(personRef);
  const { team, chat } = asObject(who);
  if (typeof team === "string" || typeof team === "number") return { team };
  if (typeof chat === "string" || typeof chat === "number") return { chat };
  throw new ControlError(
    400,
    '"who" must be "all", a person, a list of people, {"team": …} or {"chat": …}',
  );
}

function pressOf(fields: JsonObject): Press {
  const { button, inputs } = fields;
  return {
    ...maybeText(fields, "activityId"),
    ...maybeText(fields, "conversation"),
    ...(button === undefined ? {} : { button: buttonOf(button) }),
    ...(inputs === undefined
      ? {}
      : {
          inputs: Object.fromEntries(
            Object.entries(asObject(inputs)).map(([id, value]) => [id, String(value)]),
          ),
        }),
  };
}

function buttonOf(button: Json): NonNullable<Press["button"]> {
  if (typeof button === "number") return button;
  const { title, verb } = asObject(button);
  if (typeof title === "string") return { title };
  if (typeof verb === "string") return { verb };
  throw new ControlError(400, '"button" must be a number, {"title": …} or {"verb": …}');
}
