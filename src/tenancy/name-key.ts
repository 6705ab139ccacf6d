/** What is the same for every name of a tenant that differs in case alone. */
export const nameKey = (column: string): string => `lower(${column} collate "und-x-icu")`;
