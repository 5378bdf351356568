#!/bin/sh
# The examples for containers, without a registry and without a Kubernetes: that
# Containerfile finds what it copies, and that the pod of kubernetes.yaml does its
# work on volumes as Kubernetes makes them. HACKING.md says how the image was built.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
cd "$T" || exit 1
file=$ROOT/examples/Containerfile

# ---- the image ----

sed -n 's/^COPY \([^-].*\) [^ ]*$/\1/p' "$file" | tr ' ' '\n' >copied
while read -r from; do
	[ -e "$ROOT/$from" ] || echo "$from"
done <copied >missing
is "what the image is built from is there" "$(cat missing)" ""
# Nothing that the build of the package reads is forgotten.
for from in $(git -C "$ROOT" ls-files 2>/dev/null | sed 's|/.*||' | sort -u); do
	case $from in bench | .ci | .clang-tidy | .git*) continue ;; esac
	grep -qE "^COPY (.* )?$from/? " "$file" || echo "$from"
done >forgotten
is "and it is all that a package is built from" "$(cat forgotten)" ""
is "the base is a short name, no registry's host" \
    "$(sed -n 's/^ARG BASE=//p' "$file" | tr -dc '/.')" ""

# ---- the pod ----

python=/usr/bin/python3
if ! $python -c 'import yaml' 2>/dev/null; then
	skip "a pod" "no yaml of Python"
	done_testing
fi
is "the pod's rights and volumes" "$($python "$ROOT/tests/pod.py" check \
    "$ROOT/examples/kubernetes.yaml" "$file")" ""
if ! unshare -p -f --mount-proc true 2>/dev/null; then
	skip "a pod at work" "namespaces need root"
	done_testing
fi
# Its paths are in this directory, and the programs where its user may run them.
chmod 755 "$T"
mkdir -p pod lib bin
cp "${BIN:-$ROOT/bin}"/rec* bin
cp "$ROOT/examples/collect" lib
sed -e "s|/srv/|$T/srv/|g; s|/etc/rectools|$T/pod/etc/rectools|g" \
    -e "s|/run/secrets|$T/secrets|g; s|/usr/lib/rectools|$T/lib|g" \
    "$ROOT/examples/kubernetes.yaml" >pod.yaml
$python "$ROOT/tests/pod.py" make pod.yaml pod
# What the kubelet does for fsGroup: 900, and how it shows a Secret.
mkdir -p srv/rectools srv/incoming secrets/rectools/..2026
chgrp 900 srv/rectools srv/incoming
chmod 2775 srv/rectools srv/incoming
echo "$server_secret" >secrets/rectools/..2026/s3.key
chgrp -R 900 secrets/rectools
chmod 2775 secrets/rectools secrets/rectools/..2026
chmod 440 secrets/rectools/..2026/s3.key
ln -s ..2026 secrets/rectools/..data
ln -s ..data/s3.key secrets/rectools/s3.key
PATH=$T/bin:$PATH
# contained COMMAND...: with the rights of a container of the pod.
contained() {
	setpriv --reuid 900 --regid 900 --clear-groups --no-new-privs \
	    --bounding-set -all --inh-caps -all "$@"
}
# As the container does, and with that secret by its path.
sed 's/recupload .*/recupload -t -c "$1"/' pod/recupload >check
chmod 755 check
status "the secret is read by its group" 0 contained ./check \
    pod/etc/rectools/upload.ini
sed "s|s3.key|$T/secrets/rectools/s3.key|" pod/etc/rectools/upload.ini >path.ini
status "but not where it is named with a directory" 2 contained ./check path.ini
one_line "but not" "others may read this secret"

# From here on with a policy that records, to a directory of the volume.
cat >pod/etc/rectools/policy.ini <<'X'
[inbound]
record = yes
play_message = no
X
cat >pod/etc/rectools/upload.ini <<X
[upload]
to = archive
stop_grace = 20
[destination archive]
type = directory
path = $T/srv/rectools/recordings
create = yes
X
containers='collect recmix recsplit recupload recsweep'
pids=
pod_kill() { # SIGNAL: to the first process of each container
	for pid in $pids; do
		ps -o pid= --ppid "$pid" | xargs -r kill "-$1" 2>/dev/null
	done
}
cleanup() { pod_kill 9; }
pod_start() {
	contained pod/init || return
	pids=
	for name in $containers; do
		setsid unshare -p -f --mount-proc setpriv --reuid 900 --regid 900 \
		    --clear-groups --no-new-privs --bounding-set -all \
		    --inh-caps -all "$T/pod/$name" >"said-$name" 2>&1 &
		pids="$pids $!"
	done
}
pod_wait() { # LABEL STATUS: of each, 0 or not
	for pid in $pids; do
		wait "$pid"
		echo $?
	done >ended
	is "$1" "$(sed 's/^[^0].*/killed/' ended | sort -u)" "$2"
}
# soon COMMAND...: within two minutes, for the machine may have other work.
soon() {
	for _ in 1 2 3 4 5 6; do
		! wait_for "$@" || return 0
	done
	return 1
}
call() { # ID SECONDS: of the PBX, another user with that group
	sox -n -r 8000 -c 1 "srv/incoming/$1-in.wav" synth "$2" sine 400
	sox -n -r 8000 -c 1 "srv/incoming/$1-out.wav" synth "$2" sine 900
	cat >"$1.ini" <<-X
	[call]
	id = $1
	type = direct
	[leg customer]
	file = $1-in.wav
	[leg agent]
	file = $1-out.wav
	[events]
	0 = answer
	$2 = end
	X
	mv "$1.ini" srv/incoming
	chown daemon:900 srv/incoming/"$1"*
	chmod 660 srv/incoming/"$1"*
}
arrived() { find srv/rectools/recordings -name "$1-1.1.mp3" 2>/dev/null | grep -q .; }
begun() { find srv/rectools/spool/mix -name '*.mp3*' 2>/dev/null | grep -q .; }

call c1 2
pod_start
ok "a call goes through the pod" soon arrived c1
pod_kill TERM
pod_wait "each container ends by SIGTERM" 0
is "and says nothing" "$(cat said-*)" ""

# Half an hour, so that it is killed at the mixing; then it has its volumes again.
call c2 1800
pod_start
ok "a call is being mixed" soon begun
pod_kill 9
pod_wait "the pod is killed" killed
is "the call has not arrived" "$(arrived c2 && echo c2)" ""
pod_start
ok "a new pod with that volume makes it" soon arrived c2
pod_kill TERM
pod_wait "and ends" 0
is "two calls have arrived, once" \
    "$(find srv/rectools/recordings -name '*.mp3' | wc -l)" 2
is "nothing is left" "$(find srv/incoming srv/rectools/spool/*/ -type f)" ""
is "nothing was printed" "$(cat said-*)" ""

# fsGroupChangePolicy: Always.
chgrp -R 900 srv/rectools/spool
chmod -R g+rwX srv/rectools/spool
status "a spool that the group may write is refused" 2 contained pod/recmix
one_line "a spool that the group may write is refused: the reason" "others can write here .*chmod 700"
done_testing
