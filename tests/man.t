#!/bin/sh
# --help, manual page and completion name the same options; manual pages lint.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1
long() { grep -oE -- '--[a-z][a-z0-9-]+' | sort -u; }
for p in recpolicy recmix recsplit recupload recsweep; do
	"bin/$p" --help 2>"$T/err" | long >"$T/help"
	is "$p --help says nothing on stderr" "$(cat "$T/err")" ""
	ok "$p --help names options" test -s "$T/help"
	grep -E '^\.It Fl |^\.It Fl' "man/$p.1" |
	    grep -oE '(Fl|,) -[a-z][a-z0-9-]+' |
	    sed -E 's/(Fl|,) -/--/' | sort -u >"$T/man"
	is "$p: manual page and --help agree" "$(cat "$T/man")" \
	    "$(cat "$T/help")"
	# shellcheck disable=SC1091
	RECTOOLS_LIB=examples bash -c '. examples/completion.bash; COMP_WORDS=('"$p"' --)
	    COMP_CWORD=1; _rectools; printf "%s\n" "${COMPREPLY[@]}"' |
	    sort -u >"$T/complete"
	is "$p: completion and --help agree" "$(cat "$T/complete")" \
	    "$(cat "$T/help")"
	is "$p --version" "$("bin/$p" --version | head -n 1)" \
	    "$p $(sed -n 's/^VERSION = //p' Makefile)"
	status "$p: an unknown option is a usage error" 2 "$p" --no-such-option
	status "$p: a second spool is one, too" 2 "$p" -s a --spool b
	is "$p: a second spool is one, too: reported" "$(head -n 1 "$T/err")" "$p: --spool is given twice"
done
if have mandoc; then
	# Two streams, whose lines would be mixed.
	is "mandoc finds nothing" "$(mandoc -Tlint -Wstyle man/*.[1-9] 2>"$T/err" |
	    grep -v 'referenced manual'; grep -v 'outdated mandoc' "$T/err")" ""
	# .Dq quotes the rest of its line.
	is "no quotation is in another one" "$(for page in man/*.[1-9]; do
		mandoc -Tutf8 "$page" 2>"$T/err" | grep -F '””'; done)" ""
else
	skip "mandoc finds nothing" "mandoc is not installed"
fi
done_testing
