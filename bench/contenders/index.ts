import type { Contender } from '../contender.js';
import { limit } from './limit/index.js';
import { mercurius } from './mercurius/index.js';
import { pier2 } from './pier2.js';
import { postgraphile } from './postgraphile/index.js';

/** All contenders. The first one's answers are what those of the others are compared with. */
export const contenders: readonly Contender[] = [pier2, postgraphile, mercurius, limit];
