import type { Delegate } from '../metadata/delegates.js';

/** Makes the client of a delegate: who answers at the url must be the subject. */
export type Connect<C> = (delegate: Pick<Delegate, 'name' | 'url' | 'subject'>) => Promise<C>;

interface Connected<C> {
  url: string;
  subject: string;
  client: Promise<C>;
}

/** The clients of delegates, each made when it is first needed, and anew when its delegate has moved. */
export class DelegateClients<C> {
  readonly #connect: Connect<C>;
  readonly #connected = new Map<string, Connected<C>>();

  constructor(connect: Connect<C>) {
    this.#connect = connect;
  }

  of(delegate: Delegate): Promise<C> {
    const { name, url, subject } = delegate;
    const known = this.#connected.get(name);
    if (known?.url === url && known.subject === subject) return known.client;
    const client = this.#connect(delegate);
    this.#connected.set(name, { url, subject, client });
    return client;
  }
}
