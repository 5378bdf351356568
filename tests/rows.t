#!/bin/sh
# The include rule of tests/rows, and one outside library per module.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1

cat >"$T/rows.awk" <<'A'
function fail(text) { print FILENAME ": " text; bad = 1 }
FNR == NR && !/^#/ && NF {
	split($0, half, ":")
	row++
	ordered = half[1] ~ /ordered/
	n = split(half[2], names, " ")
	for (i = 1; i <= n; i++) {
		split(names[i], part, "/")
		rank[part[1]] = ordered ? row + i / 100 : row
		outside[part[1]] = part[2]
	}
	next
}
FNR == NR { next }
FNR == 1 {
	module = FILENAME
	sub(/.*\//, "", module)
	sub(/\.[ch]$/, "", module)
	if (!(module in rank)) fail("stands in no row of tests/rows")
}
/^#[ \t]*include "/ {
	name = $0
	sub(/^[^"]*"/, "", name)
	sub(/\.h".*/, "", name)
	if (name != module && rank[name] >= rank[module])
		fail("may not include " name ".h")
}
/^#[ \t]*include </ {
	split("ini.h=inih lame/lame.h=lame sndfile.h=sndfile soxr.h=soxr curl/curl.h=curl jansson.h=jansson pcap/pcap.h=pcap spandsp.h=spandsp", known, " ")
	for (i in known) {
		split(known[i], pair, "=")
		if (index($0, "<" pair[1] ">") && outside[module] != pair[2])
			fail("may not include " pair[1])
	}
	if (/<openssl\// && outside[module] != "libcrypto")
		fail("may not include " $2)
}
END { exit bad }
A
ok "every file includes only what its row may" \
    awk -f "$T/rows.awk" tests/rows src/*.c src/*.h
printf '#include "spool.h"\n' >"$T/doc.c"
ok "the rule can fail" not awk -f "$T/rows.awk" tests/rows "$T/doc.c"
done_testing
