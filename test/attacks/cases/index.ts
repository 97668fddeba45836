import { ALGORITHMS } from './algorithms.js';
import { CONFIRMATION } from './confirmation.js';
import { COVERAGE } from './coverage.js';
import { HTTP } from './http.js';
import { SHAPE } from './shape.js';
import { TIME } from './time.js';
import { TOKENS } from './tokens.js';
import { TRANSFORMS } from './transforms.js';
import { TRUST } from './trust.js';
import { WRAPPING } from './wrapping.js';
import { XML } from './xml.js';

/** All attacks of one message. Those that need more (a replay, a revocation, time) are tests of their own. */
export const ATTACKS = {
  'moved parts': WRAPPING,
  'missing and doubled parts': SHAPE,
  'what is signed': COVERAGE,
  'the confirmation': CONFIRMATION,
  'the Timestamp': TIME,
  algorithms: ALGORITHMS,
  transforms: TRANSFORMS,
  tokens: TOKENS,
  trust: TRUST,
  XML: XML,
  HTTP: HTTP,
} as const;
