# bash completion for the rectools programs: options, values, ids.
_rectools() {
	local out word words=() cur=${COMP_WORDS[COMP_CWORD]}
	# bash takes --from=CURRENT for three words.
	for word in "${COMP_WORDS[@]:0:COMP_CWORD}"; do
		[ "$word" = = ] || words+=("$word")
	done
	[ "$cur" != = ] || cur=
	if out=$("${RECTOOLS_LIB:-/usr/local/lib/rectools}/complete" \
	    "${words[@]}" "$cur"); then
		mapfile -t COMPREPLY < <(compgen -W "$out" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}
complete -o filenames -F _rectools recpolicy recmix recsplit recupload recsweep
