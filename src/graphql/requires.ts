import { Extensions } from 'type-graphql';
import type { Permission } from '../permissions.js';

/** Stands for: whoever may ask for what led here may ask for this. For types that hold nothing of their own. */
export const INHERITED = 'INHERITED';

/** What a field or a type says of who may ask for it. */
export interface Requirement {
  /** What is needed for the field; of a type: for those of its fields that say nothing themselves. */
  permission?: Permission | typeof INHERITED;
  /** What nobody needs any more below the field, since it leads to what is open there: a store's address is no person's. */
  opens?: readonly Permission[];
}

/**
 * Says what somebody needs to be allowed to ask for a field, or for the fields of a type. A field that neither says
 * anything nor stands in a type that does is refused to everybody (see ./permission-check.ts).
 */
export function Requires(
  permission: Permission | typeof INHERITED,
  { opens }: Pick<Requirement, 'opens'> = {},
): ReturnType<typeof Extensions> {
  const requirement: Requirement = { permission, ...(opens && { opens }) };
  return Extensions({ ...requirement });
}
