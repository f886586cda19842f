// The tiers that Andon builds of large tables in the background: waited for, so that windows are measured as they are ever after.

/** A server that has not begun by then builds none. */
const BEGUN_WITHIN_MS = 60_000;

/** Waits until no table is built any more, and says how long that took since the server was started. */
export async function until_tiered(report, database, began, limit_ms = 600_000) {
  const end = performance.now() + limit_ms;
  report.group('Tiers of found tables, built in the background once');
  for (;;) {
    const built = await state(database);
    if (built.length && built.every(({ state }) => state !== 'building')) {
      const rows = built.reduce((sum, { rows_done }) => sum + Number(rows_done), 0);
      const took_s = (Date.now() - began) / 1_000;
      report.line('all large tables, from the start of the server', { headline: 'tiers of large found tables, built once', rows, value: took_s, unit: 's', note: built.map(({ name, state }) => `${name}: ${state}`).join(', ') });
      return;
    }
    if (!built.length && Date.now() - began > BEGUN_WITHIN_MS) {
      report.line('NO TIERS are built by this server: wide windows are read from rows', { note: 'see its log' });
      return;
    }
    if (performance.now() > end) throw new Error(`the tiers are not built after ${limit_ms / 1_000} s: ${JSON.stringify(built)}`);
    await new Promise((later) => setTimeout(later, 200));
  }
}

/** The large tables as they stand, once one is begun: those that wait for their turn too. */
async function state(database) {
  const { rows: [{ there }] } = await database.query("SELECT to_regclass('andon.tier_sources') IS NOT NULL AS there");
  if (!there) return [];
  const large = "relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 1000000";
  const sql = `SELECT relname AS name, coalesce(state, 'building') AS state, coalesce(rows_done, 0) AS rows_done
    FROM pg_class LEFT JOIN andon.tier_sources ON strpos(source, relname) > 0 WHERE ${large} AND EXISTS (SELECT FROM andon.tier_sources)`;
  return (await database.query(sql)).rows;
}
