import { deliveryStates } from "../../domain/delivery.ts";
import type { Snapshot } from "./snapshot.ts";

/** Something that a database holds and must not. */
export interface Finding {
  /** What was looked at, such as `the counters of campaigns`. */
  readonly what: string;
  /** Where: an id, or what SQLite says. */
  readonly where: string;
  readonly detail: string;
}

/** What a check found, and how much it looked at. */
export interface Checked {
  readonly campaigns: number;
  readonly deliveries: number;
  readonly people: number;
  /** At most {@link findingsMax} of each kind. */
  readonly findings: readonly Finding[];
}

export const findingsMax = 20;

/**
 * Reads a database through: the pages and indexes of SQLite, every counter against a count of its rows, and what rows must hold
 * of each other. Changes nothing, and shows one instant however long it takes.
 */
export async function checkDatabase(snapshot: Snapshot): Promise<Checked> {
  const findings = [
    ...(await pages(snapshot)),
    ...(await counters(snapshot)),
    ...(await codes(snapshot)),
    ...(await directories(snapshot)),
    ...(await rules(snapshot)),
  ];
  const [sizes] = await snapshot.all<{ campaigns: number; deliveries: number; people: number }>(
    `SELECT (SELECT count(*) FROM campaigns) AS campaigns, (SELECT count(*) FROM deliveries) AS deliveries,
       (SELECT count(*) FROM people) AS people`,
  );
  const { campaigns = 0, deliveries = 0, people = 0 } = sizes ?? {};
  return { campaigns, deliveries, people, findings };
}

async function pages(snapshot: Snapshot): Promise<readonly Finding[]> {
  // PostgreSQL checks its own pages as it reads them, where it was set up to.
  if (snapshot.dialect !== "sqlite") return [];
  const rows = await snapshot.all<{ integrity_check: string }>(
    `PRAGMA integrity_check(${findingsMax})`,
  );
  return rows
    .filter((row) => row.integrity_check !== "ok")
    .map((row) => ({
      what: "the pages and indexes of the file",
      where: "SQLite",
      detail: row.integrity_check,
    }));
}

const counted = deliveryStates.map(
  (state) => `count(*) FILTER (WHERE state = '${state}') AS ${state}`,
);
const wrong = [...deliveryStates, "resent"].map((name) => `c.${name} <> coalesce(d.${name}, 0)`);
const both = [...deliveryStates, "resent"].map(
  (name) => `c.${name} AS stored_${name}, coalesce(d.${name}, 0) AS counted_${name}`,
);

async function counters(snapshot: Snapshot): Promise<readonly Finding[]> {
  const rows = await snapshot.all<Readonly<Record<string, number>> & { campaign_id: string }>(
    `SELECT c.campaign_id, ${both.join(", ")} FROM campaigns c
     LEFT JOIN (SELECT tenant_id, campaign_id, ${counted.join(", ")}, sum(resent) AS resent
       FROM deliveries GROUP BY tenant_id, campaign_id) d
       ON d.tenant_id = c.tenant_id AND d.campaign_id = c.campaign_id
     WHERE c.recipients_forgotten_at IS NULL AND (${wrong.join(" OR ")}) ORDER BY c.campaign_id LIMIT ${findingsMax}`,
  );
  return rows.map((row) => ({
    what: "the counters of a campaign",
    where: row.campaign_id,
    detail: [...deliveryStates, "resent"]
      .filter((name) => row[`stored_${name}`] !== row[`counted_${name}`])
      .map(
        (name) => `${name} is ${row[`stored_${name}`]}, and ${row[`counted_${name}`]} by its rows`,
      )
      .join("; "),
  }));
}

/** Failed, skipped and uncertain rows by code, which are kept in a table of their own. */
async function codes(snapshot: Snapshot): Promise<readonly Finding[]> {
  const rows = await snapshot.all<{
    campaign_id: string;
    state: string;
    code: string;
    stored: number;
    counted: number;
  }>(
    `SELECT campaign_id, state, code, sum(stored) AS stored, sum(counted) AS counted FROM (
       SELECT campaign_id, state, code, count AS stored, 0 AS counted FROM campaign_codes
       UNION ALL
       SELECT campaign_id, state, code, 0, count(*) FROM deliveries
       WHERE code IS NOT NULL AND state IN ('failed', 'skipped', 'uncertain')
       GROUP BY campaign_id, state, code) sums
     WHERE campaign_id NOT IN (SELECT campaign_id FROM campaigns WHERE recipients_forgotten_at IS NOT NULL)
     GROUP BY campaign_id, state, code HAVING sum(stored) <> sum(counted)
     ORDER BY campaign_id, state, code LIMIT ${findingsMax}`,
  );
  return rows.map((row) => ({
    what: "the reasons of a campaign",
    where: row.campaign_id,
    detail: `${row.state} with ${row.code} is ${row.stored}, and ${row.counted} by its rows`,
  }));
}

async function directories(snapshot: Snapshot): Promise<readonly Finding[]> {
  const rows = await snapshot.all<{ bot_id: string; tenant_id: string; detail: string }>(
    `SELECT d.bot_id, d.tenant_id, 'people ' || d.people || ', installed ' || d.installed || ', blocked ' || d.blocked
       || ', removed ' || d.removed || '; by its rows ' || coalesce(p.people, 0) || ', ' || coalesce(p.installed, 0)
       || ', ' || coalesce(p.blocked, 0) || ', ' || coalesce(p.removed, 0) AS detail
     FROM directories d
     LEFT JOIN (SELECT tenant_id, bot_id, count(*) AS people,
         count(*) FILTER (WHERE install = 'installed') AS installed,
         count(*) FILTER (WHERE blocked_at IS NOT NULL) AS blocked,
         count(*) FILTER (WHERE install = 'removed') AS removed
       FROM people GROUP BY tenant_id, bot_id) p ON p.tenant_id = d.tenant_id AND p.bot_id = d.bot_id
     WHERE d.people <> coalesce(p.people, 0) OR d.installed <> coalesce(p.installed, 0)
       OR d.blocked <> coalesce(p.blocked, 0) OR d.removed <> coalesce(p.removed, 0)
     ORDER BY d.bot_id, d.tenant_id LIMIT ${findingsMax}`,
  );
  return rows.map(({ bot_id, tenant_id, detail }) => ({
    what: "the directory's counts",
    where: `${bot_id} in ${tenant_id}`,
    detail,
  }));
}

/** What rows must hold of each other: each finds those that do not. */
const statements: readonly { readonly what: string; readonly sql: string }[] = [
  {
    what: "a delivery without its campaign",
    sql: `SELECT d.campaign_id || ' ' || d.recipient_key AS place FROM deliveries d
      LEFT JOIN campaigns c ON c.tenant_id = d.tenant_id AND c.campaign_id = d.campaign_id
      WHERE c.campaign_id IS NULL`,
  },
  {
    what: "a campaign without its message and audience",
    sql: `SELECT c.campaign_id AS place FROM campaigns c
      LEFT JOIN campaign_contents t ON t.tenant_id = c.tenant_id AND t.campaign_id = c.campaign_id
      WHERE t.campaign_id IS NULL`,
  },
  {
    what: "a delivery whose claim does not fit its state",
    sql: `SELECT campaign_id || ' ' || recipient_key AS place FROM deliveries
      WHERE (state = 'sending') <> (claimed_fence IS NOT NULL)`,
  },
  {
    what: "a delivery claimed under a fence that its lane never had",
    sql: `SELECT d.campaign_id || ' ' || d.recipient_key AS place FROM deliveries d
      JOIN campaigns c ON c.tenant_id = d.tenant_id AND c.campaign_id = d.campaign_id
      LEFT JOIN lanes l ON l.tenant_id = c.tenant_id AND l.bot_id = c.bot_id
      WHERE d.claimed_fence IS NOT NULL AND d.claimed_fence > coalesce(l.fence, 0)`,
  },
  {
    what: "a campaign with open rows that no lane looks at",
    sql: `SELECT campaign_id AS place FROM campaigns
      WHERE state IN ('expanding', 'sending') AND pending > held AND queue IS NULL`,
  },
  {
    what: "a campaign that is over and has open rows",
    sql: "SELECT campaign_id AS place FROM campaigns WHERE state = 'finished' AND pending + sending > 0",
  },
];

async function rules(snapshot: Snapshot): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { what, sql } of statements)
    for (const { place } of await snapshot.all<{ place: string }>(`${sql} LIMIT ${findingsMax}`))
      findings.push({ what, where: place, detail: "" });
  return findings;
}
