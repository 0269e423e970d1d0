/** The settings of a server by which the change log stands or falls, as statements for whoever runs the server. */

/** Takes effect when the server starts again. */
export const LOGICAL_WAL_SQL = "ALTER SYSTEM SET wal_level = 'logical';";

/** Gives a slot up, rather than the disk, once so much WAL is kept for it. */
export const SLOT_WAL_LIMIT_SQL: readonly string[] = [
  "ALTER SYSTEM SET max_slot_wal_keep_size = '64GB';",
  'SELECT pg_reload_conf();',
];
