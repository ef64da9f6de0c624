/**
 * Which statements may be tried on the read-only connection.
 *
 * It is a first guess that may be wrong only in one direction that matters, and SQLite itself corrects that: a
 * `WITH … INSERT` taken for a read is refused by the read-only connection before it did anything, and then runs on the
 * writer. Reads of what belongs to the writer's connection are never guessed to be reads.
 */

const readPrefix = /^(?:\s|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:select|values|with)\b/i
const ofTheConnection = /\b(?:total_changes|changes|last_insert_rowid)\s*\(/i

export const mayRead = (sql: string): boolean => readPrefix.test(sql) && !ofTheConnection.test(sql)

export const isDeferred = (begin: string): boolean => /^\s*BEGIN\s+DEFERRED\b/i.test(begin)
