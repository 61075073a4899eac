import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { z } from "@hono/zod-openapi";
import { publicPaths } from "../../src/api/auth.ts";
import { problemSchema } from "../../src/api/contract/problem.ts";
import { routes } from "../../src/api/openapi-document.ts";
import { errorCodes } from "../../src/domain/error-codes.ts";
import { apiWorld } from "./api-world.ts";

const root = new URL("../../../../", import.meta.url);
// The script is JavaScript without types; these are the two names that it exports.
const { openApiText, openApiFile } = (await import(new URL("scripts/openapi.mjs", root).href)) as {
  openApiText: () => Promise<string>;
  openApiFile: string;
};

interface Content {
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, unknown>>;
}
interface Described {
  readonly method: string;
  readonly path: string;
  readonly request?: {
    readonly body?: { readonly content?: Readonly<Record<string, WithSchema>> };
  };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, WithSchema>> }>
  >;
}
interface WithSchema extends Content {
  readonly schema?: z.ZodType;
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, Content>> }>
  >;
}
interface Document {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly examples: Readonly<Record<string, { readonly value: unknown }>> };
  readonly "x-error-codes": Readonly<Record<string, unknown>>;
}

const text = await openApiText();
const document = JSON.parse(text) as Document; // its form is what these tests check
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
);

describe("the API document", () => {
  it("is what docs/reference/openapi.json says; `node scripts/openapi.mjs` writes it anew", () => {
    assert.equal(readFileSync(new URL(openApiFile, root), "utf8"), text);
  });

  it("is answered to everyone, with the version of the service", async () => {
    const { api } = apiWorld();
    const answer = await api.fetch(new Request("http://service.example/openapi.json"));
    assert.equal(answer.headers.get("content-type"), "application/json");
    const served = (await answer.json()) as Document; // the same document as above
    assert.equal(served.info.version, "1.2.3");
    assert.deepEqual(Object.keys(served.paths), Object.keys(document.paths));
    assert.deepEqual(Object.keys(served["x-error-codes"]), Object.keys(errorCodes));
  });

  it("says of every operation what it does, what it answers, and how it refuses", () => {
    assert.ok(operations.length >= 20);
    const ids = operations.map(({ operation }) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const { method, path, operation } of operations) {
      const name = `${method} ${path}`;
      assert.match(operation.summary, /^[A-Z][^.]+$/, name);
      assert.match(operation.description, /^.*\.$/s, name);
      assert.equal(operation.tags.length, 1, name);
      const holes = [...path.matchAll(/\{(\w+)\}/g)].map(([, hole]) => hole);
      const described = (operation.parameters ?? []).filter((one) => one.in === "path");
      assert.deepEqual(described.map((one) => one.name).sort(), holes.sort(), name);
      const statuses = Object.keys(operation.responses);
      assert.equal(statuses.filter((status) => status.startsWith("2")).length, 1, name);
      if (publicPaths.has(path)) continue;
      for (const status of ["400", "401", "500", "503"]) assert.ok(statuses.includes(status), name);
      for (const status of statuses.filter((one) => Number(one) >= 400))
        assert.ok(
          operation.responses[status]?.content?.["application/problem+json"]?.examples,
          name,
        );
    }
  });

  it("has an example for every body and answer, and each fits its schema", () => {
    // What the routes are made of, before the document is made of them.
    const described = routes as unknown as readonly Described[];
    const examples = described.flatMap((route) =>
      [route.request?.body ?? {}, ...Object.values(route.responses)].flatMap(({ content }) =>
        Object.entries(content ?? {}).map(([type, one]) => ({
          name: `${route.method} ${route.path} ${type}`,
          ...one,
        })),
      ),
    );
    assert.ok(examples.length > 60);
    for (const { name, schema, example, examples: named } of examples) {
      if (name.endsWith("application/problem+json")) {
        assert.ok(Object.keys(named ?? {}).length > 0, name);
        continue;
      }
      const parsed = schema?.safeParse(example);
      assert.ok(example !== undefined && parsed?.success, `${name}: ${String(parsed?.error)}`);
    }
  });

  it("shows how each code that answers a request looks", () => {
    const { examples } = document.components;
    for (const [code, row] of Object.entries(errorCodes)) {
      assert.equal(examples[code] !== undefined, "status" in row, code);
      if (!("status" in row)) continue;
      const parsed = problemSchema.safeParse(examples[code]?.value);
      assert.ok(parsed.success && parsed.data.status === row.status, code);
    }
  });

  it("refers to nothing that is not there", () => {
    const wanted = [...text.matchAll(/"\$ref": "#\/([^"]+)"/g)].map(([, place = ""]) => place);
    assert.ok(wanted.length > 20);
    for (const place of wanted) {
      let at: unknown = document;
      for (const key of place.split("/")) at = (at as Record<string, unknown> | undefined)?.[key];
      assert.ok(at, place);
    }
  });

  it("describes routes that are there", async () => {
    const { ask } = apiWorld();
    for (const { method, path } of operations) {
      const answer = await ask(path.replaceAll(/\{\w+\}/g, "x"), { method: method.toUpperCase() });
      const body = await (path === "/v1/stream"
        ? answer.body?.cancel().then(() => "")
        : answer.text());
      assert.doesNotMatch(body ?? "", /^\{"type":"[^"]*ROUTE_/, `${method} ${path}`);
    }
  });
});
