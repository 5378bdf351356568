#!/bin/sh
# What is the same in all five programs: letters, help, a terminal on standard
# input, and what the shells complete.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
programs="recpolicy recmix recsplit recupload recsweep"

for p in $programs; do
	"$p" --help >help
	is "$p --help has two examples" \
	    "$(sed -n '/^Examples:/,/^$/p' help | grep -c '^  rec')" 2
	ok "$p --help has the exit codes" sh -c \
	    "tr '\n' ' ' <help | grep -qE 'Exit status: 0 done, 1 .*, 2 usage or configuration, 75 try again later\. *$'"
	ok "$p --help fits 79 columns" not grep -qE '.{80}' help
	status "$p: -s twice" 2 "$p" -s one -s two
	ok "$p: -s twice (reported)" grep -qx "$p: --spool is given twice" err
	# The meaning of each letter.
	sed -n 's/^  -\(.\), --\([a-z0-9-]*\).*/\1 \2/p' help >>all
done
sort -u all >letters
for letter in c s n v w l j 0 h; do
	is "-$letter is the same in all that have it" \
	    "$(grep -c "^$letter " letters)" 1
done
# --- a terminal ---
if have script; then
	on_terminal() { timeout 10 script -qec "$1" /dev/null </dev/null 2>&1; }
	printf '[recording]\nenabled = no\n' >p.ini
	ok "recpolicy says that it reads the terminal" sh -c \
	    "$(command -v timeout) 10 script -qec 'recpolicy -c p.ini' /dev/null </dev/null |
	    grep -q 'recpolicy: reading paths.* from the terminal; Ctrl-D ends'"
	for p in recmix recsplit; do
		on_terminal "$p" >out
		ok "$p says that it reads the terminal" grep -q \
		    "^$p: reading .* from the terminal; Ctrl-D ends the input" out
	done
	# The queue's name, as a caller's text could give it, clears the screen.
	printf '[recording]\nenabled = yes\n[inbound]\nrecord = yes\nplay_message = no\n' >p.ini
	printf '[call]\nid = c\ntype = queue\nqueue = B\033[2J\nagent = a\033[2J\n[events]\n0 = answer\n9 = end\n' >escape.ini
	for how in '' -e; do
		on_terminal "recpolicy -c p.ini $how escape.ini" >out
		is "recpolicy $how: no name controls a terminal" \
		    "$(grep -c '_\[2J' out | sed 's/[1-9].*/some/') $(grep -c "$(printf '\033')" out)" "some 0"
	done
	recpolicy -c p.ini escape.ini >out
	is "in a plan for programs the name stays" \
	    "$(grep -c "^queue = B$(printf '\033').2J" out)" 1
	: | recsplit 2>err
	is "nothing is printed for a pipe" "$(cat err)" ""
else
	skip "a terminal" "no script(1)"
fi

# --- completion ---
mkdir -p sp/mix/20261122T100000Z-c1042 sp/failed/20261122T100000Z-c1043 \
    sp/held/20261122T100000Z-c1044 sp/hold
: >sp/hold/c1044
printf '[destination archive]\n[destination crm]\n' >up.ini
RECTOOLS_LIB=$ROOT/examples
export RECTOOLS_LIB
cat >table <<'X'
recpolicy --zone _|utc local
recpolicy -c p.ini --for _|asterisk freeswitch
recmix -s sp --accept _|c1043
recmix --channel1 _|customer agent third-party emergency
recsweep -s sp --story _|c1042 c1043 c1044
recsweep --spool sp --release _|c1044
recupload -s sp -c up.ini --erase _|c1042 c1043 c1044
recupload -s sp -c up.ini --retry _|all c1043 archive crm
recupload -s sp -c up.ini -l _|c1043 archive crm
X
in_bash() { # WORD ... CURRENT
	bash -c '. "$RECTOOLS_LIB/completion.bash"; COMP_WORDS=("$@")
	    COMP_CWORD=$(($# - 1)); _rectools; printf "%s\n" "${COMPREPLY[@]}"' \
	    - "$@"
}
in_zsh() {
	# Stand-ins for what compinit defines; the function is loaded as by zsh.
	zsh -fc 'compadd() { shift; print -rl -- "$@" }; _files() { print -l FILES }
	    words=("$@"); CURRENT=$#; . $RECTOOLS_LIB/completion.zsh' - "$@"
}
in_fish() {
	fish --no-config -c 'source $RECTOOLS_LIB/completion.fish; complete -C "'"$*"'"'
}
for shell in bash zsh fish; do
	have $shell || { skip "completion by $shell" "no $shell"; continue; }
	while IFS='|' read -r line want; do
		# shellcheck disable=SC2086
		set -- ${line%_} ''
		is "$shell: ${line%_}" \
		    "$(in_$shell "$@" | cut -f 1 | sort | tr '\n' ' ')" \
		    "$(echo "$want" | tr ' ' '\n' | sort | tr '\n' ' ')"
	done <table
	ok "$shell: options" sh -c "echo '$(in_$shell recsweep --ho)' | grep -q -- --hold"
	ok "$shell: files" sh -c "echo '$(in_$shell recmix -o "")' | grep -qE 'FILES|up.ini'"
done
# bash parts a word at each =.
is "bash: --zone=" "$(in_bash recpolicy --zone =)" "$(printf 'utc\nlocal')"
is "bash: --zone=u" "$(in_bash recpolicy --zone = u)" utc
# Every format that is completed exists, and every existing format is completed.
"$RECTOOLS_LIB/complete" recpolicy --from '' | while read -r format; do
	recpolicy --from "$format" nothing 2>&1 | grep 'unknown format'
done >unknown
is "formats are formats" "$(cat unknown)" ""
is "all are there" "$("$RECTOOLS_LIB/complete" recpolicy --from '' | sort)" \
    "$(sed -n 's/^\.It Cm \([a-z]*-*[a-z]*-*[a-z]*-*[a-z]*\).*/\1/p' "$ROOT/man/recpolicy.1" |
	grep -E '^(asterisk|freeswitch|rtpengine|pcap|siprec)' | sort -u)"
"$RECTOOLS_LIB/complete" recpolicy --message '' | sort >messages
is "all messages are there" "$(cat messages)" \
    "$(sed -n '/^\.Ss The.*messages/,/^\.S[sh]/p' "$ROOT/man/rec-policy.5" |
	grep -oE '(record|ask|third)_[a-z_]+' | sort -u)"
done_testing
