/** What is followed from point to point. */

/** Pings, TCP connections' handshakes, DNS queries. */
export type Followed = 'icmp' | 'tcp' | 'dns';
export const FOLLOWED: readonly Followed[] = ['icmp', 'tcp', 'dns'];
