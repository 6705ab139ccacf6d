import type { Check } from './check.js';
import { oldCodeCheck } from '../compatibility/old-code-check.js';
import { empty } from './empty.js';
import { entities } from './entities.js';
import { files } from './files.js';
import { lint } from './lint.js';
import { populated } from './populated.js';
import { tables } from './tables.js';

/** All checks, in the order in which they are told. */
export const checks: readonly Check[] = [files, entities, tables, empty, populated, oldCodeCheck(), lint];
