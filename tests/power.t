#!/bin/sh
# The power fails between any two steps: in a model of the file systems
# (tests/crash/power.py), and on an ext4 where one can be mounted (shutdown.py).
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/crash/fast.sh"
if ! strace -o "$T/trace" true 2>/dev/null; then
	skip "power cuts" "strace does not work here"
	done_testing
fi
mkdir "$F/model" "$F/real" "$T/mnt"
# In its own mount namespace: a namespace that another test makes while it is mounted
# would keep the mount, and the next mount of the image would get the file system
# that was shut down.
alone() { unshare -m "$@"; }
python3 "$ROOT/tests/crash/power.py" "$F/model" >"$T/model"
model=$?
truncate -s 24M "$T/image"
if [ "$model" = 0 ] && [ -z "${RECTOOLS_SANITIZED:-}" ] && have mkfs.ext4 &&
    mkfs.ext4 -q -F "$T/image" 2>/dev/null &&
    alone sh -c "mount -o loop '$T/image' '$T/mnt' && umount '$T/mnt'" 2>/dev/null; then
	sed '/^1\.\./d' "$T/model"
	n=$(sed -n 's/^1\.\.//p' "$T/model")
	alone python3 "$ROOT/tests/crash/shutdown.py" "$F/real" "$T/image" "$T/mnt" |
	    awk -v n="$n" '/^(not )?ok / {
		k = $1 == "not" ? 3 : 2
		$k += n
	} /^1\.\./ { $0 = "1.." substr($0, 4) + n } { print }'
else
	# No mount here: the model is the proof that works everywhere.
	cat "$T/model"
	echo "# no ext4 can be mounted here; the model above stands for it"
fi
