// npm run bench:NAME: makes the checkout ready and measures.
import { prepare } from './prepare.mjs';

prepare('lab', 'xen');
await import(`../dist/bench/${process.argv[2]}.js`);
