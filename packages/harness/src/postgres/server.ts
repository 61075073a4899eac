import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { freePort } from "../service-process.ts";
import { findPostgres, majorVersion } from "./binaries.ts";

/** The one user of a server for tests, and a password that must never be seen anywhere. */
const user = "carillon";
export const testPassword = "a-password-for-tests-only";

/** A PostgreSQL server of the test's own, with its data in a temporary folder. It listens on loopback, and ends with the test. */
export class PostgresServer {
  readonly folder: string;
  readonly #bin: string;
  readonly #port: number;
  #child: ChildProcess | null = null;

  private constructor(folder: string, bin: string, port: number) {
    this.folder = folder;
    this.#bin = bin;
    this.#port = port;
  }

  /** Makes a server and starts it. `settings` are lines of its configuration. Throws with its output where it does not start. */
  static async create(settings: readonly string[] = []): Promise<PostgresServer> {
    const bin = findPostgres();
    if (bin === null) throw new Error("no PostgreSQL server is installed here");
    const folder = mkdtempSync(path.join(tmpdir(), "carillon-postgres-"));
    const server = new PostgresServer(folder, bin, await freePort());
    initialise(server, bin);
    server.configure(settings);
    await server.start();
    return server;
  }

  /** Makes a server that follows another one, and starts it. It takes no writes before `promote`. */
  static async follow(primary: PostgresServer): Promise<PostgresServer> {
    const folder = mkdtempSync(path.join(tmpdir(), "carillon-postgres-"));
    const server = new PostgresServer(folder, primary.#bin, await freePort());
    const { uid, gid } = asOwner();
    if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
    const args = ["--pgdata", server.data, "--dbname", primary.url(), "--write-recovery-conf"];
    const { status, stderr } = spawnSync(path.join(primary.#bin, "pg_basebackup"), args, {
      ...asOwner(),
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`pg_basebackup failed:\n${stderr}`);
    await server.start();
    return server;
  }

  /** Makes one that followed take writes from now on. */
  promote(): void {
    const args = ["promote", "--pgdata", this.data, "--wait", "--silent"];
    spawnSync(path.join(this.#bin, "pg_ctl"), args, { ...asOwner(), stdio: "ignore" });
  }

  get port(): number {
    return this.#port;
  }

  get data(): string {
    return path.join(this.folder, "data");
  }

  /** Of the server's first process, whose children the others are; undefined while it does not run. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  url(database = "postgres"): string {
    return `postgres://${user}:${testPassword}@127.0.0.1:${this.#port}/${database}`;
  }

  /** Replaces the settings beyond the ordinary ones; they count from the next start. */
  configure(settings: readonly string[]): void {
    const lines = ["include 'base.conf'", ...settings].map((line) => `${line}\n`);
    writeFileSync(path.join(this.data, "postgresql.conf"), lines.join(""));
  }

  /** Starts it, and waits until it takes connections. */
  async start(): Promise<void> {
    const args = ["-D", this.data, "-p", String(this.#port), "-h", "127.0.0.1", "-k", ""];
    const child = spawn(path.join(this.#bin, "postgres"), args, {
      ...asOwner(),
      stdio: ["ignore", "ignore", "pipe"],
      env: { PATH: process.env.PATH, LC_ALL: "C", PGTZ: "UTC" },
    });
    this.#child = child;
    running.set(child, this);
    child.once("exit", () => running.delete(child));
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      lines.push(line);
      if (line.includes("ready to accept")) {
        // Nobody reads the rest; it must not fill the pipe.
        child.stderr.resume();
        return;
      }
    }
    throw new Error(`PostgreSQL did not start:\n${lines.join("\n")}`);
  }

  /**
   * Ends it, with a signal of its own meaning: `SIGINT` breaks connections off and ends in order; `SIGQUIT` ends at once, as a
   * power cut would, so that the next start recovers from the log.
   */
  async stop(signal: "SIGINT" | "SIGQUIT" = "SIGINT"): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  /** Ends it at once, and does not return before it has ended. */
  endNow(): void {
    const args = ["stop", "--pgdata", this.data, "--mode", "immediate", "--silent"];
    spawnSync(path.join(this.#bin, "pg_ctl"), args, { ...asOwner(), stdio: "ignore" });
  }

  /** Ends it and removes its data. */
  async remove(): Promise<void> {
    await this.stop("SIGQUIT");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// A test process that ends, by itself or because it took too long, takes its servers with it.
const running = new Map<ChildProcess, PostgresServer>();
process.once("exit", () => {
  for (const [child, server] of running) {
    // It waits until the server is gone; a server that is killed leaves a piece of shared memory behind.
    server.endNow();
    child.kill("SIGKILL");
    rmSync(server.folder, { recursive: true, force: true, maxRetries: 3 });
  }
});
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => {
    process.exit(1);
  });

function initialise(server: PostgresServer, bin: string): void {
  const passwordFile = path.join(server.folder, "password");
  writeFileSync(passwordFile, testPassword, { mode: 0o644 });
  mkdirSync(server.data, { mode: 0o700 });
  const { uid, gid } = asOwner();
  if (uid !== undefined && gid !== undefined)
    for (const place of [server.folder, server.data]) chownSync(place, uid, gid);
  // A collation that is not that of code points, so that no order is right by chance.
  const collation = majorVersion(bin) >= 15 ? ["--locale-provider=icu", "--icu-locale=en-US"] : [];
  const { status, stdout, stderr } = spawnSync(
    path.join(bin, "initdb"),
    [
      ...["-D", server.data, "-U", user, "--pwfile", passwordFile, "--auth", "scram-sha-256"],
      ...["--encoding", "UTF8", "--locale", "C.UTF-8", ...collation, "--no-sync"],
    ],
    { ...asOwner(), encoding: "utf8", env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8" } },
  );
  if (status !== 0) throw new Error(`initdb failed:\n${stdout}${stderr}`);
  writeFileSync(path.join(server.data, "base.conf"), `${baseSettings.join("\n")}\n`);
}

// Small, and quick to start and stop. What durability depends on stays as the server has it.
const baseSettings = [
  "max_connections = 100",
  "shared_buffers = 64MB",
  "max_wal_size = 256MB",
  "dynamic_shared_memory_type = mmap",
  "logging_collector = off",
  "log_checkpoints = off",
];

/** PostgreSQL refuses to run as root. */
function asOwner(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = ["-u", "-g"].map((flag) =>
      Number(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout || Number.NaN),
    );
    if (Number.isInteger(uid) && Number.isInteger(gid)) return { uid: uid ?? 0, gid: gid ?? 0 };
  }
  throw new Error("PostgreSQL refuses to run as root, and there is no user postgres or nobody");
}
