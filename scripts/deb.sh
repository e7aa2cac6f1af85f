#!/usr/bin/env bash
# Makes a Debian package of the single executable, with manual pages and completions, and runs lintian if it is installed.
# usage: deb.sh [x64|arm64]      into dist-executable/; needs dpkg-deb
set -euo pipefail
cd "$(dirname "$0")/.."
processor=${1:-x64}
case $processor in
  x64) architecture=amd64 ;;
  arm64) architecture=arm64 ;;
  *) sed -n 's/^# \{0,1\}//; 2,4p' "$0" >&2; exit 2 ;;
esac
version=$(node -p 'require("./package.json").version')
# In a release its own date, otherwise now.
date=$(date --utc --rfc-email --date="@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}")
maintainer='The tunnelscope authors <tunnelscope@users.noreply.github.com>'

node scripts/build.mjs
node scripts/executable.mjs "$processor"
root=$(mktemp -d "${TMPDIR:-/tmp}/tunnelscope-deb-XXXXXX")
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
umask 022

install -D -m 755 "dist-executable/tunnelscope-linux-$processor" "$root/usr/bin/tunnelscope"
mkdir -p "$root/usr/share/man/man1" "$root/usr/share/doc/tunnelscope" "$root/DEBIAN"
node scripts/man-pages.mjs "$root/usr/share/man/man1"
gzip -9n "$root"/usr/share/man/man1/*
completion() {
  mkdir -p "$(dirname "$root/usr/share/$2")"
  node dist/cli.js completion "$1" > "$root/usr/share/$2"
}
completion bash bash-completion/completions/tunnelscope
completion zsh zsh/vendor-completions/_tunnelscope
completion fish fish/vendor_completions.d/tunnelscope.fish
{
  cat LICENSE
  printf '\nIt contains Node.js and packages, each under its own licence: THIRD-PARTY-LICENSES.txt.gz beside this file.\n'
} > "$root/usr/share/doc/tunnelscope/copyright"
gzip -9nc dist-executable/THIRD-PARTY-LICENSES.txt > "$root/usr/share/doc/tunnelscope/THIRD-PARTY-LICENSES.txt.gz"
gzip -9nc > "$root/usr/share/doc/tunnelscope/changelog.gz" << END
tunnelscope ($version) stable; urgency=medium

  * Release $version; CHANGELOG.md of the sources says what is new.

 -- $maintainer  $date
END

# Both are so in every Node that its makers build: zlib and others are parts of it, and it is loaded at a place of its own.
install -D -m 644 /dev/stdin "$root/usr/share/lintian/overrides/tunnelscope" << 'END'
tunnelscope: embedded-library *
tunnelscope: hardening-no-pie *
END
cat > "$root/DEBIAN/control" << END
Package: tunnelscope
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f1)
Depends: libatomic1, libc6 (>= 2.28), libgcc-s1, libstdc++6 (>= 11)
Recommends: libpcap0.8
Suggests: iproute2, iputils-ping, socat
Section: net
Priority: optional
Description: packet capture and decoding analyzer for overlay networks
 Shows what is inside of tunnels: outer and inner headers side by side, for
 VXLAN, Geneve, GRE, IP-in-IP and tunnels made by hand over UDP, live and from
 capture files. Matches the pings inside with their replies and says in words
 why some were not answered.
 .
 The program has Node.js inside.
END
deb=dist-executable/tunnelscope_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz -z3 --build "$root" "$deb" >&2
if command -v lintian >/dev/null; then lintian --fail-on error,warning "$deb" >&2; fi
echo "$deb"
