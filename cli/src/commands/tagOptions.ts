import type { vbslustre } from '@vbs-lustre/wsdl';
import { type Command, InvalidArgumentError } from 'commander';

export interface TagOptions {
  name?: string;
  tag?: readonly vbslustre.Tag[];
}

/** `--name` and `--tag`. */
export function addTags(command: Command): Command {
  return command
    .option('--name <name>', 'what to call it: the tag Name')
    .option('--tag <key=value>', 'may be repeated', toTag);
}

/** @param text `key=value`, or a key alone @throws {InvalidArgumentError} */
export function toTag(text: string, before: readonly vbslustre.Tag[] = []): vbslustre.Tag[] {
  const [key = ''] = text.split('=', 1);
  if (key === '') throw new InvalidArgumentError('It must be a key, =, and a value.');
  const value = text.length > key.length ? text.slice(key.length + 1) : undefined;
  return [...before, { key, value }];
}

/** What is asked for, if anything is. */
export function tagSetOf({ name, tag = [] }: TagOptions): vbslustre.TagSet | undefined {
  const item = [...(name === undefined ? [] : [{ key: 'Name', value: name }]), ...tag];
  return item.length > 0 ? { item } : undefined;
}
