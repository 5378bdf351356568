#!/bin/sh
# A folder sees only the folders that the Makefile names for it, and a file
# knows one outside library at most.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1

cat >"$T/outside.awk" <<'A'
BEGIN {
	n = split("ini.h lame/ sndfile.h vorbis/ soxr.h curl/ jansson.h pcap/ spandsp.h bcg729/ opus/ opencore-amrnb/ openssl/ unicode/", known, " ")
}
FNR == 1 { first = "" }
/^#[ \t]*include </ {
	for (i = 1; i <= n; i++) {
		if (index($0, "<" known[i]) == 0 || first == known[i]) continue
		if (first) { print FILENAME ": " first " and " known[i]; bad = 1 }
		first = known[i]
	}
}
END { exit bad }
A
ok "a file includes one outside library at most" \
    awk -f "$T/outside.awk" src/*.c src/*/*.c src/*/*.h
printf '#include <ini.h>\n#include <curl/curl.h>\n' >"$T/two.c"
ok "the rule can fail" not awk -f "$T/outside.awk" "$T/two.c"

is "no two folders have a header of the same name" \
    "$(find src -name '*.h' | sed 's|.*/||' | sort | uniq -d)" ""

mkdir -p "$T/tree/src" && cp Makefile "$T/tree"
cp -R src/base src/call src/spool "$T/tree/src"
printf '#include "text.h"\n' >"$T/tree/src/call/down.c"
printf '#include "spool.h"\n' >"$T/tree/src/call/up.c"
ok "a folder sees the folders that are named for it" \
    make -s -C "$T/tree" build/call/down.o
ok "and no others" not make -s -C "$T/tree" build/call/up.o
done_testing
