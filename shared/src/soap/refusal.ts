import { ServiceFault } from '../faults.js';
import { errorFields, type Log } from '../log.js';
import { SecurityFailure } from '../wssecurity/failure.js';
import { XmlError } from '../xml/parse.js';
import type { Endpoint } from './endpoint.js';

/** What a request is answered that is not carried out. */
export interface Refusal {
  fault: ServiceFault;
  /** The standard's own fault code, where the message failed WS-Security. */
  securityCode?: SecurityFailure['code'];
}

/** Tells the log why, and the client what to do about it. */
export function refusal({ explain }: Endpoint, error: unknown, log: Log, fields: object): Refusal {
  if (error instanceof SecurityFailure) {
    // It may quote a stranger's message, which would fill the disk with log.
    const reason = error.message.slice(0, 300);
    log.warn('not authenticated', { ...fields, code: error.code, reason });
    return { fault: new ServiceFault('AuthFailure', AUTH_FAILURE), securityCode: error.code };
  }
  if (error instanceof XmlError) {
    log.warn('malformed', { ...fields, reason: error.message });
    const fault = new ServiceFault('AuthFailure', error.message);
    return { fault, securityCode: 'wsse:InvalidSecurity' };
  }
  if (error instanceof ServiceFault) {
    log.info('refused', { ...fields, code: error.code, reason: error.message });
    return { fault: error };
  }
  const explained = explain(error);
  if (explained) {
    const { error: reason } = errorFields(error);
    log.warn('not possible now', { ...fields, code: explained.code, reason });
    return { fault: explained };
  }
  log.error('failed', { ...fields, ...errorFields(error) });
  return { fault: new ServiceFault('InternalError', INTERNAL_ERROR) };
}

/** The same for every reason: a stranger is not told which check stopped him. */
const AUTH_FAILURE =
  'The message was not accepted as signed by a user of this service: sign Body and Timestamp with a certificate ' +
  'that is trusted here and valid now, and check your clock. The service log has the reason under this requestId.';

const INTERNAL_ERROR =
  'Something went wrong in the service; the request may be tried again. The service log has the reason under this requestId.';
