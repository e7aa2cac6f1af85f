#!/bin/bash
# podman with CNI tells the plugins that its container is a Kubernetes pod: its name stands as K8S_POD_NAME in CNI's results, without a namespace.
#
# Version:   Debian 12: podman 4.3.1, containernetworking-plugins 1.1.1, conmon 2.1.6, runc 1.1.5
# Expected:  /var/lib/cni/results has the arguments of whoever called CNI: K8S_POD_NAMESPACE and K8S_POD_NAME of a kubelet's pods. A container
#            that podman started outside of any pod has none of them, or both
# Behaviour: K8S_POD_NAME is the container's name, and K8S_POD_NAMESPACE is missing. So the argument does not tell pods from containers. And the
#            result stays when container and conmon are killed together
# Seen:      "cniArgs":[["IgnoreUnknown","1"],["K8S_POD_NAME","alone"]]
#
# needs root, podman with CNI, runc and busybox-static (Debian's packages), network namespaces
set -euo pipefail
folder=$(mktemp -d)
namespace=finding-cni-$$
# Its conmon leaves podman's folders busy until podman itself has cleaned up.
pod() {
  nsenter --net="/var/run/netns/$namespace" podman --root "$folder/root" --runroot "$folder/run" --runtime runc \
    --cgroup-manager=cgroupfs --storage-driver=vfs --network-config-dir "$folder/net" "$@"
}
end() {
  pod rm -fa >/dev/null 2>&1 || true
  umount "$folder"/root/vfs-containers/*/userdata/shm 2>/dev/null || true
  ip netns del "$namespace" 2>/dev/null || true
  # What it called the container's namespace stands in the result alone.
  for one in $(grep -oh "netns-[0-9a-f-]*" /var/lib/cni/results/finding-* 2>/dev/null); do ip netns del "$one" || true; done
  rm -rf "$folder" /var/lib/cni/results/finding-* /var/lib/cni/networks/finding
}
trap end EXIT
ip netns add "$namespace"
mkdir -p "$folder/rootfs/bin" "$folder/rootfs/proc" "$folder/rootfs/sys" "$folder/rootfs/dev" "$folder/rootfs/run" "$folder/net"
cp /bin/busybox "$folder/rootfs/bin/sleep"
cat > "$folder/net/finding.conflist" << 'END'
{ "cniVersion": "0.4.0", "name": "finding", "plugins": [
  { "type": "bridge", "bridge": "finding0", "isGateway": true,
    "ipam": { "type": "host-local", "ranges": [[{ "subnet": "10.123.0.0/24" }]] } } ] }
END
pod run -d --name alone --network finding --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --rootfs "$folder/rootfs" /bin/sleep 60 >/dev/null
result=$(echo /var/lib/cni/results/finding-*-eth0)
arguments=$(grep -o '"cniArgs":[^}]*\]\]' "$result")
echo "$arguments"
conmon=$(pgrep -f 'conmon .*-n alone ')
# shellcheck disable=SC2046
kill -9 "$conmon" $(pgrep -P "$conmon")
if [[ $arguments != *'["K8S_POD_NAME","alone"]'* || $arguments == *K8S_POD_NAMESPACE* ]]; then
  echo "the behaviour has changed" >&2
  exit 1
fi
[ -e "$result" ] || { echo "the result has gone with its container" >&2; exit 1; }
echo "the result stays: $result"
