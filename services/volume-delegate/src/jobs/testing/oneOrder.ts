import type { Order } from '../job.js';
import { startDelegate } from './delegate.js';

/** A delegate in a process of its own that takes one order, and is there to be killed. */
const [directory = '', state = '', order = ''] = process.argv.slice(2);
const { jobs } = await startDelegate({ directory, state });
await jobs.submit(JSON.parse(order) as Order);
