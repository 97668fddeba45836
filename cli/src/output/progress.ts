import type { Column } from './table.js';

/** How far a file is, as describe tells it. */
interface Progressing {
  status: string;
  modificationState?: string | undefined;
  progress?: string | undefined;
  bytesDone?: number | undefined;
}

/** Of what is in the making. */
export const PROGRESS: Column<Progressing> = {
  heading: 'PROGRESS',
  value: ({ status, modificationState, progress = '' }) =>
    status === 'pending' || modificationState === 'modifying' ? progress : '',
  alignsRight: true,
  isOptional: true,
};

export function progressFields({
  progress = '',
  bytesDone,
}: Omit<Progressing, 'status'>): string[] {
  return [progress, bytesDone === undefined ? '' : String(bytesDone)];
}

export function progressJson({ progress, bytesDone }: Omit<Progressing, 'status'>): object {
  return { progress: progress ?? null, bytesDone: bytesDone ?? null };
}
