#!/bin/sh
# A 32-bit Debian 12 builds all programs without a warning, and all units pass
# there. The root is kept in a cache, for the next time.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1
if [ -z "${CI:-}" ]; then
	skip "a 32-bit system" "only in CI: it makes one"
	done_testing
fi
if [ "$(id -u)" != 0 ] || ! have debootstrap; then
	skip "a 32-bit system" "needs root and debootstrap"
	done_testing
fi
cache=${XDG_CACHE_HOME:-$HOME/.cache}/rectools
R=$T/root
cleanup() {
	umount "$R/proc" 2>/dev/null
	umount "$R/dev" 2>/dev/null
}
in_root() {
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
	    DEBIAN_FRONTEND=noninteractive chroot "$R" /bin/sh -c "$1"
}
mkdir -p "$R" "$cache"
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' |
    awk '$2 == "bookworm" { print $1; exit }')
# The name of the cached root depends on what the build needs.
kept=$cache/i386-$(sha256sum tests/packages.sh | cut -c1-16).tar
if [ -e "$kept" ]; then
	tar -xf "$kept" -C "$R"
else
	debootstrap --arch=i386 --variant=minbase bookworm "$R" "$mirror" \
	    >"$T/log" 2>&1
fi
ok "a bare 32-bit system" test -x "$R/usr/bin/dpkg"
mount -t proc proc "$R/proc" && mount --bind /dev "$R/dev"
cp /etc/resolv.conf /etc/hosts "$R/etc/"
mkdir -p "$R/src" && git ls-files -co --exclude-standard | while read -r f; do
	[ ! -e "$f" ] || echo "$f"
done | tar -cf - -T - | tar -xf - -C "$R/src"
in_root 'cd /src && tests/packages.sh build && { [ -e /usr/include/cmocka.h ] ||
    apt-get install -y --no-install-recommends libcmocka-dev; }' >"$T/log" 2>&1
is "has what the build needs" "$?" 0
if [ ! -e "$kept" ]; then
	rm -f "$cache"/i386-*.tar
	tar -cf "$kept.new" --one-file-system --exclude ./src -C "$R" . &&
	    mv "$kept.new" "$kept"
fi
in_root 'cd /src && make -s -j2 all units' >"$T/log" 2>&1
is "builds without a word" "$? $(head -n 5 "$T/log")" "0 "
is "is 32 bits wide" "$(head -c 5 "$R/src/bin/recmix" | od -An -tx1)" \
    " 7f 45 4c 46 01"
in_root 'cd /src && find build/unit -type f ! -name "*.d" | while read -r u; do
    $u >log 2>&1 || { echo "$u"; tail -n 5 log; }; done' >"$T/log" 2>&1
is "every unit passes" "$(cat "$T/log")" ""
done_testing
