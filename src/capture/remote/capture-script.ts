/**
 * What runs on the other side: one constant script for any POSIX shell, whatever the login shell is that is asked to start it. What it is to
 * capture on comes through its standard input, a line each, so that nothing of it is ever read by a shell.
 */

export interface ScriptRequest {
  /** `eth0`, `NETNS:eth0`. */
  readonly device: string;
  /** libpcap's language; empty for all. */
  readonly filter: string;
  readonly snapLength?: number | undefined;
  readonly bufferSize?: number | undefined;
  readonly promiscuous?: boolean | undefined;
}

/**
 * One line without single quotes and backslashes: it stands in single quotes, in which fish and csh read these otherwise than sh.
 *
 * A filter that lets few packets pass leaves tcpdump waiting where nobody reads any more, as only its next write would tell it: so somebody
 * reads standard input meanwhile, and ends it on a line or on the end. The request is waited for, as `kubectl attach` loses
 * what is written before it is there. Root is asked of sudo for the shell, which alone may then end the capture.
 *
 * A signal makes tcpdump leave what is in the block that the kernel still fills, a second's packets: it is given that time, and says by its own
 * clock when it was asked, so that no point goes on longer than the others.
 */
const SCRIPT = `
  PATH=$PATH:/usr/local/bin:/usr/local/sbin:/usr/sbin:/sbin;
  if [ "$(id -u)" = 0 ] || [ "$1" = sudo ]; then :;
  elif sudo -n true 2>/dev/null; then exec sudo -n sh -c "$0" "$0" sudo;
  fi;
  IFS= read -r name && IFS= read -r filter && IFS= read -r snap && IFS= read -r bytes && IFS= read -r quiet || exit 0;
  if tunnelscope --version >/dev/null 2>&1; then
    rest=:;
    set -- tunnelscope -q -w - -F pcapng -i "$name" -s "$snap";
    if [ "$bytes" -gt 0 ]; then set -- "$@" -B $((bytes / 1048576)); fi;
    if [ "$quiet" ]; then set -- "$@" -p; fi;
    if [ "$filter" ]; then set -- "$@" -f "$filter"; fi;
  elif command -v tcpdump >/dev/null; then
    case $name in
      nflog:*) dev=$name; ns= ;;
      *:nflog:*) ns=\${name%%:nflog:*}; dev=nflog:\${name##*:} ;;
      *:*) ns=\${name%:*}; dev=\${name##*:} ;;
      *) dev=$name; ns= ;;
    esac;
    rest="sleep 1.2";
    set -- tcpdump -n -U -w - --time-stamp-precision=nano -i "$dev" -s "$snap";
    if [ "$bytes" -gt 0 ]; then set -- "$@" -B $((bytes / 1024)); fi;
    if [ "$quiet" ]; then set -- "$@" -p; fi;
    if [ "$filter" ]; then set -- "$@" -- "$filter"; fi;
    if [ "$ns" ]; then
      case $ns in
        */*) at=$ns ;;
        *) at=/var/run/netns/$ns; if [ -e "$at" ]; then :; elif [ -e "/proc/$ns/ns/net" ]; then at=/proc/$ns/ns/net; fi ;;
      esac;
      if [ -e "$at" ]; then set -- nsenter --net="$at" "$@";
      else echo "no such network namespace: $ns" >&2; exit 1;
      fi;
    fi;
  else echo "neither tunnelscope nor tcpdump is installed there" >&2; exit 127;
  fi;
  exec 3<&0;
  "$@" 3<&- & one=$!;
  trap "kill $one" HUP INT TERM;
  { if IFS= read -r end <&3; then date "+ended at %s %N" >&2; $rest || sleep 2; fi; kill $one 2>/dev/null; } >/dev/null & other=$!;
  wait $one; status=$?;
  kill $other 2>/dev/null;
  exit $status`;

const ONE_LINE = SCRIPT.trim().replace(/\n\s*/g, ' ');

/** For what starts a program without a shell: `kubectl exec`. The script finds itself in $0, for sudo. */
export const SCRIPT_WORDS: readonly string[] = ['sh', '-c', ONE_LINE, ONE_LINE];

/** For what hands a line to somebody's login shell: ssh. */
export const SCRIPT_LINE = `exec sh -c '${ONE_LINE}' '${ONE_LINE}'`;

/** What the script reads before it begins. */
export function scriptInput({ device, filter, snapLength, bufferSize, promiscuous }: ScriptRequest): string {
  const words = filter.replace(/\s+/g, ' ');
  return `${[device, words, snapLength ?? 0, bufferSize ?? 0, promiscuous === false ? 'p' : ''].join('\n')}\n`;
}

/** What it says then. */
export const ENDED_AT = /^ended at (\d{1,12}) (\d{9})?/;

/** What ends it. */
export const SCRIPT_END = 'end\n';
