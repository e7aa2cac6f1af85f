/** RCODEs by their mnemonics (RFC 1035, section 4.1.1; RFC 2136, section 2.2; IANA, DNS RCODEs). */
const NAMES: readonly string[] = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
];

export const NO_ERROR = 0;
/** The name does not exist: an answer like any other, which resolvers with a search list get for most names that they try. */
export const NO_SUCH_NAME = 3;

export function responseCodeName(code: number): string {
  return NAMES[code] ?? `RCODE${code}`;
}
