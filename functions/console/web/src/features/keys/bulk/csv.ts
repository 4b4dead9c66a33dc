import type { ListedKey } from "../list/queries";

/** The columns of an exported list of keys, by the API's names for them, so that they read the same in all languages. */
const COLUMNS: ReadonlyArray<readonly [name: string, of: (key: ListedKey) => string | null]> = [
  ["id", ({ id }) => id],
  ["name", ({ name }) => name],
  ["path", ({ pathNames }) => pathNames.join(" / ")],
  ["parentId", ({ parentId }) => parentId],
  ["status", ({ status }) => status],
  ["budgetState", ({ budgetState }) => budgetState],
  ["budgetUsed", ({ budgetUsed }) => budgetUsed],
  ["budgetHeld", ({ budgetHeld }) => budgetHeld],
  ["budgetLimit", ({ budgetLimit }) => budgetLimit],
  ["quotaUsed", ({ quotaUsed }) => quotaUsed],
  ["quotaHeld", ({ quotaHeld }) => quotaHeld],
  ["quotaAllowance", ({ quotaAllowance }) => quotaAllowance],
  ["quotaLimit", ({ quotaLimit }) => quotaLimit],
  ["quotaPeriod", ({ quotaPeriod }) => quotaPeriod],
  ["quotaResetsAt", ({ quotaResetsAt }) => quotaResetsAt],
  ["packsLeft", ({ packsLeft }) => packsLeft],
  ["ownerEmail", ({ ownerEmail }) => ownerEmail],
  ["priority", ({ priority }) => priority],
  ["costCentre", ({ costCentre }) => costCentre],
  ["externalId", ({ externalId }) => externalId],
  [
    "tags",
    ({ tags }) =>
      Object.entries(tags)
        .map(([name, value]) => `${name}=${value}`)
        .join("; "),
  ],
  ["createdAt", ({ createdAt }) => createdAt],
  ["lastUsedAt", ({ lastUsedAt }) => lastUsedAt],
  ["expiresAt", ({ expiresAt }) => expiresAt],
];

export const CSV_HEAD = `${COLUMNS.map(([name]) => name).join(",")}\r\n`;

/** A key as a line of CSV (RFC 4180). */
export function csvLine(key: ListedKey): string {
  return `${COLUMNS.map(([, of]) => cell(of(key) ?? "")).join(",")}\r\n`;
}

/** What a spreadsheet would take for a formula is marked as text: a key's name is whatever its holder chose. */
function cell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
