// npm run lab:xen: the main job of `npm start`, on a Xen host.
import { prepare } from './prepare.mjs';

await prepare('lab', 'xen');
await import('../dist/xen/main.js');
