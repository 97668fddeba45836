import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { run } from '@vbs-lustre/shared/process/run';
import { type AttachOrder, HypervisorError } from './driver.js';
import { parseDomains, parseVbds, type XenDomain, type XenVbd } from './xenParse.js';

export interface XenToolsOptions {
  program: string;
  syntax: 'xl' | 'xm';
  xenstoreRead: string;
}

const MAX_WORDS = 1_000;

/**
 * The commands, one method each. `until` is the moment, as in Date.now(), at which a command is killed.
 * All throw {@link HypervisorError} if the command fails.
 */
export class XenTools {
  readonly #options: XenToolsOptions;

  constructor(options: XenToolsOptions) {
    this.#options = options;
  }

  async listDomains(until: number): Promise<XenDomain[]> {
    return parseDomains(await this.#toolstack(['list'], until));
  }

  /** An unknown domain has an empty list, with exit code 0. */
  async listVbds(domain: string, until: number): Promise<XenVbd[]> {
    return parseVbds(await this.#toolstack(['block-list', domain], until));
  }

  async attach(domain: string, order: AttachOrder, until: number): Promise<void> {
    const { device, file } = order;
    // Never `w!`, which tells Xen not to look for other writers.
    const access = order.mode === 'w' ? 'w' : 'r';
    const disk =
      this.#options.syntax === 'xl'
        ? // `target` comes last: it takes the rest as it is, also commas.
          [`format=raw,vdev=${device},access=${access},target=${file}`]
        : [`file:${file}`, device, access];
    // An attach that went on after its delegate has died would come after the next start's look at what is attached.
    await execute(this.#options.program, ['block-attach', domain, ...disk], until, true);
  }

  /** Returns also if there is no such device. */
  async detach(domain: string, device: string, until: number): Promise<void> {
    try {
      await this.#toolstack(['block-detach', domain, device], until);
    } catch (error) {
      if (!/not connected|no backend path/.test((error as Error).message)) throw error;
    }
  }

  /** The values of some xenstore paths, in their order. */
  async readStore(paths: readonly string[], until: number): Promise<string[]> {
    const values = (await execute(this.#options.xenstoreRead, paths, until)).split('\n');
    if (values.length === paths.length) return values;
    throw new HypervisorError(`${values.length} lines for ${paths.length} values of ${paths[0]}`);
  }

  #toolstack(args: readonly string[], until: number): Promise<string> {
    return execute(this.#options.program, args, until);
  }
}

async function execute(
  program: string,
  args: readonly string[],
  until: number,
  dieWithParent = false,
): Promise<string> {
  try {
    const timeoutMs = Math.max(1, until - Date.now());
    const { stdout } = await run(program, args, { timeoutMs, dieWithParent });
    return stdout;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new HypervisorError(words(error), { cause: error });
  }
}

/** libxl says one thing at every layer that an error passes: only all of its lines tell what happened. */
function words({ message, stderr }: CommandError): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const rest = lines.filter((line) => line !== '' && !message.endsWith(line));
  return [message, ...rest].join(' | ').slice(0, MAX_WORDS);
}
