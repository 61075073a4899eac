import { createRoute, z } from "@hono/zod-openapi";
import type { ApiApp, ApiParts } from "../api-env.ts";
import { jsonAnswer } from "../contract/answer.ts";
import { peopleQuery, personSchema } from "../contract/directory.ts";
import { examplePerson } from "../contract/examples.ts";
import { exact } from "../contract/form.ts";
import { pageOf, pageView } from "../contract/page.ts";
import { refusals } from "../contract/problem.ts";
import { pathId } from "../contract/text.ts";
import { personView } from "../views/directory-view.ts";

const tags = ["directory"];

/** The routes of people. */
export const peopleRoutes = {
  list: createRoute({
    method: "get",
    path: "/v1/people",
    tags,
    operationId: "listPeople",
    summary: "List or search people",
    description:
      "Everyone who was learnt from installs, messages, mentions and rosters, in the order of their ids.",
    request: { query: peopleQuery },
    responses: {
      200: jsonAnswer(pageOf(personSchema, "PersonPage"), {
        description: "A page of people.",
        example: { items: [examplePerson] },
      }),
      ...refusals("TENANT_UNKNOWN"),
    },
  }),
  get: createRoute({
    method: "get",
    path: "/v1/people/{id}",
    tags,
    operationId: "getPerson",
    summary: "See what is known of a person",
    description: "By Entra object id, UPN, or `29:` id.",
    request: {
      params: z.object({ id: pathId("Object id, UPN or `29:` id.", "ana@contoso.example") }),
    },
    responses: {
      200: jsonAnswer(personSchema, { description: "The person.", example: examplePerson }),
      ...refusals("PERSON_UNKNOWN", "TENANT_UNKNOWN"),
    },
  }),
};

/** Mounts them. */
export function mountPeople(app: ApiApp, { engine: { directory } }: ApiParts): void {
  app.openapi(peopleRoutes.list, async (context) => {
    const page = await directory.people(exact(context.req.valid("query")));
    return context.json(pageView(page, personView), 200);
  });
  app.openapi(peopleRoutes.get, async (context) => {
    const { id } = context.req.valid("param");
    return context.json(personView(await directory.person(id)), 200);
  });
}
