/** What can be imported and exported, in the order in which an empty database is filled. */
export const bulkKinds = ['stores', 'products', 'customers', 'orders'] as const;

/** One of what can be imported and exported. */
export type BulkKind = (typeof bulkKinds)[number];
