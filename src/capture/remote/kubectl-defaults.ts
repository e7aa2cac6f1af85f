/** What `kubectl debug` is asked for where nobody says otherwise; apart, as every start shows them in its help. */

export const KUBE_IMAGE = 'nicolaka/netshoot';
/** Its host's network with NET_ADMIN and NET_RAW, and nothing more. */
export const KUBE_PROFILE = 'netadmin';
