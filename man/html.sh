#!/bin/sh
# html.sh DIR: the manual pages as HTML into DIR, with an index.
set -eu
dir=${1:?usage: html.sh DIR}
man=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$dir"
rm -f "$dir"/*.html
ours=%N.%S.html others=https://manpages.debian.org/%N.%S
list() { # TITLE PAGE ...
	printf '<h2>%s</h2>\n<ul>\n' "$1"
	shift
	for page; do
		name=${page##*/}
		# Pages in the directory where mandoc runs are ours.
		(cd "$man" && mandoc -Thtml -O"man=$ours;$others,style=style.css" \
		    "$name") >"$dir/$name.html"
		printf '<li><a href="%s.html">%s(%s)</a>: %s</li>\n' "$name" \
		    "${name%.*}" "${name##*.}" "$(sed -n 's/^\.Nd //p' "$page")"
	done
	printf '</ul>\n'
}
{
	printf '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">'
	printf '<title>rectools</title><link rel="stylesheet" href="style.css"></head>\n'
	printf '<body>\n<h1>rectools</h1>\n'
	list 'Begin here' "$man"/*.7
	list 'Programs' "$man"/*.1
	list 'Files' "$man"/*.5
	printf '</body>\n</html>\n'
} >"$dir/index.html"
cat >"$dir/style.css" <<'X'
:root { color-scheme: light dark; }
body { max-width: 50em; margin: 2em auto; padding: 0 1em; font-family: sans-serif;
	line-height: 1.5; }
pre, code { font-family: monospace; }
pre { overflow-x: auto; }
table.head, table.foot { width: 100%; }
td.head-vol { text-align: center; }
td.head-rtitle, td.foot-os { text-align: right; }
.Bl-compact > dd, .Bl-compact > dt { margin-top: 0; }
.Bd-indent { margin-left: 2em; }
X
