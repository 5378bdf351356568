#!/bin/sh
# A folder sees only the folders that the Makefile names for it, a file knows one
# outside library at most, and grep finds each function and structure once.
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

# A return type stands on the line before the name. A file may define a function
# twice, under #if.
cat >"$T/names.awk" <<'A'
FNR == 1 { before = "" }
/^[a-z_0-9]+\(/ && before ~ /^[a-z]/ && before !~ /[;=]/ {
	name = $0
	sub(/\(.*/, "", name)
	if (name != "main") print name, FILENAME
}
/^(struct|enum|union) [a-z_0-9]+ \{/ { print $1 "-" $2, FILENAME }
{ before = $0 }
A
# names FILE...: the names that more than one of the files define.
names() { awk -f "$T/names.awk" "$@" | sort -u | cut -d ' ' -f 1 | uniq -d; }
is "no two files define the same name" "$(names src/*.c src/*/*.[ch])" ""
printf 'static int\nadd(int a)\n{\n' >"$T/add1.c"
printf 'static int *\nadd(void)\n{\n' >"$T/add2.c"
printf 'struct add {\n' | tee "$T/add3.c" >"$T/add4.c"
is "the rule can fail" "$(names "$T"/add?.c | tr '\n' ' ')" "add struct-add "

mkdir -p "$T/tree/src" && cp Makefile "$T/tree"
cp -R src/base src/call src/spool "$T/tree/src"
printf '#include "text.h"\n' >"$T/tree/src/call/down.c"
printf '#include "spool.h"\n' >"$T/tree/src/call/up.c"
ok "a folder sees the folders that are named for it" \
    make -s -C "$T/tree" build/call/down.o
ok "and no others" not make -s -C "$T/tree" build/call/up.o
done_testing
