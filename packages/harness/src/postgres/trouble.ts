import pg from "pg";

/** Does something to a server or a database as its owner, on a connection of its own. */
export async function asOwner<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: "trouble" });
  // A server that ends breaks it off.
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Ends a database's connections of programs whose name begins so; answers how many there were. */
export function endConnections(url: string, name = "carillon"): Promise<number> {
  return asOwner(url, async (client) => {
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND starts_with(application_name, $1)`,
      [name],
    );
    return rowCount ?? 0;
  });
}

/** Makes the server say no to every write, as one does that is not the primary any more; answers how to end that. */
export async function makeReadOnly(url: string): Promise<() => Promise<void>> {
  const change = (sql: string) =>
    asOwner(url, async (client) => {
      await client.query(sql);
      await client.query("SELECT pg_reload_conf()");
    });
  await change("ALTER SYSTEM SET default_transaction_read_only = on");
  return () => change("ALTER SYSTEM RESET default_transaction_read_only");
}

/** Holds a table, so that whoever touches it waits; answers how to let it go. */
export async function holdTable(url: string, table: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url, application_name: "trouble" });
  await client.connect();
  await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  return () => client.end();
}

/** Lets a role that is nobody's owner of the server open no connection any more, and ends those that it has. */
export async function refuseConnections(url: string, role: string): Promise<() => Promise<void>> {
  const limit = (most: number) =>
    asOwner(url, (client) => client.query(`ALTER ROLE ${role} CONNECTION LIMIT ${most}`));
  await limit(0);
  await endConnections(url);
  return async () => void (await limit(-1));
}
