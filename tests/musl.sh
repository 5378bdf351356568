#!/bin/sh
# musl.sh: checks that the programs would build and link on Alpine. The libraries
# here are glibc's, so nothing can be linked; instead every file is compiled
# against musl's headers, and every name that is then undefined must be in musl
# or in one of the libraries.
set -eu
cd "$(dirname "$0")/.."
command -v musl-gcc >/dev/null || { echo "musl.sh: no musl-gcc" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The libraries' headers without the C library's own.
for d in /usr/include /usr/include/*-linux-gnu; do
	to=$work/include$(echo "$d" | tr / -)
	mkdir "$to"
	include="${include:-} -idirafter $to"
	for h in ini.h lame sndfile.h curl soxr.h jansson.h jansson_config.h \
	    openssl unicode vorbis ogg pcap pcap.h spandsp spandsp.h tiffio.h tiff.h tiffconf.h \
	    tiffvers.h linux asm asm-generic; do
		[ ! -e "$d/$h" ] || ln -s "$d/$h" "$to/$h"
	done
done
for f in src/*.c src/*/*.c; do
	echo "$f"
done | xargs -P "$(nproc)" -I{} sh -c 'musl-gcc -std=c11 -D_GNU_SOURCE \
    -DVERSION=__FILE__ -pthread -O1 \
    $3 -c -o "$1/$(echo "$2" | tr / - ).o" "$2"' sh "$work" {} "$include $(printf -- '-iquote %s ' src/*/)"
nm -u "$work"/*.o | awk 'NF == 2 { print $2 }' | sort -u >"$work/wanted"
{
	nm -g --defined-only "$work"/*.o
	nm -g --defined-only "$(find /usr/lib/musl /usr/lib/*-linux-musl -name libc.a 2>/dev/null | head -n 1)"
	nm -g --defined-only "$(musl-gcc -print-libgcc-file-name)"
	for l in inih mp3lame sndfile curl soxr jansson crypto pcap spandsp vorbis ogg icui18n icuuc; do
		nm -D --defined-only "$(gcc -print-file-name=lib$l.so)"
	done
} 2>/dev/null | awk 'NF == 3 { sub(/@.*/, "", $3); print $3 }' | sort -u >"$work/there"
missing=$(comm -23 "$work/wanted" "$work/there" | grep -v '^_GLOBAL_OFFSET_TABLE_$' || true)
[ -z "$missing" ] || {
	echo "not in musl: $missing"
	exit 1
}
