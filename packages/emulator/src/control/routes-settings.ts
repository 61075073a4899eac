import { ControlError } from "../control-error.ts";
import { parseFaultPlan } from "../faults/parse-plan.ts";
import { asNumber, asObject, asString, isObject, parseJson } from "../json.ts";
import type { LimitSettings } from "../options.ts";
import type { StateExport } from "../views.ts";
import { fieldsOf, isOn, number, text } from "./fields.ts";
import type { ControlRoutes } from "./route.ts";

/** Controls that change how the emulator behaves. */
export const settingRoutes: ControlRoutes = {
  "POST bot-endpoint": (emulator, { body }) => {
    const { url } = fieldsOf(body, ["url"]);
    if (url !== null && typeof url !== "string")
      throw new ControlError(400, '"url" must be a URL, or null');
    emulator.setBotEndpoint(url);
    return emulator.bot();
  },
  "POST region": (emulator, { body }) => {
    const fields = fieldsOf(body, ["region", "refuseOthers"]);
    const refuseOthers = isOn(fields, "refuseOthers", false);
    emulator.setRegion(text(fields, "region"), { refuseOthers });
    return emulator.bot();
  },
  "POST certificates": (emulator, { body }) =>
    emulator.addCertificate(text(fieldsOf(body, ["pem"]), "pem")),
  "POST keys/rotate": (emulator) => ({ kid: emulator.rotateKeys() }),
  "PUT faults": (emulator, { body }) => {
    emulator.setFaults(parseFaultPlan(parseJson(body)));
    return emulator.faults();
  },
  "DELETE faults": (emulator) => emulator.setFaults(null),
  "POST limits": (emulator, { body }) => {
    emulator.setLimits(limitsIn(body));
    return emulator.limits();
  },
  "POST latency": (emulator, { body }) => {
    const fields = fieldsOf(body, ["ms", "jitterMs"]);
    emulator.setLatency(number(fields, "ms"), asNumber(fields.jitterMs) ?? 0);
  },
  "POST traffic": (emulator, { body }) => {
    const fields = fieldsOf(body, ["conversation", "requests"]);
    emulator.addOtherTraffic(text(fields, "conversation"), number(fields, "requests"));
  },
  "POST graph/permissions": (emulator, { body }) => {
    const { permissions } = fieldsOf(body, ["permissions"]);
    const isList =
      Array.isArray(permissions) && permissions.every((one) => typeof one === "string");
    if (!isList) throw new ControlError(400, '"permissions" must be a list of texts');
    emulator.setGraphPermissions(permissions as readonly string[]);
    return { permissions };
  },
  "POST graph/traffic": (emulator, { body }) =>
    emulator.addOtherGraphTraffic(number(fieldsOf(body, ["units"]), "units")),
  "POST clock": (emulator, { body }) => {
    emulator.advance(number(fieldsOf(body, ["advanceMs"]), "advanceMs"));
    return { now: emulator.now() };
  },
  "POST reset": (emulator) => emulator.reset(),
  "POST import": (emulator, { body }) => {
    emulator.importState(stateIn(body));
    return emulator.counts();
  },
};

function limitsIn(body: string): Partial<LimitSettings> {
  const numbers = ["rps", "laneWindowMs", "retryAfterSeconds", "graphUnits"] as const;
  const switches = ["threads", "sendRetryAfter"] as const;
  const fields = fieldsOf(body, [...numbers, ...switches]);
  const given = <K extends string>(keys: readonly K[], read: (key: K) => unknown): object =>
    Object.fromEntries(
      keys.filter((key) => fields[key] !== undefined).map((key) => [key, read(key)]),
    );
  return {
    ...given(numbers, (key) => number(fields, key)),
    ...given(switches, (key) => isOn(fields, key, true)),
  };
}

function stateIn(body: string): StateExport {
  const file = asObject(parseJson(body));
  const [seed, people, at] = [asNumber(file.seed), asNumber(file.people), asNumber(file.at)];
  const isState =
    file.format === 1 && seed !== undefined && people !== undefined && isObject(file.state);
  if (!isState)
    throw new ControlError(
      400,
      `this is no exported state (${asString(body) ? "" : "it is empty"})`,
    );
  return { format: 1, seed, people, at: at ?? 0, state: asObject(file.state) };
}
