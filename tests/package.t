#!/bin/sh
# The Debian package: built, checked, installed into a bare system, used as a
# PBX and systemd would use it, and removed.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1
[ -z "${RECTOOLS_SANITIZED:-}" ] || { done_testing; }
for need in dpkg-buildpackage dh fakeroot lintian debootstrap python3; do
	have "$need" || { skip "the Debian package" "no $need"; done_testing; }
done
R=$T/root
cleanup() {
	for m in "$R/proc" "$R/dev"; do
		! mountpoint -q "$m" || umount "$m" || umount -l "$m"
	done
}

# A copy, because make dist works in build/ of the tree.
mkdir "$T/tree"
git ls-files -co --exclude-standard 2>/dev/null >"$T/files"
[ -s "$T/files" ] || find . -type f -not -path './build/*' \
    -not -path './bin/*' -not -path './.git/*' >"$T/files"
tar -cf - -T "$T/files" | tar -xf - -C "$T/tree"
version=$(sed -n 's/^VERSION = //p' Makefile)
(cd "$T/tree" && git init -q . && make dist) >"$T/build.log" 2>&1
is "make dist" "$?" 0
# As a packager does: from the release, without git.
mkdir "$T/from"
tar -xf "$T/tree/build/rectools-$version.tar.gz" -C "$T/from"
is "the release is a directory of its own" "$(ls "$T/from")" "rectools-$version"
is "with every file of the clone" \
    "$(cd "$T/from/rectools-$version" && find . -type f | sort)" \
    "$(sed 's|^\(\./\)*|./|' "$T/files" | sort)"
(cd "$T/from/rectools-$version" && GIT_DIR=/nonexistent make deb) >"$T/build.log" 2>&1
is "make deb, of the release" "$?" 0
is "the changelog has the version" \
    "$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)" "$version"
deb=$(find "$T/from/rectools-$version/build/deb" -name "rectools_${version}_*.deb")
ok "there is a package" test -s "$deb"
changes=$(find "$T/from/rectools-$version/build/deb" -name '*.changes')
is "lintian finds nothing" "$(lintian --allow-root "$changes" 2>&1)" ""
dpkg-deb -c "$deb" >"$T/list"
for f in bin/recpolicy bin/recmix bin/recsplit bin/recupload bin/recsweep \
    share/man/man1/recsweep.1.gz share/man/man5/rec-spool.5.gz \
    share/man/man7/rectools.7.gz share/man/man7/rectools-operating.7.gz share/bash-completion/completions/recmix \
    lib/rectools/collect lib/rectools/asterisk-hangup \
    lib/rectools/freeswitch-hangup share/rectools/metadata.schema.json; do
	ok "it has $f" grep -q " ./usr/$f\$" "$T/list"
done
for f in examples/systemd/*; do
	ok "it has ${f##*/}" grep -q " ./lib/systemd/system/${f##*/}\$" "$T/list"
done
dpkg-deb -x "$deb" "$T/unpacked"
is "its examples name the places of the package" \
    "$(grep -rl /usr/local "$T/unpacked/usr/share/doc")" ""

if [ "$(id -u)" != 0 ]; then
	skip "in a bare system" "needs root"
	done_testing
fi
# shellcheck disable=SC1091
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
    awk -v s="$suite" '$2 == s { print $1; exit }')
[ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' |
    awk -v s="$suite" '$2 == s { print $1; exit }')
debootstrap --variant=minbase "$suite" "$R" "$mirror" >"$T/bootstrap.log" 2>&1
is "a bare system" "$?" 0
cp /etc/resolv.conf /etc/hosts "$R/etc/"
mount -t proc proc "$R/proc" && mount --bind /dev "$R/dev"
printf '#!/bin/sh\nexit 101\n' >"$R/usr/sbin/policy-rc.d"
chmod +x "$R/usr/sbin/policy-rc.d"
cp "$deb" "$R/root/rectools.deb"
# in COMMAND: as root in the bare system. as USER COMMAND: as that user there.
in_root() {
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
	    DEBIAN_FRONTEND=noninteractive chroot "$R" /bin/sh -c "$1"
}
as() { in_root "setpriv --reuid $1 --regid $1 --init-groups $2"; }
in_root 'apt-get update && apt-get install -y --no-install-recommends \
    /root/rectools.deb' >"$T/install.log" 2>&1
is "the package installs" "$?" 0
[ "$(tail -n 1 "$T/install.log")" ] || sed 's/^/# /' "$T/install.log"
is "a user of its own" "$(in_root 'id -un rectools')" rectools
is "an empty spool of its own, for nobody else" \
    "$(in_root 'stat -c "%U %a" /var/spool/rectools; ls /var/spool/rectools' |
	tr '\n' ' ')" "rectools 700 failed held mix notice split tmp upload "
is "nothing is recorded until an administrator says so" \
    "$(in_root 'cat >/tmp/c.ini <<X
[call]
id = c
type = direct
[events]
0 = answer
X
recpolicy -c /etc/rectools/policy.ini /tmp/c.ini >/dev/null; echo $?')" 1
is "its upload settings are right" \
    "$(in_root 'install -d -o rectools -g rectools \
	-m 700 /var/lib/rectools' && as rectools \
	'recupload --test -c /etc/rectools/upload.ini' 2>&1 | grep -c deleted)" 1

# As the PBX: its own user, a directory that both can write.
in_root 'adduser --quiet --system --group asterisk &&
    install -d -o asterisk -g rectools -m 2770 /var/spool/asterisk/rec'
printf '[inbound]\nrecord = yes\nplay_message = no\n' \
    >"$R/etc/rectools/policy.ini"
for side in in out; do
	[ $side = in ] && hz=400 || hz=900
	sox -n -r 8000 -c 1 -b 16 "$T/17.1-$side.wav" synth 6 sine $hz
	install -m 644 "$T/17.1-$side.wav" "$R/var/spool/asterisk/rec/"
done
in_root 'chown asterisk: /var/spool/asterisk/rec/*.wav'
printf '2 = pause\n3 = resume\n' >"$R/var/spool/asterisk/rec/17.1.events"
as asterisk '/usr/lib/rectools/asterisk-hangup 17.1 1795341600 1795341601 \
    1795341606 Billing SIP/alice' >"$T/out" 2>&1
is "Asterisk's hook" "$? $(cat "$T/out")" "0 "
# As systemd: the commands of the units, each as its user, once.
in_root 'install -d -o rectools -g rectools -m 755 /var/cache/rectools'
for unit in rectools-collect recmix recsplit recupload recsweep rectools-warn; do
	file=$R/lib/systemd/system/$unit.service
	sed -n 's/^ExecStart=//p' "$file" | sed 's/ -w$//' >"$T/runs"
	while read -r run; do
		in_root "set -a; . /etc/default/rectools; setpriv \
		    --reuid rectools --regid rectools --init-groups $run" \
		    >"$T/out" 2>&1
		is "$unit.service: $run" "$? $(cat "$T/out")" "0 "
	done <"$T/runs"
done
mp3=$(find "$R/var/lib/rectools/recordings" -name '*.mp3')
is "the recording is in its destination, less ringing and pause" \
    "$(mpg123 -q -w "$T/wav" "$mp3" && soxi -s "$T/wav")" 32000
ok "another user may read the figures" as asterisk \
    'cat /var/cache/rectools/sweep.prom /var/cache/rectools/upload.prom'
for f in README.md NEWS.md.gz examples/prometheus-alerts.yml; do
	ok "it brings $f" sh -c "ls '$R/usr/share/doc/rectools/${f%.gz}'*"
done
ok "and rotates the log" test -s "$R/etc/logrotate.d/rectools"
is "the legs are gone" "$(ls "$R/var/spool/asterisk/rec")" ""
is "and nothing is left in the spool" "$(find "$R/var/spool/rectools" \
    -mindepth 2 -not -path '*/audit*')" ""

# While another program of apt works, packages.sh waits for each of its locks.
cp tests/packages.sh "$R/root"
for lock in lists/lock cache/archives/lock dpkg/lock-frontend; do
	case $lock in
	cache/*) file=$R/var/cache/apt/archives/lock ;;
	lists/*) file=$R/var/lib/apt/lists/lock ;;
	*) file=$R/var/lib/dpkg/lock-frontend ;;
	esac
	python3 -c 'import fcntl, sys, time
held = open(sys.argv[1], "w")
fcntl.lockf(held, fcntl.LOCK_EX)
open(sys.argv[2], "w")
time.sleep(4)
open(sys.argv[3], "w")' "$file" "$T/locked" "$T/released" &
	until [ -e "$T/locked" ]; do sleep 0.1; done
	in_root 'sh /root/packages.sh html' >"$T/out" 2>&1
	is "packages.sh while $lock is held" "$? $(in_root 'command -v mandoc')" \
	    "0 /usr/bin/mandoc"
	ok "waits for it" test -e "$T/released"
	wait $!
	rm "$T/locked" "$T/released"
	in_root 'apt-get purge -y mandoc' >"$T/out" 2>&1
done

in_root 'apt-get purge -y rectools' >"$T/purge.log" 2>&1
is "the package goes" "$?" 0
ok "with its programs" test ! -e "$R/usr/bin/recmix"
ok "and its settings" test ! -e "$R/etc/rectools/upload.ini"
ok "the spool stays" test -e "$R/var/spool/rectools/.rectools"
is "and what has arrived" "$(find "$R/var/lib/rectools" -name '*.mp3')" "$mp3"
# shellcheck disable=SC2218 # the first of two
cleanup

# The operator's manual, word by word, on Debian 12 and 13.
. tests/operating.sh
cleanup() { box_end; }
for suite in bookworm trixie; do
	operating "$suite" "$deb"
done
done_testing
