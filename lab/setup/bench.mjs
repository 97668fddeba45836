// npm run bench:NAME: makes the checkout ready and measures.
import { prepare } from './prepare.mjs';

await prepare('lab', 'xen', 'bench');
const [name] = process.argv.splice(2, 1);
await import(`../dist/bench/${name}.js`);
