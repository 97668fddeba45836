import type { Profile } from '../settings/profiles.js';
import { USUAL_SERVICE } from '../settings/settings.js';

interface Question {
  setting: Exclude<keyof Profile, 'output'>;
  question: string;
  usual?: string;
  isPath?: true;
}

/** What `vbs configure` asks, in this order. */
export const QUESTIONS: readonly Question[] = [
  { setting: 'endpoint', question: 'Endpoints of the front ends, with commas between them' },
  { setting: 'certificate', question: 'Your certificate (file)', isPath: true },
  { setting: 'privateKey', question: 'Its private key (file)', isPath: true },
  { setting: 'authority', question: 'Certificate of the authority (file)', isPath: true },
  { setting: 'service', question: 'Who signs the answers', usual: USUAL_SERVICE },
  { setting: 'vmm', question: 'Usual host of your machines, if there is one' },
];
