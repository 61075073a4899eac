import type { Command, Given } from "../command.ts";
import { connect, serviceOptions } from "../connect.ts";
import type { Io } from "../io.ts";
import { printFields } from "../print-fields.ts";
import { instantWords } from "../terminal/words.ts";

/** `carillon people show`: all that is known of one person. */
export const peopleShow: Command = {
  name: "people show",
  about: "Show all that is known of one person.",
  arguments: [{ name: "ID", about: "a UPN, an Entra object id, or a 29: id.", required: true }],
  options: serviceOptions,
  examples: ["carillon people show ana@contoso.example"],
  run: runShow,
};

async function runShow(given: Given, io: Io): Promise<number> {
  const client = await connect(given, io);
  const person = await client.people.get(given.argument("ID") ?? "");
  return printFields(person, given, io, [
    ["name", person.name],
    ["upn", person.userPrincipalName],
    ["e-mail", person.email],
    ["object id", person.aadObjectId],
    ["Teams id", person.teamsId],
    ["tenant", person.tenantId],
    ["language", person.locale],
    ["time zone", person.timezone],
    ["role", person.userRole],
    ["app", person.install],
    ["blocked", person.blockedAt === null ? "no" : `since ${instantWords(person.blockedAt)}`],
    ["chat", person.conversationId],
    ["service URL", person.serviceUrl],
    ["learnt", instantWords(person.updatedAt)],
  ]);
}
