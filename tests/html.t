#!/bin/sh
# make html: every manual page, an index, and no broken link.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1
have mandoc || { skip "make html" "no mandoc"; done_testing; }
status "html.sh" 0 man/html.sh "$T/html"
is "html.sh: it is silent" "$(cat "$T/err")" ""
for page in man/*.[157]; do
	name=${page##*/}
	ok "$name is there" grep -q '</html>' "$T/html/$name.html"
	ok "$name is in the index" grep -q "href=\"$name.html\"" "$T/html/index.html"
done
# Links lead to our own pages and sections, or to Debian's for other programs.
grep -oE 'href="[^"]*"' "$T"/html/*.html | sed 's/"$//' | sort -u |
    while IFS= read -r line; do
	page=${line%%:*} link=${line#*href=\"}
	case $link in
	\#*) grep -qF "id=\"${link#?}\"" "$page" || echo "$line" ;;
	https://manpages.debian.org/rec*) echo "$line" ;;
	https://manpages.debian.org/* | style.css) ;;
	*) [ -s "$T/html/${link%%#*}" ] || echo "$line" ;;
	esac
done >"$T/lost"
is "every link leads to a page" "$(cat "$T/lost")" ""
# The picture of the README is made by recmix, for light and dark.
picture=$(sed -n 's/^!\[.*\](\(.*\))$/\1/p' README.md)
ok "the README's picture is there" test -s "$picture"
ok "it follows the reader's scheme" grep -q 'prefers-color-scheme: *dark' "$picture"
done_testing
